"""Many organizations at once: the answers of batches of rows, each by the rules of its own place and date."""
