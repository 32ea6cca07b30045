"""What rules mean: the judge of every executor, by trying everything.

In come a policy and what is known of an organization; out go the answers that remain possible. `complete` says what
rules answer when everything is known; `possible` completes what is not, in every way there is. Nothing here is fast.
"""
