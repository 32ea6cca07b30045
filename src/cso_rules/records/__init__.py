"""Decisions as they were given: who asked, why, by which rules, from which facts, and what was answered.

In come determinations; out go records that only ever become more, each bound to the one before it. Guaranteed: a record
that was acknowledged is on disk; a record that was changed, taken out or moved is found; what is personal can be
erased without breaking the chain.
"""
