"""From declarations to the checked policy of one place on one date."""
