"""XLSX workbooks: their parts looked at first, their sheets read as typed cells."""
