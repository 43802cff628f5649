"""A lab that is being served, and who knocks at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gradio as gr
import httpx

from lab.lab import Lab

PASSWORD = "open sesame"


@dataclass
class Served:
    """A lab that is being served."""

    lab: Lab
    demo: gr.Blocks
    url: str
    clients: list[httpx.Client] = field(default_factory=list)

    def client(self, **options: Any) -> httpx.Client:
        """A browser that was never here."""
        made = httpx.Client(base_url=self.url, timeout=30, trust_env=False, **options)
        self.clients.append(made)
        return made

    def host(self) -> httpx.Client:
        """A browser that is signed in."""
        client = self.client()
        assert client.post("/sign-in", data={"name": "Ada", "password": PASSWORD}).status_code == 303
        return client
