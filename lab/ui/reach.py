"""How phones reach the lab: the address others open, and its QR code.

Knows: settings, this machine's networks and a Space's own address. Must not know what any page is for.
"""

from __future__ import annotations

import ipaddress
from io import BytesIO

import psutil
import segno

from lab.lab import Lab


def address(lab: Lab, path: str) -> str:
    """The address under which phones open ``path``; empty where only this machine reaches the lab."""
    settings, space = lab.settings, lab.access.space
    if lab.access.open:
        return ""
    if settings.address:
        return f"{settings.address}{path}"
    if space.hosts:
        return f"https://{space.hosts[0]}{path}"
    host = settings.host if settings.host not in {"0.0.0.0", "::", ""} else _own_address()
    return f"http://{host}:{settings.port}{path}" if host else ""


def code(where: str) -> str:
    """The address as a QR code that can be drawn in a page."""
    out = BytesIO()
    segno.make(where, error="m", micro=False).save(
        out, kind="svg", scale=5, border=2, omitsize=True, xmldecl=False, dark="#26231e"
    )
    return out.getvalue().decode("utf-8")


def _own_address() -> str:
    """This machine's address on its network; private ones first, none if it has no network."""
    found = [
        ipaddress.IPv4Address(one.address)
        for entries in psutil.net_if_addrs().values()
        for one in entries
        if one.family.name == "AF_INET"
    ]
    usable = [one for one in found if not one.is_loopback and not one.is_link_local]
    return str(min(usable, key=lambda one: (not one.is_private, str(one)))) if usable else ""
