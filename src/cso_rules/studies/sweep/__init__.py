"""How many organizations stand where while a parameter goes over a range."""
