"""The page and the API, served on one port.

Knows: what ``launch`` of gradio must be told so that the page is ours, offline and safe. Must not know what the
page holds.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from lab import catalog, recorded, words
from lab.lab import Lab
from lab.settings import HubAccess, is_loopback
from lab.ship.keeping import Keeper
from lab.ui.head import OwnHead
from lab.ui.page import may_write
from lab.ui.shell import dress, pages
from lab.ui.uploads import NoUploads

VISITORS_AT_ONCE = 16
"""Handlers that may run side by side; with gradio's default of one the second visitor waits for the first."""

USER = "lab"
"""The one account of a lab with a password; the sign-in page names it."""


def at_home(lab: Lab) -> None:
    """What a Space needs that a machine of one's own does not: runs kept elsewhere, and the base fetched at once.

    Both go on beside the page, which opens meanwhile.
    """
    settings = lab.settings
    if settings.keep and not settings.demo:
        keeper = Keeper(lab.workspace, settings.keep, HubAccess.read())
        threading.Thread(target=keeper.follow, args=(time.sleep,), daemon=True).start()
    missing = {run.base for run in lab.runs.all() if catalog.find(run.base, lab.models) is None}
    for base in missing if not settings.demo else ():
        lab.jobs.submit("fetch", base, {"base": base, "models": str(lab.models)}, lane="fetch")


def launch(lab: Lab, routes: Sequence[BaseRoute], *, open_browser: bool = False) -> None:
    """Serve both pages, with ``routes`` beside them, until interrupted.

    Jobs left waiting without a process get a new one first.
    """
    settings = lab.settings
    recorded.bring_in(lab.workspace)
    lab.jobs.respawn()
    if settings.space:
        at_home(lab)
    demo = pages(lab).queue(default_concurrency_limit=VISITORS_AT_ONCE)
    password = settings.password if not is_loopback(settings.host) else ""
    layers = [Middleware(OwnHead)]
    if not may_write(settings):
        layers.append(Middleware(NoUploads, sentence=words.say("ui.read_only", settings.language)))
    _, address, _ = demo.launch(
        prevent_thread_lock=True,
        app_kwargs={"routes": list(routes), "middleware": layers},
        server_name=settings.host,
        server_port=settings.port,
        inbrowser=open_browser,
        share=False,
        show_error=False,
        ssr_mode=False,
        run_history=False,
        footer_links=[],
        quiet=True,
        auth=(USER, password) if password else None,
        auth_message=words.say("ui.sign_in", settings.language, user=USER) if password else None,
        **dress(),
    )
    sys.stderr.write(words.say("ui.opened", settings.language, address=address) + "\n")
    demo.block_thread()
