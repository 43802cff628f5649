"""Commands of ``jobs`` (list, show, stop, resume, logs) and ``fetch``.

Also how a command follows a job: progress on stderr, and Ctrl-C leaves the job at work.
"""

from __future__ import annotations

import sys
import time
from typing import Annotated, Any

import typer

from lab import catalog, words
from lab.cli.output import document, lab, language, note, say
from lab.jobs import Jobs, JobView
from lab.records import to_json

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
JobArgument = Annotated[str, typer.Argument(metavar="ID")]


def register(app: typer.Typer) -> None:
    """Add this area's commands to ``app``."""
    group = typer.Typer(no_args_is_help=True, help="Long tasks: list, show, stop, resume, logs.")
    group.command("list")(list_jobs)
    group.command("show")(show)
    group.command("stop")(stop)
    group.command("resume")(resume)
    group.command("logs")(logs)
    app.add_typer(group, name="jobs")
    app.command("fetch")(fetch)


def as_json(view: JobView) -> dict[str, Any]:
    """What ``--json`` prints of a job: spec and status in one object."""
    return {**to_json(view.spec), **to_json(view.status), "responsive": view.responsive, "folder": str(view.folder)}


def line(view: JobView) -> str:
    """One line for a person: id, state, and how far it is."""
    status = view.status
    share = f"{status.step}/{status.total}" if status.total else ""
    phase = words.say(status.phase, language()) if words.has(status.phase) and not view.is_final else ""
    return f"{view.id}  {words.say(f'jobs.state_{view.state}', language())}  {share}  {phase}".rstrip()


def reason(view: JobView) -> str:
    """Why the job failed or broke off, as a sentence; empty where there is nothing to say."""
    if view.state == "failed" and words.has(view.status.error):
        return words.say(view.status.error, language(), **view.status.error_values)
    return words.say("jobs.interrupted", language(), job=view.id) if view.state == "interrupted" else ""


def follow(jobs: Jobs, job_id: str) -> JobView:
    """Show the job's progress on stderr until it ends. Ctrl-C leaves it running, says so, and exits with 1."""
    width = 0

    def report(view: JobView) -> None:
        nonlocal width
        text = line(view)
        if view.status.rate:
            left = (view.status.total - view.status.step) / view.status.rate
            text += f"  {view.status.rate:.2f}/s  {left:.0f} s"
        if sys.stderr.isatty():
            sys.stderr.write("\r" + text.ljust(width))
            width = len(text)
        else:
            sys.stderr.write(text + "\n")
        sys.stderr.flush()

    try:
        view = jobs.wait(job_id, report)
    except KeyboardInterrupt:
        sys.stderr.write("\n")
        note("jobs.runs_on", job=job_id)
        raise typer.Exit(1) from None
    if sys.stderr.isatty():
        sys.stderr.write("\n")
    return view


def list_jobs(as_document: JsonOption = False) -> None:
    """Every job, newest first."""
    views = lab().jobs.all()
    if as_document:
        document([as_json(view) for view in views])
    elif not views:
        say("jobs.none_yet")
    for view in [] if as_document else views:
        typer.echo(line(view))


def show(job: JobArgument, as_document: JsonOption = False) -> None:
    """One job: its state, what it is to do, and its result."""
    view = lab().jobs.get(job)
    if as_document:
        document(as_json(view))
        return
    typer.echo(line(view))
    if reason(view):
        typer.echo(reason(view))
    for name, value in {**view.spec.options, **view.status.result}.items():
        typer.echo(f"  {name}: {value}")


def stop(job: JobArgument, discard: Annotated[bool, typer.Option("--discard")] = False) -> None:
    """Stop a job and keep what it has so far; with --discard, throw it away."""
    lab().jobs.stop(job, keep=not discard)
    say("jobs.stop_requested", job=job)


def resume(job: JobArgument, detach: Annotated[bool, typer.Option("--detach")] = False) -> None:
    """Go on from the last complete checkpoint or item."""
    jobs = lab().jobs
    jobs.resume(job)
    say("jobs.resumed", job=job)
    if not detach:
        finish(follow(jobs, job))


def finish(view: JobView) -> None:
    """Exit with 1 and the reason on stderr if the job did not end well."""
    if view.state in {"failed", "interrupted"}:
        sys.stderr.write(reason(view) + "\n")
        raise typer.Exit(1)


def logs(job: JobArgument, follow_log: Annotated[bool, typer.Option("--follow")] = False, lines: int = 200) -> None:
    """What the job printed; with --follow, until it ends."""
    jobs = lab().jobs
    typer.echo(jobs.log(job, lines))
    path = jobs.get(job).folder / "log.txt"
    if not follow_log or not path.is_file():
        return
    with path.open("r", encoding="utf-8", errors="replace") as file:
        file.seek(0, 2)
        while True:
            final = jobs.get(job).is_final
            sys.stdout.write(file.read())
            sys.stdout.flush()
            if final:
                return
            time.sleep(0.5)


def fetch(name: Annotated[str, typer.Argument(metavar="[NAME]")] = catalog.BUNDLED) -> None:
    """Have a base model ready: download, check and convert it once."""
    shown = ""

    def report(step_key: str, share: float) -> None:
        nonlocal shown
        bar = "█" * round(share * 20)
        text = f"{words.say(step_key, language(), name=name)}  {bar:░<20} {share:4.0%}"
        if text != shown:
            sys.stderr.write(("\r\x1b[K" if sys.stderr.isatty() else "") + text)
            sys.stderr.write("" if sys.stderr.isatty() else "\n")
            sys.stderr.flush()
        shown = text

    folder = catalog.ensure(name, lab().models, report)
    if shown and sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    say("models.ready", name=name, folder=str(folder))
