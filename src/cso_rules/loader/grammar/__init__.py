"""The keys of rule files, written once: for readers, for the schemas of an editor and for the reference page."""
