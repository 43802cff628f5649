"""Commands around an evaluation: ``advise`` and ``target`` before it, ``fault``, ``answer`` and ``retrain`` after it.

Knows: their options. Must not know how answers are judged.
"""

from __future__ import annotations

from typing import Annotated

import typer

from lab import evals
from lab.cli.output import document, lab, language, note, say, word
from lab.cli.train import report_run
from lab.errors import EvalError
from lab.evals import faults, readiness, targets
from lab.evals.evaluation import load
from lab.evals.verdict import target_text
from lab.records import to_json

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def register(app: typer.Typer) -> None:
    """Add this area's commands to ``app``."""
    app.command("target")(target)
    app.command("advise")(advise)
    app.command("fault")(fault)
    app.command("answer")(answer)
    app.command("retrain")(retrain)


def target(
    data: Annotated[str, typer.Argument(metavar="DATASET")],
    text: Annotated[str, typer.Argument(metavar="'right>=0.8'")] = "",
    clear: Annotated[bool, typer.Option("--clear", help="From now on there is none.")] = False,
    as_document: JsonOption = False,
) -> None:
    """Say, before training, what good enough is; without a target, show it. Evaluations take it by themselves."""
    room = lab()
    if text or clear:
        targets.say(room.datasets, data, "" if clear else text)
    version = room.datasets.get(data)
    now = targets.current(room.workspace, version.dataset)
    if as_document:
        earlier = [to_json(one) for one in targets.said(room.workspace, version.dataset)]
        document({"dataset": version.dataset, "target": now and to_json(now), "said": earlier})
    elif now is None:
        say("target.said_nothing", dataset=version.dataset)
    else:
        told = target_text(now.text, version.checks, language())
        say("target.said", dataset=version.dataset, target=told, time=now.time[:16].replace("T", " "))


def advise(
    data: Annotated[str, typer.Argument(metavar="DATASET")] = "",
    traceable: Annotated[str, typer.Option(metavar="yes|no", help="Must an answer say where it comes from?")] = "",
    changes: Annotated[str, typer.Option(metavar="often|rarely", help="Do the facts change often?")] = "",
    teaches: Annotated[str, typer.Option(metavar="facts|form|both", help="What is to be taught?")] = "",
    examples: Annotated[int, typer.Option(help="How many examples there are; counted where there is data.")] = 0,
    good_enough: Annotated[
        str, typer.Option(metavar="most|nearly_all|always|unsaid", help="What is good enough?")
    ] = "unsaid",
    as_document: JsonOption = False,
) -> None:
    """Five questions, one recommendation with its reason; without answers, what was advised before."""
    room = lab()
    version = room.datasets.get(data) if data else None
    if traceable or changes or teaches:
        known = readiness.measured(room.datasets, version) if version else {"examples": 0, "characters": 0}
        told = readiness.Situation(
            traceable, changes, teaches, examples or known["examples"], good_enough, known["characters"]
        )
        made = readiness.keep(room.datasets, readiness.advise(told), version.dataset if version else "")
    else:
        stored = readiness.current(room.workspace, version.dataset if version else "")
        if stored is None:
            document(None) if as_document else say("readiness.none_cli")
            return
        made = stored
    if as_document:
        document(readiness.as_json(made))
    else:
        typer.echo("\n".join(made.sentences(language())))


def fault(
    evaluation: Annotated[str, typer.Argument(metavar="EVAL")],
    item: Annotated[str, typer.Argument(metavar="ITEM")] = "",
    kind: Annotated[str, typer.Argument(metavar="|".join(faults.FAULTS))] = "",
    model: Annotated[str, typer.Option(help="Whose answer; default: the one the verdict is about.")] = "",
    by: Annotated[str, typer.Option(help="Your name, kept with the tag.")] = "",
    as_document: JsonOption = False,
) -> None:
    """Tag an answer with what is wrong with it; without a fault the tag is taken back, without an item all are told."""
    room = lab()
    stored = load(room.workspace.job(evaluation))
    if stored is None:
        raise EvalError("fault.no_evaluation", eval=evaluation)
    if item:
        who = model or evals.board(room.workspace, stored).subject
        made = faults.find(room.workspace, evaluation, item, who, kind, by)
        tell = note if as_document else say
        named = {part: word(f"fault.{part}_{kind}") for part in ("cause", "remedy")} if kind else {}
        fault_name = word(f"fault.{kind}") if kind else ""
        tell("fault.tagged" if kind else "fault.cleared", model=made.contestant, item=item, fault=fault_name, **named)
    found = faults.found(room.workspace, evaluation)
    if as_document:
        document({"counts": faults.counted(found), "faults": [to_json(one) for one in found.values()]})
    elif not item and not found:
        say("fault.none", eval=evaluation)
    elif not item:
        for one in found.values():
            typer.echo(f"{one.item}  {one.contestant}  {word(f'fault.{one.fault}')}  {one.by}".rstrip())


def answer(
    data: Annotated[str, typer.Argument(metavar="DATASET")],
    question: Annotated[str, typer.Argument(metavar="QUESTION")],
    right: Annotated[str, typer.Argument(metavar="ANSWER")],
    wordings: Annotated[
        list[str] | None, typer.Option("--wording", help="A wording of your own; may be given again.")
    ] = None,
    as_document: JsonOption = False,
) -> None:
    """Write the right answer: other wordings of the question are trained from now on, never a test question itself."""
    room = lab()
    made = room.answer(data, question, right, wordings=wordings or (), note=word("answer.note", question=question))
    if as_document:
        asked = [row.question for row in made.added]
        counts = {"rows": len(asked), "corrected": made.corrected, "near_test": made.near_test, "is_new": made.is_new}
        document({"dataset": made.version.dataset, "version": made.version.version, **counts, "questions": asked})
        return
    say("answer.saved", dataset=made.version.dataset, version=made.version.version, n=len(made.added))
    for row in made.added:
        typer.echo(f"  {row.question}")
    if made.is_new:
        say("answer.new_fact", dataset=made.version.dataset)
    if made.corrected:
        say("answer.corrected", n=made.corrected)
    if made.near_test:
        say("answer.left_out", n=made.near_test)
    if made.was_held_out:
        say("answer.was_held_out")
    if made.reference:
        say("answer.reference_differs", reference=made.reference)
    run = next((one for one in room.runs.all() if one.dataset == made.version.dataset), None)
    if run:
        say("answer.next", run=room.runs.called(run))


def retrain(
    run: Annotated[str, typer.Argument(metavar="RUN[@STEP]")],
    name: Annotated[str, typer.Option(help="What the run is called, as in ft-travel.")] = "",
    detach: Annotated[bool, typer.Option("--detach", help="Return at once.")] = False,
    as_document: JsonOption = False,
) -> None:
    """Go on from a run with its own recipe, on the data set as it is now. Ctrl-C leaves it running."""
    room = lab()
    report_run(room, room.retrain(run, name), detach=detach, as_document=as_document)
