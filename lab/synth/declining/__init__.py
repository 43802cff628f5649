"""Questions that nothing told answers: what was told, what one would ask beside it, and which of that is untold.

Must not know how a share is chosen or rows are split.
"""
