"""An area counted from the tables of its organizations and communities."""
