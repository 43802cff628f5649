"""One thing that is not told: the words any of which in a text might tell it, and the ways to ask for it."""

from __future__ import annotations


class Untold:
    """What one would ask next."""

    def __init__(self, keywords: str, *forms: str) -> None:
        self.keywords = keywords
        """Pattern of the words any of which in a text might answer it."""
        self.forms = forms
        """Ways to ask, with ``{s}`` for the subject."""
