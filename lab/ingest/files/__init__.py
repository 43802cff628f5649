"""Bytes to text and records: archives, encodings, JSON, tables, markup.

Knows: where bytes come from and how records are found in them. Must not know what the fields of a record mean.
"""
