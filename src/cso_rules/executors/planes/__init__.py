"""The executor for many organizations at once: conditions as planes of bits, over columns of facts."""
