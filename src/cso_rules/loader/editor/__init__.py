"""What an editor knows of rule files: JSON Schemas of every kind of file, with the names of a package."""
