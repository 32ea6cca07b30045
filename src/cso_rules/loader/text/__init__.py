"""From text to meaning: the strict subset of YAML, and conditions from words to typed forms."""
