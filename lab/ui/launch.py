"""The page and the API, served on one port.

Knows: what ``launch`` of gradio must be told so that the page is ours, offline and safe. Must not know what the
page holds.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from lab import recorded, words
from lab.lab import Lab
from lab.settings import is_loopback
from lab.ui.head import OwnHead
from lab.ui.page import may_write
from lab.ui.shell import dress, pages
from lab.ui.uploads import NoUploads

VISITORS_AT_ONCE = 16
"""Handlers that may run side by side; with gradio's default of one the second visitor waits for the first."""

USER = "lab"
"""The one account of a lab with a password; the sign-in page names it."""


def launch(lab: Lab, routes: Sequence[BaseRoute], *, open_browser: bool = False) -> None:
    """Serve both pages, with ``routes`` beside them, until interrupted.

    Jobs left waiting without a process get a new one first.
    """
    settings = lab.settings
    recorded.bring_in(lab.workspace)
    lab.jobs.respawn()
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
