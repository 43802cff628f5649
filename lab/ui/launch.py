"""The page and the API, served on one port.

Knows: what ``launch`` of gradio must be told so that the page is ours, offline and safe. Must not know what the
page holds.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence

import gradio as gr
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from lab import catalog, recorded, words
from lab.access.door import Door
from lab.lab import Lab
from lab.settings import HubAccess
from lab.ship.keeping import Keeper
from lab.ui import ask_page, sign_in, vote_page
from lab.ui.head import OwnHead
from lab.ui.shell import dress, pages

VISITORS_AT_ONCE = 16
"""Handlers that may run side by side; with gradio's default of one the second visitor waits for the first."""


def at_home(lab: Lab) -> None:
    """What a Space needs that a machine of one's own does not: runs kept elsewhere, and the base fetched at once.

    Both go on beside the page, which opens meanwhile.
    """
    settings = lab.settings
    if settings.keep:
        keeper = Keeper(lab.workspace, settings.keep, HubAccess.read())
        threading.Thread(target=keeper.follow, args=(time.sleep,), daemon=True).start()
    missing = {run.base for run in lab.runs.all() if catalog.find(run.base, lab.models) is None}
    for base in missing:
        lab.jobs.submit("fetch", base, {"base": base, "models": str(lab.models)}, lane="fetch")


def launch(lab: Lab, routes: Sequence[BaseRoute], *, open_browser: bool = False) -> None:
    """Serve both pages, with ``routes`` beside them, until interrupted.

    Jobs left waiting without a process get a new one first.
    """
    recorded.bring_in(lab.workspace, demo=lab.settings.demo)
    if not lab.settings.demo:
        lab.jobs.respawn()
    if lab.settings.space and not lab.settings.demo:
        at_home(lab)
    demo, address = opened(lab, routes, open_browser=open_browser)
    sys.stderr.write(words.say("ui.opened", lab.settings.language, address=address) + "\n")
    demo.block_thread()


def opened(lab: Lab, routes: Sequence[BaseRoute], *, open_browser: bool = False) -> tuple[gr.Blocks, str]:
    """Both pages being served beside whatever this thread does next, and their address."""
    lab.access.sessions.begin()
    demo = pages(lab).queue(default_concurrency_limit=VISITORS_AT_ONCE)
    ours = [*sign_in.routes(lab), *vote_page.routes(lab), *ask_page.routes(lab)]
    layers = [Middleware(Door, access=lab.access), Middleware(OwnHead)]
    _, address, _ = demo.launch(
        prevent_thread_lock=True,
        app_kwargs={"routes": [*routes, *ours], "middleware": layers},
        server_name=lab.settings.host,
        server_port=lab.settings.port,
        inbrowser=open_browser,
        share=False,
        show_error=False,
        ssr_mode=False,
        run_history=False,
        footer_links=[],
        pwa=False,  # on a Space gradio would offer the page as an app, with an icon the door does not hand out
        quiet=True,
        **dress(),
    )
    return demo, address
