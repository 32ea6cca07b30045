"""From scenario files to typed test cases."""
