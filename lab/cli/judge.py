"""Command ``judge``.

Knows: its options and how a judging is printed. Must not know how a judge is examined or asked.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lab import words
from lab.cli.jobs import JsonOption, finish, follow
from lab.cli.output import columns, document, lab, language, note, say
from lab.evals import judging
from lab.evals.judging import telling, votes
from lab.evals.judging.records import PARTS
from lab.lab import Lab

Evaluation = Annotated[str, typer.Argument(metavar="EVAL", help="An evaluation, or a data set: its newest one.")]
By = Annotated[str, typer.Option("--by", metavar="CONTESTANT", help="Who judges: base, a run, url:ADDRESS#MODEL.")]


def register(app: typer.Typer) -> None:
    """Add this area's commands to ``app``."""
    app.command("judge")(judge)


def judge(
    evaluation: Evaluation,
    by: By = "",
    against: Annotated[str, typer.Option(help="The contestant the others are compared with; the base.")] = "",
    parts: Annotated[str, typer.Option(metavar="|".join(("both", *PARTS)), help="Choices, grades or both.")] = "both",
    exam: Annotated[int, typer.Option(help="Exam cases of each kind.")] = 4,
    max_items: Annotated[int, typer.Option(help="At most so many questions of each slice; 0 is all.")] = 0,
    max_tokens: Annotated[int, typer.Option(help="Longest reply of the judge, in tokens.")] = 256,
    votes_file: Annotated[Path | None, typer.Option("--votes", metavar="FILE.jsonl", show_default=False)] = None,
    key_env: Annotated[str, typer.Option("--key-env", metavar="NAME")] = "",
    send: Annotated[bool, typer.Option("--send", help="Yes, the answers may leave this machine.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Start the job and come back at once.")] = False,
    as_document: JsonOption = False,
) -> None:
    """Let a model judge an evaluation's stored answers, after an exam; without --by, show the newest judging."""
    room = lab()
    given = votes.read(votes_file) if votes_file else None
    frozen = judging.evaluation_named(room.workspace, evaluation)
    if not by:
        _show_newest(room, frozen.id, given, as_document)
        return
    view = judging.start(
        room.jobs,
        room.datasets,
        room.runs,
        evaluation=frozen.id,
        by=by,
        models_folder=room.models,
        against=against,
        plan=judging.JudgePlan(parts=parts, exam=exam, max_items=max_items, max_tokens=max_tokens),
        votes_given=given,
        key_env=key_env,
        send=send,
    )
    address = view.spec.options["provider"]["url"]
    if send and address:
        note("judge.leaves_machine_note", url=address)
    if detach:
        _told_job(view.id, view.state, as_document)
        return
    note("judge.started", job=view.id)
    view = follow(room.jobs, view.id)
    finish(view)
    if view.state == "stopped":
        note("judge.broke_off", job=view.id)
    _show_newest(room, frozen.id, None, as_document, view.id)


def _told_job(job: str, state: str, as_document: bool) -> None:
    if as_document:
        document({"job": job, "state": state})
    else:
        say("judge.started", job=job)


def _show_newest(
    room: Lab, evaluation: str, given: list[judging.Vote] | None, as_document: bool, job: str = ""
) -> None:
    """The judging of ``job``, else the newest one, held against ``given`` votes."""
    found = [one for one in judging.judgings(room.workspace, evaluation) if job in ("", one.id)]
    if not found:
        if as_document:
            document(None)
        else:
            say("judge.none_yet", evaluation=evaluation)
        return
    if given:
        judging.give_votes(room.workspace, found[0], given)
    made = judging.result(room.workspace, found[0])
    if as_document:
        document(judging.as_document(made))
    else:
        show(made)


def show(made: judging.Result) -> None:
    """Print a judging: what came of it, the exam, then the figures that count."""
    tongue = language()
    typer.echo(telling.about(made, tongue) + "\n")
    for sentence in telling.sentences(made, tongue):
        typer.echo(sentence)
    for one in made.standings:
        typer.echo("\n" + words.say(f"judge.exam_{one.part}", tongue))
        for sentence in telling.exam_sentences(one, tongue):
            typer.echo("  " + sentence)
        columns(telling.exam_table(one, tongue))
    for rows in (telling.wins_table(made, tongue), telling.grades_table(made, tongue)):
        if len(rows) > 1:
            typer.echo()
            columns(rows)
    if made.wins:
        typer.echo(telling.length_note(tongue))
    for sentence in telling.votes_sentences(made.votes, tongue):
        typer.echo(sentence)
