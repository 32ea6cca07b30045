"""A plan as canonical JSON, and the way back."""
