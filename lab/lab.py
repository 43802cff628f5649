"""The few long-lived objects, made once and injected: what the page, the API and the command line call.

Knows: which services exist and how they are put together. Must not know gradio, torch or any page.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from lab import ingest, synth
from lab.datasets import Datasets
from lab.engine.client import Engine
from lab.errors import DataError
from lab.ingest import Plan, Reading
from lab.ingest.adding import fixed
from lab.ingest.problems import grouped
from lab.jobs import Jobs
from lab.records import Check, Problem, Version
from lab.runs import Runs
from lab.settings import Settings
from lab.synth import Extraction
from lab.workspace import Workspace


@dataclass(frozen=True)
class Draft:
    """Files as they would become a data set: what was read, the pairs found in documents, the split."""

    reading: Reading
    extractions: tuple[Extraction, ...]
    plan: Plan
    """Of the files' rows and the accepted pairs together."""
    unused: tuple[Problem, ...] = ()
    """The pairs that are no rows, with the reason; saved with the version."""

    @property
    def problems(self) -> list[Problem]:
        """What was wrong with the files, and what the split could not do."""
        return [*self.reading.problems, *self.plan.notes]


class Lab:
    """One workspace and everything that acts on it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.workspace = Workspace(settings.home)
        self.models = settings.models_folder.absolute()
        self.datasets = Datasets(self.workspace)
        self.runs = Runs(self.workspace)
        self.engine = Engine(self.workspace, self.models, self.runs)
        self.jobs = Jobs(self.workspace)

    def draft(
        self,
        paths: list[Path],
        *,
        mapping: dict[str, str] | None = None,
        mode: str = "auto",
        shares: tuple[int, ...] = (80, 10, 10),
        seed: int = 0,
        fixes: tuple[str, ...] = (),
        rejected: Collection[str] = (),
    ) -> Draft:
        """What ``paths`` hold, repaired by ``fixes``, and its split without the pairs ``rejected`` by id."""
        reading = fixed(ingest.read(paths, mapping), fixes)
        found = tuple(synth.extract(document, name) for name, document in reading.documents.items())
        wanted = {pair.id for extraction in found for pair in extraction.pairs} - set(rejected)
        plan = ingest.plan([*reading.rows, *synth.rows_of(found, wanted)], mode=mode, shares=shares, seed=seed)
        return Draft(reading, found, plan, tuple(grouped(synth.unused(found, wanted))))

    def save_draft(self, draft: Draft, name: str, checks: tuple[Check, ...] = (), note: str = "") -> Version:
        """Freeze a draft as the current version of data set ``name``."""
        if not name.strip():
            raise DataError("data.bad_name", name=name)
        return self.datasets.save(
            name,
            draft.plan.rows,
            mode=draft.plan.mode,
            mode_reason=draft.plan.reason,
            language=ingest.language_of(draft.plan.rows),
            problems=[*draft.problems, *draft.unused],
            documents=draft.reading.documents,
            checks=checks,
            format=draft.reading.format,
            note=note,
        )

    def save_review(
        self, job_id: str, name: str, *, unread: bool = True, mode: str = "auto", note: str = ""
    ) -> Version:
        """Freeze the reviewed pairs of a synthesis as the current version of data set ``name``.

        With ``unread`` also those nobody has marked, tagged so. Pairs of documents that changed are left out.
        """
        if not name.strip():
            raise DataError("data.bad_name", name=name)
        folder = self.jobs.get(job_id).folder
        state = synth.Review(folder).state()
        rows = synth.reviewed_rows(state, unread=unread)
        if not rows:
            raise DataError("synth_review.nothing_to_save")
        plan = ingest.plan(rows, mode=mode)
        return self.datasets.save(
            name,
            plan.rows,
            mode=plan.mode,
            mode_reason=plan.reason,
            language=ingest.language_of(plan.rows),
            problems=[*synth.reading_problems(folder), *plan.notes, *grouped(synth.left_out(state, unread=unread))],
            documents={
                document: text for document, text in state.made.documents.items() if document not in state.changed
            },
            format="document",
            note=note,
        )
