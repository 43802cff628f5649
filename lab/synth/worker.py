"""The job kind ``synth``: documents → question–answer pairs, each piece kept the moment it is done.

Knows: what is done already, how several pieces are asked about at once, and when it is hopeless to go on. A kill
loses the pieces in work and nothing else. Must not import torch: it speaks to the engine or a server.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from typing import Any

from lab.engine.provider import Provider, ProviderSpec, connect
from lab.errors import JobError
from lab.jobs.context import JobContext, read_spec
from lab.records import JobSpec, from_json
from lab.synth.extraction import extract
from lab.synth.outcomes import UNITS, Outcome, keep, outcomes
from lab.synth.pairs import Extraction
from lab.synth.plans import Piece, SynthPlan, fingerprint, pieces
from lab.synth.review import MARKS, carry_over
from lab.synth.synthesis import ask_about, by_rules, made, prompts_hash, read_documents
from lab.synth.together import Together
from lab.synth.unanswerable import unanswerable

HOPELESS = 6
"""So many pieces from the start without a reply that can be read: the job fails and shows the first."""
_SHOWN = 400


def run(job: JobContext) -> dict[str, Any]:
    """Do the synthesis of ``job``, or the rest of it; tells how many pairs there are and why others are not."""
    options = job.spec.options
    plan, spec = from_json(SynthPlan, options["plan"]), from_json(ProviderSpec, options["provider"])
    documents = read_documents(job.folder)
    _check_same(options["fingerprint"], fingerprint(plan, spec, documents, prompts_hash()))
    done = {one.unit: one for one in outcomes(job.folder)}
    found = _by_rules(job, plan, documents, done)
    todo = pieces(found, plan) if found else []
    if todo and not job.heard:
        provider = connect(spec, job.workspace, job.models)
        _ask_all(job, plan, documents, provider, todo, done)
    if plan.share_unanswerable and not job.heard:
        _add_unanswerable(job, plan.share_unanswerable, documents)
    if job.heard == "discard":
        (job.folder / UNITS).unlink(missing_ok=True)
    elif not job.heard:
        _take_over_marks(job)
    return _result(job)


def _add_unanswerable(job: JobContext, share: int, documents: dict[str, str]) -> None:
    """Questions the documents do not answer, as that share of all; made anew where the pairs have grown."""
    pairs = [pair for pair in made(job.folder).pairs if pair.kind != "decline"]
    found = tuple(unanswerable(pairs, documents, share))
    last = max((one.index for one in outcomes(job.folder)), default=0)
    if found:
        keep(job.folder, Outcome("unanswerable", last + 1, found[0].document, pairs=found))


def _take_over_marks(job: JobContext) -> None:
    """What people said of the same pairs in the latest synthesis of that name, where anybody did."""
    folders = [folder for folder in job.workspace.jobs().iterdir() if (folder / MARKS).is_file()]
    earlier = [(spec.created, folder) for folder in folders if _is_before(spec := read_spec(folder), job.spec)]
    if earlier:
        carry_over(max(earlier)[1], job.folder)


def _is_before(one: JobSpec, other: JobSpec) -> bool:
    return (one.kind, one.name) == ("synth", other.name) and one.id != other.id and one.created < other.created


def _check_same(before: dict[str, str], now: dict[str, str]) -> None:
    changed = [part for part, value in now.items() if before.get(part) != value]
    if changed:
        raise JobError("synth_model.settings_changed", parts=", ".join(changed))


def _by_rules(
    job: JobContext, plan: SynthPlan, documents: dict[str, str], done: dict[str, Outcome]
) -> list[Extraction]:
    """Every document's extraction; where the rules' own pairs are wanted, each document is kept as one unit."""
    found = []
    for index, (name, text) in enumerate(documents.items()):
        if job.stop_asked():
            return []
        job.progress("synth_model.phase_reading", index, len(documents))
        extraction = extract(text, name)
        found.append(extraction)
        if plan.mode != "teacher" and f"rules:{name}" not in done:
            keep(job.folder, by_rules(extraction, index))
    job.progress("synth_model.phase_reading", len(documents), len(documents))
    return found


def _ask_all(
    job: JobContext,
    plan: SynthPlan,
    documents: dict[str, str],
    provider: Provider,
    todo: list[Piece],
    done: dict[str, Outcome],
) -> None:
    """Ask about every piece that is not done; ends early when the job is asked to stop."""
    together = Together(provider, plan.at_once)

    def work(index: int) -> Outcome:
        piece = todo[index]
        own = replace(plan, seed=plan.seed + index)
        return ask_about(piece, len(documents) + index, documents[piece.document], own, together.ask)

    left = [index for index, piece in enumerate(todo) if piece.id not in done]
    heard = [one for one in done.values() if one.asked_model]
    ready, began = len(todo) - len(left), time.monotonic()
    job.progress("synth_model.phase_asking", ready, len(todo))
    for number, (_, outcome) in enumerate(together.each(work, left, job.stop_asked), start=1):
        keep(job.folder, outcome)
        heard.append(outcome)
        _check_hope(heard, last=ready + number == len(todo))
        rate = number / max(time.monotonic() - began, 1e-6)
        job.progress("synth_model.phase_asking", ready + number, len(todo), rate)


def _check_hope(heard: list[Outcome], *, last: bool) -> None:
    """Raise ``JobError`` with the model's own words when nothing it said could be read."""
    if all(one.state == "not_parsed" for one in heard) and (last or len(heard) >= HOPELESS):
        said = next((reply.text.strip() for one in heard for reply in one.said if reply.text.strip()), "")
        raise JobError("synth_model.nothing_parsed", pieces=len(heard), said=said[:_SHOWN] or "—")


def _result(job: JobContext) -> dict[str, Any]:
    whole = made(job.folder)
    return {
        "pairs": len(whole.pairs),
        "rejected": dict(sorted(Counter(item.code for item in whole.rejected).items())),
        "pieces": sum(one.asked_model for one in whole.outcomes),
        "not_parsed": len(whole.not_parsed),
    }
