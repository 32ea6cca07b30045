"""Studies of many organizations: what a change does, what to ask next, how an area stands."""
