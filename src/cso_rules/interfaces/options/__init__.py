"""Options of commands, and what they choose: rules, tables, rows, changes and outputs."""
