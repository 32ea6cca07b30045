"""Ways in from outside: parse, call, render - no rule logic."""
