"""Commands ``eval``, ``score`` and ``board``.

Knows: their options and how a board is printed. Must not know how answers are judged.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from lab import evals, selftest, words
from lab.cli.jobs import finish, follow
from lab.cli.output import columns, document, lab, language, note, say
from lab.errors import EvalError, UsageError
from lab.evals import explaining, judging, report
from lab.evals.evaluation import load
from lab.evals.report import metric_name, table, table_file
from lab.evals.report_page import html
from lab.evals.tasks import TASKS
from lab.lab import Lab
from lab.workspace import write_jsonl, write_text

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def register(app: typer.Typer) -> None:
    """Add this area's commands to ``app``."""
    app.command("eval")(evaluate)
    app.command("score")(score)
    app.command("board")(board)


def evaluate(
    data: Annotated[str, typer.Option(help="Name of the data set.")],
    models: Annotated[str, typer.Option(help="Contestants, as in base,base+prompt:FILE,ft-travel.")] = "base",
    require: Annotated[str, typer.Option(help="What good enough is, as in right>=0.8; exit 1 when missed.")] = "",
    max_items: Annotated[int, typer.Option(help="At most so many questions; 0 asks all.")] = 0,
    task: Annotated[str, typer.Option(metavar="|".join(TASKS), help="What answers are; told from the data.")] = "",
    also: Annotated[str, typer.Option(metavar="DATASET", help="Another data set to ask too.")] = "",
    keep_alive: Annotated[bool, typer.Option(help="Ask the general questions that ship with the lab too.")] = True,
    repeats: Annotated[int, typer.Option(metavar="K", help="Answer some questions K times again.")] = 0,
    temperature: Annotated[float, typer.Option(help="How freely the repeats are drawn.")] = evals.TEMPERATURE,
    as_document: JsonOption = False,
) -> None:
    """Ask every contestant the questions of a data set, and say whether it got better. Ctrl-C leaves it running."""
    room = lab()
    view = evals.start(
        room.jobs,
        room.datasets,
        room.runs,
        dataset=data,
        models=models.split(","),
        models_folder=room.models,
        require=require,
        max_items=max_items,
        task=task,
        also=also,
        keep_alive=keep_alive,
        repeats=repeats,
        temperature=temperature,
    )
    typer.echo(evals.prospect(room.datasets, room.datasets.get(data)).text(language()), err=True)
    note("evals.started", job=view.id)
    view = follow(room.jobs, view.id)
    stored = load(view.folder)
    if stored is None:
        finish(view)
        raise EvalError("evals.no_board")
    made = evals.board(room.workspace, stored)
    if as_document:
        document(evals.as_document(room.workspace, made))
    else:
        show_board(room, made)
    finish(view)
    if require and not made.is_reached:
        note("target.not_reached", model=made.subject, target=made.aim.text if made.aim else require)
        raise typer.Exit(1)


def score(
    file: Annotated[Path | None, typer.Argument(metavar="FILE.jsonl")] = None,
    self_test: Annotated[bool, typer.Option("--self-test", help="Hold the metrics against known values.")] = False,
    as_document: JsonOption = False,
) -> None:
    """Metrics of {"prediction", "reference"} rows; no model is needed."""
    if self_test:
        show_self_test(as_document)
        return
    if file is None:
        raise UsageError("selftest.needs_file")
    found = evals.score_file(file, lambda key: words.say(key, language()))
    if as_document:
        document(found)
        return
    say("evals.score_summary", n=found["n"], bad=len(found["problems"]))
    for problem in found["problems"]:
        say("evals.score_problem", line=problem["line"], reason=words.say(f"evals.line_{problem['code']}", language()))
    names = ("metric", "value", "interval", "n", "not_scored")
    rows = [[words.say(f"evals.column_{name}", language()) for name in names]]
    for name, one in found["metrics"].items():
        value = "—" if one["value"] is None else f"{one['value']:.4g}"
        interval = "—" if one["low"] is None else f"{one['low']:.4g} … {one['high']:.4g}"
        rows.append([metric_name(name, language()), value, interval, str(one["n"]), str(one["not_scored"])])
    columns(rows)
    for name, one in found["metrics"].items():
        if one["note"]:
            typer.echo(f"{metric_name(name, language())}: {one['note']}")


def show_self_test(as_document: bool) -> None:
    """Print every known value beside what is computed here; exit 1 where one differs."""
    tested = selftest.self_test()
    if as_document:
        document(selftest.document(tested))
    else:
        names = ("metric", "case", "value", "reference", "source", "passed")
        rows = [[words.say(f"selftest.column_{name}", language()) for name in names]]
        rows += [[cell.replace("\n", " ") for cell in selftest.cells(one, language())] for one in tested]
        columns(rows)
        say("selftest.summary", passed=sum(one.passed for one in tested), total=len(tested))
    if not all(one.passed for one in tested):
        raise typer.Exit(1)


def board(
    evaluation: Annotated[str, typer.Argument(metavar="EVAL")] = "",
    as_document: JsonOption = False,
    out: Annotated[Path | None, typer.Option("--html", metavar="OUT", help="Write one HTML file.")] = None,
    figures: Annotated[Path | None, typer.Option("--csv", metavar="OUT", help="Write every figure.")] = None,
    answers: Annotated[Path | None, typer.Option("--jsonl", metavar="OUT", help="Write every answer.")] = None,
) -> None:
    """The latest evaluation of each data set, or the one named; with a file, that is written instead."""
    room = lab()
    stored = load(room.workspace.job(evaluation)) if evaluation else None
    if evaluation and stored is None:
        raise EvalError("fault.no_evaluation", eval=evaluation)
    boards = [evals.board(room.workspace, one) for one in ([stored] if stored else evals.latest(room.workspace))]
    if not boards and (out or figures or answers):
        raise EvalError("evals.no_board")
    told = [_told(room, made) for made in boards] if out or answers else []
    if out:
        _written(out, html(told, language()))
    if figures:
        tables = [table_file(made, language()) for made in boards]
        _written(figures, tables[0] + "".join(one.partition("\n")[2] for one in tables[1:]))
    if answers:
        write_jsonl(answers, (line for one in told for line in report.answers(one)))
        note("evals.report_written", file=answers)
    if as_document:
        document([evals.as_document(room.workspace, made) for made in boards])
    elif not boards:
        say("evals.no_board")
    elif not (out or figures or answers):
        for made in boards:
            show_board(room, made)


def _told(room: Lab, made: evals.Board) -> report.Told:
    """Everything the report says of a board."""
    one = made.evaluation
    names = {run.id: run.name for run in room.runs.all()}
    advised = evals.advice(room.workspace, made)
    found = report.gather(room.workspace, made, evals.questions(room.workspace, one), advised, names)
    explained = evals.diagnostics(room.workspace, one)
    return replace(
        found, diagnostics=explained, judge=judging.report_section(room.workspace, one.id, language(), names)
    )


def _written(out: Path, text: str) -> None:
    write_text(out, text)
    note("evals.report_written", file=out)


def show_board(room: Lab, made: evals.Board) -> None:
    """Print a board: its table, what explains it, then the verdict and what it says of the advice given before."""
    tongue, advice = language(), evals.advice(room.workspace, made)
    typer.echo(f"{made.evaluation.dataset} {made.evaluation.version}  {made.evaluation.id}")
    columns(table(made, tongue))
    for part in explaining.paragraphs(made, evals.diagnostics(room.workspace, made.evaluation), tongue, {}):
        if isinstance(part, str):
            typer.echo(f"\n{part}" if isinstance(part, explaining.Heading) else f"  {part}")
        else:
            columns([["", *row] for row in part])
    typer.echo("\n" + evals.verdict(made).text(tongue) + "\n")
    if advice:
        typer.echo(advice.text(tongue) + "\n")
