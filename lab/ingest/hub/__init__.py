"""Data sets of a hub as files, and data sets as repositories of a hub.

    choosing      which of a repository's files are its rows
    fetching      looking into a repository and fetching those files, each byte once
    modelscope    the same for ModelScope, through its own package
    card          the page a pushed data set is described on
    pushing       rows and card into a repository

Nothing here is contacted unless a person names it (``hub:OWNER/NAME``). No address is written down: the libraries know
their own, and the environment may name another. Must not know how files are read or splits made.
"""

from lab.ingest.hub.choosing import Source, is_remote, source
from lab.ingest.hub.fetching import MOST_BYTES, Fetched, Offer, fetch, look
from lab.ingest.hub.pushing import Pushed, push

__all__ = ["MOST_BYTES", "Fetched", "Offer", "Pushed", "Source", "fetch", "is_remote", "look", "push", "source"]
