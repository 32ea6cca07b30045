"""The policy book: static pages in Chinese and English about a package of rules.

In comes a package and a date; out goes a folder of pages that a browser opens without a server. It promises that the
same rules give the same bytes, that every text of a rule file is escaped, and that no page asks for anything outside
its folder.
"""
