"""Rows as files: in the forms other tools read, and the good and bad ones of a reading.

Knows: forms, cells, provenance. Must not know how rows came to be.
"""
