"""The few long-lived objects, made once and injected: what the page, the API and the command line call.

Knows: which services exist and how they are put together. Must not know gradio, torch or any page.
"""

from __future__ import annotations

from lab.datasets import Datasets
from lab.jobs import Jobs
from lab.runs import Runs
from lab.settings import Settings
from lab.workspace import Workspace


class Lab:
    """One workspace and everything that acts on it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.workspace = Workspace(settings.home)
        self.models = settings.models_folder.absolute()
        self.datasets = Datasets(self.workspace)
        self.runs = Runs(self.workspace)
        self.jobs = Jobs(self.workspace)
