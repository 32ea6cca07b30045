"""The second engine: rule sets for durable_rules, run in a process of its own."""
