"""The facts of many rows: columns read as planes and arrays, and what is asked of them."""
