"""What a plan shows of the rules themselves: gaps, contradictions, idle rows and numbers, what is not exact."""
