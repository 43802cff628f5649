"""Asking a model for questions: who writes, what is asked, how a reply is read and its quotes are found.

Knows: the one seam to whatever writes text. Must not know rules.
"""
