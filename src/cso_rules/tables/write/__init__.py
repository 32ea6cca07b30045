"""Answers beside the columns of a table, as text, JSON, CSV or a workbook."""
