"""One file with the rules of all places and periods, from which answers come without any rule file.

In come packages of rules; out goes a bundle. In comes a bundle; out go the policies of its places and days, and with
them everything that a policy answers. Guaranteed: a file that is not whole, or not the one that was expected, is
refused.
"""
