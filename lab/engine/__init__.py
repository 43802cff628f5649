"""The one process that answers questions, and how the rest of the lab reaches it.

``client`` starts it and speaks to it; ``server`` is its HTTP face; ``core`` is the thread that owns the model;
``batch``, ``weights`` and ``sampling`` need torch and are imported only there. ``wire`` knows the JSON shapes,
``rows`` what one request is while it is being answered, ``names`` which model a name means. ``provider`` is the one
seam to whoever writes text, here or on a server.
"""
