"""Executors: a policy and the domains of its variables in, one result for each decision out.

They are interchangeable; `reference` is the meaning and every other one is compared with it.
Guaranteed: no executor reads files, the clock or anything but its arguments.
"""
