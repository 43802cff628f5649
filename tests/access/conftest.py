"""A lab that other machines reach, served as it is for people."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from event_loops import closed_at_the_end
from serving import PASSWORD, Served

from lab import recorded
from lab.api import routes
from lab.lab import Lab
from lab.settings import Settings
from lab.ui.launch import opened


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Callable[..., Served]]:
    """Serves a lab with the recorded runs; every one is closed at the end."""
    made: list[Served] = []

    def serving(**settings: Any) -> Served:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        told = {"host": "0.0.0.0", "password": PASSWORD, "port": port} | settings
        lab = Lab(Settings(home=tmp_path_factory.mktemp("served") / "workspace", models=models, **told))
        recorded.bring_in(lab.workspace)
        demo, _ = opened(lab, routes(lab))
        made.append(Served(lab, demo, f"http://127.0.0.1:{port}"))
        return made[-1]

    with closed_at_the_end():
        yield serving
        for served in made:
            for client in served.clients:
                client.close()
            served.demo.close()
            served.lab.engine.stop()


@pytest.fixture(scope="module")
def served(serve: Callable[..., Served]) -> Served:
    """A lab with a password, reached from other machines."""
    return serve()
