"""Records to rows: the shapes training data comes in, names of columns, mappings.

Knows: what the fields of a record mean. Must not know files.
"""
