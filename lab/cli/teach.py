"""The command ``teach``: one fact, from a sentence to a run that knows it."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from lab import teaching
from lab.cli.jobs import finish, follow
from lab.cli.output import document, lab, note, say
from lab.jobs import JobView
from lab.lab import Lab
from lab.runs import DEFAULT_BASE
from lab.teaching import Fact, Lesson, Standing


def register(app: typer.Typer) -> None:
    """Add this area's commands to ``app``."""
    app.command("teach")(teach)


def teach(
    sentence: Annotated[str, typer.Argument(help="One fact, in one sentence.")] = "",
    question: Annotated[str, typer.Option(help="The question it answers, where the rules find none or another.")] = "",
    answer: Annotated[str, typer.Option(help="The short answer.")] = "",
    parent: Annotated[str, typer.Option("--from", metavar="RUN", help="Go on from this run's weights.")] = "",
    base: Annotated[str, typer.Option(help="Catalogue name, hub:OWNER/NAME or folder.")] = DEFAULT_BASE,
    steps: Annotated[int | None, typer.Option(help="Training steps: 8, with --more 12.")] = None,
    name: Annotated[str, typer.Option(help="What the run is called, as in ft-travel.")] = "",
    more: Annotated[str, typer.Option("--more", metavar="RUN", help="Teach this taught run to decline.")] = "",
    detach: Annotated[bool, typer.Option("--detach", help="Return at once.")] = False,
    as_document: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Teach one fact in a few steps, and ask its questions after each. Ctrl-C leaves it running."""
    room = lab()
    if more:
        taught = room.jobs.get(room.runs.get(more).id)
        press: dict[str, Any] = {"models": room.models, "steps": steps or teaching.MORE_STEPS}
        view = teaching.start_more(room.jobs, room.datasets, room.runs, taught, **press)
    else:
        about = teaching.prepared(sentence, question, answer)
        _tell_lesson(about)
        before = room.runs.get(parent) if parent else None
        told: dict[str, Any] = {"models": room.models, "parent": before, "base": base, "name": name}
        told["steps"] = steps or teaching.STEPS
        view = teaching.start(room.jobs, room.datasets, about, **told)
    if detach:
        document({"run": view.id, "state": view.state}) if as_document else say("jobs.submitted", job=view.id)
        return
    note("jobs.submitted", job=view.id)
    view = follow(room.jobs, view.id)
    stands = teaching.standing(room.jobs, room.datasets, view)
    if as_document:
        document(as_json(room, view, stands))
    else:
        _tell(view, stands)
    finish(view)


def as_json(room: Lab, view: JobView, stands: Standing) -> dict[str, Any]:
    """What ``teach --json`` prints."""
    result = view.status.result
    fact: Fact = teaching.lesson_of(view).fact
    weights = room.runs.weights(room.runs.get(view.id)) if result.get("run") else None
    return {
        "run": view.id,
        "name": result.get("name"),
        "state": view.state,
        "base": view.spec.options["base"],
        "dataset": view.spec.options["dataset"],
        "adapter": str(weights) if weights else None,
        "question": fact.question,
        "answer": fact.answer,
        "steps": [
            {
                "step": one.step,
                "learned": {"n": one.told, "right": one.learned},
                "made_up": {"n": one.untold, "made_up": one.made_up},
            }
            for one in stands.counts
        ],
        "questions": [
            {
                "question": one.text,
                "told": one.told,
                "base": one.base,
                "answers": [{"step": said.step, "text": said.text, "judgement": said.judgement} for said in one.said],
            }
            for one in stands.questions
        ],
        "seconds": {"first_right": stands.first_right, "all_right": stands.all_right},
        "train_seconds": result.get("train_seconds"),
    }


def _tell_lesson(about: Lesson) -> None:
    note("teach.cli_question", question=about.fact.question, answer=about.fact.answer)
    counts = {"taught": len(about.taught), "kept": len(about.kept), "refused": len(about.refused)}
    note("teach.cli_wordings", **counts)


def _tell(view: JobView, stands: Standing) -> None:
    for one in stands.counts:
        numbers = {"learned": one.learned, "told": one.told, "made_up": one.made_up, "untold": one.untold}
        say("teach.cli_step", step=one.step, **numbers)
    if stands.all_right is not None and stands.first_right is not None and not stands.counts[0].learned:
        say("teach.cli_right", first=f"{stands.first_right:.1f}", whole=f"{stands.all_right:.1f}")
    if view.status.result.get("run") and stands.counts:
        last = stands.counts[-1]
        numbers = {"learned": last.learned, "told": last.told, "made_up": last.made_up, "untold": last.untold}
        say("teach.cli_done", run=view.status.result["name"], **numbers)
        say("teach.cli_more", run=view.status.result["name"])
