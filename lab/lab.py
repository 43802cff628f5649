"""The few long-lived objects, made once and injected: what the page, the API and the command line call.

Knows: which services exist and how they are put together. Must not know gradio, torch or any page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

from lab import chat, evals, ingest, synth, teaching, train, words
from lab.access import Access
from lab.chat.votes import MOST_QUESTIONS, Poll, Votes, duels_poll, poll
from lab.checks import problems as check_problems
from lab.datasets import Datasets
from lab.engine.client import Engine
from lab.errors import DataError, EvalError, ShipError, UsageError
from lab.evals import ItemRecord
from lab.ingest import Edits, Plan, Reading
from lab.ingest.health import privacy
from lab.ingest.problems import grouped
from lab.jobs import Jobs, JobView
from lab.records import Answer, Check, Message, Problem, Run, Version
from lab.runs import Runs, contestants
from lab.settings import Settings, SpaceAccess
from lab.ship import space
from lab.story import Asked, Story
from lab.train.recipe import from_dict
from lab.workspace import Workspace, read_json

LOOK = 2000
"""Records read of each large file to look at it."""
NO_EDITS = Edits()


@dataclass(frozen=True)
class Draft:
    """Files as they would become a data set: what was read, and the split of its rows.

    Of documents no rows are made here: that is a synthesis, and ``save_review``.
    """

    reading: Reading
    plan: Plan
    checks: tuple[Check, ...] = ()

    @property
    def problems(self) -> list[Problem]:
        """What was wrong with the files, what the split could not do, and which checks cannot be learned."""
        notes = self.plan.notes if self.plan.rows or not self.reading.documents else []
        return [*self.reading.problems, *notes, *check_problems(self.checks, self.plan.rows)]

    @property
    def complete(self) -> bool:
        """Whether all rows are here; of large files only the first are, to be looked at."""
        return self.reading.complete


class Lab:
    """One workspace and everything that acts on it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.workspace = Workspace(settings.home)
        self.access = Access(settings, SpaceAccess.read(), self.workspace.sessions())
        self.models = settings.models_folder.absolute()
        self.datasets = Datasets(self.workspace)
        self.runs = Runs(self.workspace)
        self.engine = Engine(self.workspace, self.models, self.runs, may_start=not settings.demo)
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
        edits: Edits = NO_EDITS,
        validation: Sequence[Path] = (),
        test: Sequence[Path] = (),
        checks: tuple[Check, ...] = (),
    ) -> Draft:
        """What ``paths`` hold, repaired and edited, and its split.

        Rows of ``validation`` and ``test`` are never trained. Of large files the first rows are read (``complete``).
        """
        limit = LOOK if self.is_large([*paths, *validation, *test]) else None
        files = ingest.Intake(paths, validation=validation, test=test, mapping=mapping, fixes=fixes, limit=limit)
        reading = files.read()
        rows = list(ingest.apply(list(reading.rows), edits))
        return Draft(reading, ingest.plan(rows, mode=mode, shares=shares, seed=seed), checks)

    def save_draft(self, draft: Draft, name: str, checks: tuple[Check, ...] = (), note: str = "") -> Version:
        """Freeze a draft as the current version of data set ``name``; raises ``DataError`` if it is not complete."""
        if not name.strip():
            raise DataError("data.bad_name", name=name)
        if not draft.complete:
            raise DataError("versions.draft_incomplete")
        kept = checks or draft.checks
        return self.datasets.save(
            name,
            draft.plan.rows,
            mode=draft.plan.mode,
            mode_reason=draft.plan.reason,
            language=ingest.language_of(draft.plan.rows),
            problems=replace(draft, checks=kept).problems,
            documents=draft.reading.documents,
            checks=kept,
            format=draft.reading.format,
            note=note,
        )

    def is_large(self, paths: Sequence[Path]) -> bool:
        """Whether reading ``paths`` takes so long that it is a job (``add_large``)."""
        return ingest.is_large(paths)

    def add_large(
        self,
        paths: Sequence[Path],
        name: str,
        *,
        mode: str = "auto",
        shares: tuple[int, ...] = (80, 10, 10),
        seed: int = 0,
        mapping: dict[str, str] | None = None,
        checks: tuple[Check, ...] = (),
        fixes: tuple[str, ...] = (),
        note: str = "",
        validation: Sequence[Path] = (),
        test: Sequence[Path] = (),
        request: str = "",
    ) -> JobView:
        """Add files of any size as data set ``name``, by a job that can be watched, stopped and resumed.

        The files are linked or copied into the job's folder before this returns, so they may then be deleted.
        """
        if not name.strip():
            raise DataError("data.bad_name", name=name)
        options = ingest.Options(name, mode, shares, seed, mapping, checks, fixes, note)
        return ingest.submit(self.jobs, options, paths, validation, test, request)

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

    def answer(
        self, name: str, question: str, answer: str, *, wordings: Sequence[str] = (), note: str = ""
    ) -> synth.Written:
        """Train the right ``answer`` to ``question`` from the next version of data set ``name`` on.

        Of a test question other wordings are trained, never itself; none of the general questions that ship with the
        lab is. Raises ``DataError``.
        """
        for text in (question, *wordings):
            if evals.is_general_question(text):
                raise DataError("answer.general", wording=text)
        return synth.write_answer(self.datasets, name, question, answer, wordings=wordings, note=note)

    def retrain(self, before: str, name: str = "") -> JobView:
        """Go on from ``RUN`` or ``RUN@STEP``: its weights, its recipe, and the current version of its data set."""
        run, step = train.parent_named(self.runs, before)
        told = self.workspace.job(run.id) / "spec.json"
        stored = (read_json(told) or {}).get("options", {}).get("recipe") or {"method": run.method}
        return train.start(
            self.jobs,
            self.datasets,
            dataset=run.dataset,
            name=name or run.name,
            base=run.base,
            recipe=from_dict(stored),
            parent=run,
            parent_step=step,
            models=self.models,
        )

    def open_poll(self, evaluation: str = "", a: str = "", b: str = "") -> Poll:
        """Let people vote blind on answers that were given already: those of an evaluation, else of the comparisons.

        ``a`` and ``b`` name two of its contestants; by default the base and the first run. Raises ``UsageError``
        where there is nothing to choose between.
        """
        if not evaluation:
            return Votes(self.workspace).open(duels_poll(chat.duels(self.workspace), a, b))
        one = next((one for one in evals.evaluations(self.workspace) if one.id == evaluation), None)
        if one is None:
            raise EvalError("votes.no_evaluation", name=evaluation)
        tuned_last = [c.name for c in sorted(one.contestants, key=lambda c: c.run is not None)]
        a, b = a or tuned_last[0], b or tuned_last[-1]
        said: dict[str, dict[str, ItemRecord]] = {}
        for record in evals.read_items(self.workspace.job(one.id)):
            if record.contestant in (a, b) and record.slice != "trained":
                said.setdefault(record.item, {})[record.contestant] = record
        answers: list[tuple[str, str, str | None, str | None]] = []
        for item, by in said.items():
            first, second = (by[who].answer if who in by else None for who in (a, b))
            answers.append((item, next(iter(by.values())).question, first, second))
        return Votes(self.workspace).open(poll(one.dataset, one.id, a, b, answers))

    def ask_for_poll(self, a: str, b: str, questions: Sequence[str], dataset: str = "") -> Iterator[int | Poll]:
        """Ask two contestants new questions, keep what they said, then let people vote on it blind.

        Yields how many are answered after each, the open poll last. Raises ``UsageError`` where there is nothing to
        ask, too much, or one contestant twice.
        """
        asked = list(dict.fromkeys(" ".join(one.split()) for one in questions if one.strip()))
        if not asked or len(asked) > MOST_QUESTIONS:
            raise UsageError("votes.how_many_new", n=len(asked), most=MOST_QUESTIONS)
        if a == b:
            raise UsageError("votes.same_twice")
        sides = contestants([a, b], self.runs, self.datasets, dataset or None)
        system = self.datasets.get(dataset).system if dataset else ""
        head = (Message("system", system),) if system else ()
        kept = []
        for number, question in enumerate(asked, 1):
            said = self.engine.pair(sides[0], sides[1], (*head, Message("user", question)), cancelled=lambda: False)
            whole = {place: item for place, item in said if isinstance(item, Answer)}
            answers = [whole[place] for place in sorted(whole)]
            kept.append(chat.record_duel(self.workspace, question, sides, answers, system))
            yield number
        yield Votes(self.workspace).open(duels_poll(kept, sides[0].name, sides[1].name))

    def verdict_on(self, run: Run) -> dict[str, str]:
        """What the newest finished evaluation of ``run`` says, by language; empty where there is none."""
        done = space.evaluated(self.workspace, run)
        one = next((one for one in evals.evaluations(self.workspace) if one.id == done), None)
        return evals.verdict(evals.board(self.workspace, one)).both() if one else {}

    def story(self, run: Run, *, secrets: bool = False, language: str = "en") -> Story:
        """What one file about ``run`` tells; raises ``ShipError`` (unless ``secrets``) where it would hold a key."""
        done = space.evaluated(self.workspace, run)
        one = next((one for one in evals.evaluations(self.workspace) if one.id == done), None)
        board = evals.board(self.workspace, one) if one else None
        records = tuple(evals.read_items(self.workspace.job(done))) if one else ()
        steps = self.jobs.events(run.id, "step") if (self.runs.folder(run) / "spec.json").is_file() else []
        made = Story(run, tuple(steps), board, records, self._lesson(run))
        if not secrets:
            refuse_secrets(made.texts(), language)
        return made

    def _lesson(self, run: Run) -> tuple[Asked, ...]:
        """The fixed questions of the lesson that ``run`` comes from; none where it is no lesson's."""
        job = next((job for job in self.jobs.all(teaching.KIND) if job.id == run.id), None)
        if job is None:
            return ()
        asked = teaching.standing(self.jobs, self.datasets, job).questions
        return tuple(
            Asked(one.text, one.told, one.base, one.base_judgement, one.now.text, one.now.judgement)
            for one in asked
            if one.now
        )

    def space(self, run: Run, *, all_rows: bool = False, secrets: bool = False, language: str = "en") -> space.Contents:
        """What the Space of ``run`` would hold; nothing is written.

        Raises ``ShipError`` where it could not answer, or (unless ``secrets``) where a text of it holds a key.
        """
        contents = space.collect(self.workspace, run, verdict=self.verdict_on(run), all_rows=all_rows)
        texts = [(f"{row.file}:{row.line}", turn.content) for row in contents.rows for turn in row.messages]
        if not secrets:
            refuse_secrets([*texts, *self.story(run, secrets=True).texts()], language)
        return contents

    def example(self, run: Run) -> tuple[Message, ...]:
        """What the run's data would ask: the system prompt it was trained with, if any, and a question."""
        try:
            rows = self.datasets.rows(self.datasets.get(run.dataset, run.version))
        except DataError:
            rows = iter(())
        turns = next((row.messages for row in rows), (Message("user", "…"),))
        return tuple(takewhile(lambda turn: turn.role != "assistant", turns))


def refuse_secrets(texts: Sequence[tuple[str, str]], language: str) -> None:
    """Raise ``ShipError`` where one of the texts, each with its place, holds what looks like a key or password."""
    for place, said in texts:
        found = next((hint for hint in privacy.find(said) if hint.kind in privacy.SECRETS), None)
        if found:
            kind = words.say(f"data_health.hint_{found.kind}", language)
            raise ShipError("space.secret_found", place=place, kind=kind, masked=found.masked)
