"""Which rows are trained and which are kept to test with.

Knows: groups, the two kinds of split, wordings that are too near. Must not know files or how versions are kept.
"""
