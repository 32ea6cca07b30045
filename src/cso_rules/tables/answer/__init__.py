"""Rows answered one by one, by the rules of their own place and date, or refused."""
