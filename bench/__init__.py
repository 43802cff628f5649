"""Repeatable measurements; each prints a table. Compared things run interleaved, and ratios are what to quote."""
