"""What a change of the rules does to a list of organizations."""
