"""The engine: from plain facts to answers, and to what would settle or change them.

In come a policy and the facts of one organization; out go a determination, missing facts, witnesses and gaps.
Guaranteed: contradictory facts are refused together, and determined answers never change as facts arrive.
"""
