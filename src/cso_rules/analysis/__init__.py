"""Questions about the rules themselves.

In come packages; out go findings with their places. Guaranteed: nothing here changes what the rules mean.
"""
