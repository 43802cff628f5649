"""The tabs of the page: each a class that lays itself out, wires itself and handles its own events."""
