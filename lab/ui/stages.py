"""Where a lab and a visitor stand on the loop: the facts behind the loop bar.

Knows: which records on disk answer for which stage. Must not know gradio.
"""

from __future__ import annotations

from dataclasses import replace

from lab import access, chat, evals, words
from lab.evals import Evaluation
from lab.jobs import JobView
from lab.lab import Lab
from lab.teaching import KIND
from lab.ui.loop import Stage, with_next
from lab.ui.page import Selection, chosen_data
from lab.ui.present import number


def busy(lab: Lab) -> bool:
    """Whether any job waits or runs."""
    return any(not job.is_final for job in lab.jobs.all())


def stages(lab: Lab, selection: Selection, language: str) -> list[Stage]:
    """The six stages as things stand for this selection, all of them about the data set the page is about."""
    version = chosen_data(lab, selection, language)
    shown = lab.settings.demo or (version is not None and version.dataset == selection.data)
    own = version is not None and (not version.recorded or shown)
    data = version.dataset if version and own else ""
    runs = {run.id: run.name for run in lab.runs.all() if run.dataset == data}
    all_jobs = [job for job in lab.jobs.all() if _is_about(job, data, runs)]
    jobs = [job for job in all_jobs if not job.is_final]
    found = evals.evaluations(lab.workspace, data) if data else []
    duels = sum(any(c.run in runs for c in duel.contestants) for duel in chat.duels(lab.workspace))
    if lab.settings.demo and found:  # both answers of an evaluation are played side by side
        duels += sum(found[0].slices.values())
    made = with_next(
        [
            Stage("data", data),
            _asked("baseline", jobs, found, tuned=False, lab=lab, language=language),
            _trained(selection, runs, jobs),
            Stage("compare", words.say("ui.stage_duels", language, n=duels) if duels else ""),
            _asked("score", jobs, found, tuned=True, lab=lab, language=language),
            _shipped(all_jobs),
        ]
    )
    if lab.settings.demo:  # nothing is made here, so no step is the next one
        made = [stage for stage in made if stage.chosen or stage.name != "ship"]
    elif access.current().may(access.Right.WRITE):
        return made
    return [replace(stage, next=False) for stage in made]


def share(job: JobView) -> float:
    """How much of a job is done; nothing where it is not known yet."""
    return job.status.step / job.status.total if job.status.total else 0.0


def _is_about(job: JobView, data: str, runs: dict[str, str]) -> bool:
    """Whether the job works on the data set, or on one of its runs."""
    return job.spec.options.get("dataset") == data or job.spec.options.get("run") in runs


def _trained(selection: Selection, runs: dict[str, str], jobs: list[JobView]) -> Stage:
    active = next((job for job in jobs if job.spec.kind in {"train", KIND}), None)
    if active:
        return Stage("train", active.spec.name, share=share(active))
    return Stage("train", runs.get(selection.run) or next(iter(runs.values()), ""))


def _asked(name: str, jobs: list[JobView], found: list[Evaluation], *, tuned: bool, lab: Lab, language: str) -> Stage:
    """Baseline or score: running, or the share right that was reached.

    An evaluation without a run is a baseline; one with a run that is still there is the score, and holds the base's
    answers as well.
    """
    here = {run.id for run in lab.runs.all()} if tuned else {None}
    for job in jobs:
        if job.spec.kind == "eval" and _has_run(job) == tuned:
            return Stage(name, share=share(job))
    wanted = any if tuned else all
    one = next((e for e in found if wanted(c.run in here for c in e.contestants)), None)
    if one is None and not tuned:
        one = next((e for e in found if any(c.name == "base" for c in e.contestants)), None)
    if one is None:
        return Stage(name)
    board = evals.board(lab.workspace, one)
    row = board.row(board.subject if tuned else "base", one.headline, "right")
    if row is None or row.value is None:
        return Stage(name, one.dataset)
    return Stage(name, words.say("ui.stage_right", language, share=number(100 * row.value, 0)))


def _has_run(job: JobView) -> bool:
    return any(contestant.get("run") for contestant in job.spec.options.get("contestants", []))


def _shipped(jobs: list[JobView]) -> Stage:
    exports = [job for job in jobs if job.spec.kind == "export"]
    active = next((job for job in exports if not job.is_final), None)
    if active:
        return Stage("ship", active.spec.name, share=share(active))
    done = next((job for job in exports if job.state == "done"), None)
    return Stage("ship", done.spec.name if done else "")
