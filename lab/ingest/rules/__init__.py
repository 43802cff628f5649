"""What is wrong or odd about rows, and what can be done about it.

Knows: every rule with its code, and every repair. Must not know files or how rows are kept.
"""
