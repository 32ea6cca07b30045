"""Papers about one determination: the notice to its subject, the working sheet of the office; as HTML and DOCX."""
