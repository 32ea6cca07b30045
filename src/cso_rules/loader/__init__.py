"""From rule files to checked rules.

In come the texts of the rule files of a package.
Out go the rules as typed objects, or diagnostics that say where each file is wrong.
It is guaranteed that no file, however hostile, runs code, exhausts memory or is half understood.
"""
