"""Commands ``synth`` and ``reword``.

Must not know how questions are found or worded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from lab import fields, ingest, synth, words
from lab.cli import output
from lab.cli.jobs import finish, follow
from lab.errors import DataError, UsageError
from lab.jobs import JobView
from lab.lab import Lab
from lab.records import Problem, Version
from lab.synth.wording.rewording import MOST
from lab.synth.wording.wordings import ANSWERS

Files = Annotated[list[str] | None, typer.Argument(metavar="FILE…|sample:NAME|data:NAME", show_default=False)]
Name = Annotated[str, typer.Option("--name", metavar="N")]
Mode = Annotated[str, typer.Option("--mode", metavar="|".join(synth.MODES))]
Split = Annotated[str, typer.Option("--split", metavar="auto|remember|generalise")]
Teacher = Annotated[str, typer.Option("--teacher", metavar="URL|local", help="Who words or writes the questions.")]
Model = Annotated[str, typer.Option("--model", metavar="M", help="The server's name of the model.")]
KeyEnv = Annotated[str, typer.Option("--key-env", metavar="NAME", help="Environment variable that holds the key.")]
Send = Annotated[bool, typer.Option("--send", help="Yes, the text may leave this machine.")]
Try = Annotated[bool, typer.Option("--try", help="Ask about one section only, and keep nothing.")]
Share = Annotated[int, typer.Option("--share-unanswerable", metavar="PERCENT")]
Settings = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", show_default=False)]
Fixes = Annotated[list[str] | None, typer.Option("--fix", metavar="recognise_text", show_default=False)]
FromJob = Annotated[str, typer.Option("--from", metavar="JOB", help="Save what an earlier synthesis has made.")]
Detach = Annotated[bool, typer.Option("--detach", help="Start the job and come back at once.")]
Json = Annotated[bool, typer.Option("--json")]


@dataclass(frozen=True)
class _Texts:
    """What a synthesis is made of."""

    documents: dict[str, str]
    problems: tuple[Problem, ...]
    """What the reading of files had to say."""


def register(app: typer.Typer) -> None:
    """Add this area's commands to ``app``."""
    app.command("synth")(make)
    app.command("reword")(reword)


def make(
    name: Name,
    files: Files = None,
    mode: Mode = "extract",
    teacher: Teacher = "",
    model: Model = "",
    key_env: KeyEnv = "",
    send: Send = False,
    try_one: Try = False,
    share_unanswerable: Share = synth.DEFAULT_SHARE,
    settings: Settings = None,
    fix: Fixes = None,
    split: Split = "auto",
    from_job: FromJob = "",
    detach: Detach = False,
    json: Json = False,
) -> None:
    """Make questions and answers from documents, by rules or with a model, and save them as a data set."""
    lab = output.lab()
    if from_job:
        _save(lab, lab.jobs.get(from_job), name, split, json)
        return
    plan = _plan(mode, share_unanswerable, settings or [])
    provider = synth.provider_spec(teacher, model, key_env) if teacher else synth.ProviderSpec()
    reading = _read(lab, files or [], fix or [])
    _meet(lab, name, reading.documents)
    synth.may_ask(plan, provider, send=send)
    if provider.is_remote:
        output.note("synth_model.leaves_machine_note", url=provider.url)
    if try_one:
        _try(lab, reading.documents, plan, provider, json)
        return
    job = synth.start(
        lab.jobs,
        reading.documents,
        name,
        plan,
        provider,
        models=lab.models,
        send=send,
        problems=reading.problems,
    )
    if detach:
        _told_job(job, json)
        return
    view = follow(lab.jobs, job.id)
    if view.state != "done" and synth.made(view.folder).pairs:
        output.note("synth.partly", pairs=len(synth.made(view.folder).pairs), job=view.id, name=name)
    finish(view)
    if view.state == "stopped":
        raise typer.Exit(1)
    _save(lab, view, name, split, json)


def _plan(mode: str, share: int, settings: list[str]) -> synth.SynthPlan:
    told: dict[str, Any] = {"mode": mode, "share_unanswerable": share}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise UsageError("fields.unreadable", name=setting, value="", kind="KEY=VALUE")
        told[key] = fields.parse(synth.SynthPlan, key, value)
    plan = synth.SynthPlan(**told)
    fields.check(plan)
    return plan


def _read(lab: Lab, sources: list[str], fixes: list[str]) -> _Texts:
    """The documents of files, of a shipped sample and of saved data sets; raises ``DataError`` where there are none."""
    wanted = ingest.Repairs(fixes).reading
    paths: list[Path] = []
    saved: dict[str, str] = {}
    for source in sources:
        kind, _, rest = source.partition(":")
        if kind == "sample":
            paths += [Path(path) for path in ingest.sample(rest).paths]
        elif kind == "data":
            version = lab.datasets.get(rest)
            saved |= {document: lab.datasets.document(version, document) for document in version.documents}
        else:
            paths.append(Path(source).expanduser())
    reading = ingest.read(paths, fixes=wanted) if paths else None
    documents = {**saved, **(reading.documents if reading else {})}
    told = {problem.code: problem for problem in (reading.problems if reading else []) if problem.severity == "error"}
    if not documents and len(told) == 1:
        code, problem = told.popitem()
        raise DataError(code if "." in code else f"data.{code}", **problem.values)
    if not documents:
        raise DataError("synth.no_documents", files=", ".join(sources) or "—")
    if reading and reading.rows:
        output.note("synth.rows_left", rows=len(reading.rows))
    return _Texts(documents, tuple(reading.problems) if reading else ())


def _meet(lab: Lab, name: str, documents: dict[str, str]) -> None:
    """Earlier syntheses of that name hear that their documents have changed."""
    for job in lab.jobs.all("synth"):
        changed = synth.Review(job.folder).meet(documents) if job.spec.name == name else ()
        if changed:
            output.note("synth_made.changed", documents=", ".join(changed), job=job.id)


def _try(lab: Lab, documents: dict[str, str], plan: synth.SynthPlan, provider: synth.ProviderSpec, json: bool) -> None:
    """Ask about one section for real and say how it went; nothing is kept."""
    if plan.mode == "extract":
        raise UsageError("synth.try_needs_model")
    asked = synth.connect(provider, lab.workspace, lab.models)
    one = synth.trial(documents, plan, asked.ask)
    outcome = one.outcome
    rejected = _codes(outcome.rejected)
    if json:
        output.document(
            {
                "parsed": outcome.state == "done",
                "pairs": len(outcome.pairs),
                "rejected": rejected,
                "seconds": round(outcome.seconds, 3),
                "tokens_per_second": round(one.tokens_per_second, 2),
                "pieces": one.pieces,
                "eta_seconds": round(one.eta_seconds, 1),
                "section": one.heading,
                "replies": [said.text for said in outcome.said],
            }
        )
        return
    rate = {"seconds": f"{outcome.seconds:.1f}", "rate": f"{one.tokens_per_second:.1f}"}
    output.say("synth.tried", section=one.heading, **rate)
    for said in outcome.said:
        print(said.text.strip() + "\n")
    output.say("synth.tried_kept", kept=len(outcome.pairs), refused=len(outcome.rejected))
    _said_codes(rejected)
    output.say("synth.tried_eta", pieces=one.pieces, minutes=f"{one.eta_seconds / 60:.1f}")


def _told_job(job: JobView, json: bool) -> None:
    if json:
        output.document({"job": job.id, "state": job.state})
    else:
        output.say("synth.started", job=job.id)


def _save(lab: Lab, job: JobView, name: str, split: str, json: bool) -> None:
    """Save the pairs of a synthesis, reviewed or not, and say what came of it."""
    made = synth.made(job.folder)
    rejected = _codes(made.rejected)
    if not made.pairs:
        told = {"files": ", ".join(made.documents), "rejected": sum(rejected.values())}
        if any(one.asked_model for one in made.outcomes):
            for code, count in rejected.items():
                output.note(
                    "synth.rejected_line", count=count, reason=words.say(f"synth.gate_{code}", output.language())
                )
            raise DataError("synth.nothing_kept", **told)
        raise DataError("synth.nothing_found", **told)
    version = lab.save_review(job.id, name, mode=split)
    if words.has(version.mode_reason):
        output.note("synth_made.split", mode=words.say(f"data_cli.mode_{version.mode}", output.language()))
        output.note(version.mode_reason)
    declined = sum(pair.kind == "decline" for pair in made.pairs)
    if declined:
        output.note("synth_made.declined", declined=declined)
    if json:
        _document(version, version.rows, rejected)
        return
    _said("synth.extracted", version, version.rows, rejected, documents=len(made.documents))


def reword(
    dataset: Annotated[str, typer.Argument(metavar="N")],
    name: Annotated[str, typer.Option("--name", metavar="M")],
    per_row: Annotated[int | None, typer.Option("--per-row", metavar="K", show_default=False)] = None,
    test_wordings: Annotated[int | None, typer.Option("--test-wordings", metavar="K", show_default=False)] = None,
    teacher: Teacher = "",
    model: Model = "",
    key_env: KeyEnv = "",
    send: Send = False,
    answers: Annotated[str, typer.Option("--answers", metavar="|".join(ANSWERS))] = ANSWERS[0],
    from_job: Annotated[str, typer.Option("--from", metavar="JOB", help="Save what an earlier rewording has.")] = "",
    detach: Detach = False,
    json: Json = False,
) -> None:
    """Add new wordings of each training question, in the group of its fact; how many, the number of facts decides.

    Rules word them at once; with --teacher a model words them too, in a job that can be stopped and resumed.
    """
    if per_row is not None and not 1 <= per_row <= MOST:
        raise UsageError("synth.bad_per_row", value=per_row, most=MOST)
    lab = output.lab()
    if teacher and not from_job:
        provider = synth.provider_spec(teacher, model, key_env)
        told: dict[str, Any] = {"test_wordings": test_wordings, "answers": answers, "send": send}
        job = synth.start_rewording(lab.jobs, lab.datasets, dataset, name, provider, per_row, models=lab.models, **told)
        if detach:
            _told_job(job, json)
            return
        view = follow(lab.jobs, job.id)
        if view.state != "done":
            output.note("reword.partly", job=view.id, dataset=dataset, name=name)
        finish(view)
        if view.state == "stopped":
            raise typer.Exit(1)
        from_job = view.id
    if from_job:
        made = synth.reworded_so_far(lab.datasets, lab.jobs.get(from_job))
        output.note("reword.by_model", by_model=made.by_model, pairs=made.pairs)
    else:
        made = synth.reword_dataset(lab.datasets, dataset, name, per_row, test_wordings=test_wordings, answers=answers)
    _said_reworded(made, json)


def _said_reworded(made: synth.Reworded, json: bool) -> None:
    if made.amount:
        amount = {"facts": made.amount.facts, "wordings": made.amount.wordings, "rows": made.amount.rows}
        output.note(made.amount.reason, **amount)
    if json:
        _document(made.version, made.pairs, made.rejected)
        return
    _said("synth.reworded", made.version, made.pairs, made.rejected)


def _document(version: Version, pairs: int, rejected: dict[str, int]) -> None:
    output.document(
        {
            "dataset": version.dataset,
            "version": version.version,
            "pairs": pairs,
            "rejected": rejected,
            "splits": version.splits,
        }
    )


def _said(key: str, version: Version, pairs: int, rejected: dict[str, int], **values: int) -> None:
    splits = {split: version.splits.get(split, 0) for split in ("train", "validation", "test")}
    made = {"dataset": version.dataset, "version": version.version, "rejected": sum(rejected.values())}
    output.say(key, pairs=pairs, **made, **splits, **values)
    _said_codes(rejected)


def _codes(refused: Iterable[synth.Rejected]) -> dict[str, int]:
    """Refused pairs per reason code."""
    return dict(sorted(Counter(item.code for item in refused).items()))


def _said_codes(rejected: dict[str, int]) -> None:
    for code, count in rejected.items():
        reason = words.say(f"synth.gate_{code}", output.language())
        output.say("synth.rejected_line", count=count, reason=reason)
