"""Every row answered by the rules of its own place and date, or refused."""
