"""What commands print about rules and rows, as lines of text."""
