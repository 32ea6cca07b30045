"""The executor inside a database: a policy becomes one query over a table of facts."""
