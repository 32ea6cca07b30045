"""How people write values: numbers, dates, answers and units in cells, and what of a rough text is certain."""
