"""Which missing fact would settle most organizations of a list."""
