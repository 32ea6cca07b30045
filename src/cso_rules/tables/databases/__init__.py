"""Tables out of a query of a database, and answers into a table of one."""
