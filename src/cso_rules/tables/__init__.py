"""Many organizations at once: tables in, answers for every row out.

In come CSV, XLSX and JSON files as clerks keep them; out go their own columns with the answers beside them.
Guaranteed: every row is either answered or refused with the cells that were not understood,
and the counts reconcile.
"""
