"""Executors for one organization: the reference interpreter, and the same rules compiled to Python."""
