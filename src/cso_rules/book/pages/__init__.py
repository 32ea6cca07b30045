"""The pages of the book, one module for each kind."""
