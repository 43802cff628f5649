"""What the Train tab shows: a run while it trains and after, its curve, its card, the list of all runs.

Knows: jobs and runs as HTML, and the loss curve as points. Must not know gradio or where anything is kept.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from lab import words
from lab.catalog import BaseModel
from lab.jobs import JobView
from lab.records import Message, Run, to_json
from lab.ui.present import badge, duration, facts, meter, number, tag, text, when
from lab.ui.views.people import by

STATE_STYLES = {"done": "good", "running": "tuned", "failed": "bad", "interrupted": "warn", "stopped": "warn"}


def points(steps: Iterable[dict[str, Any]]) -> list[tuple[str, int, float]]:
    """The curve as (series, step, loss); series is ``train`` or ``eval``."""
    found: list[tuple[str, int, float]] = []
    for event in steps:
        for series, key in (("train", "loss"), ("eval", "eval_loss")):
            if event.get(key) is not None:
                found.append((series, int(event["step"]), float(event[key])))
    return found


def progress(job: JobView, last: dict[str, Any], language: str, note: str = "") -> str:
    """One run as it stands: state, phase, step of total, rate, time left, tokens per second; then ``note``."""
    say = _sayer(language)
    status = job.status
    head = tag("h2", text(job.spec.name)) + state_badge(job.state, language)
    head += by(job.spec.by, job.spec.owner, language)
    body = ""
    if not job.is_final:
        phase = words.say(status.phase, language) if status.phase and words.has(status.phase) else ""
        share = status.step / status.total if status.total else 0.0
        left = (status.total - status.step) / status.rate if status.rate and status.total else None
        known = [
            (say("step_of"), text(say("step_value", step=status.step, total=status.total or "…"))),
            (say("rate"), text(say("rate_value", rate=number(status.rate, 2)))),
            (say("left"), text(duration(left, language) if left is not None else "–")),
            (say("elapsed"), text(duration(status.seconds, language))),
            (say("speed"), text(number(last.get("tokens_per_second"), 0))),
            (say("loss"), text(number(last.get("loss"), 3))),
        ]
        body = tag("p", text(phase), class_="fine") + meter(share, job.spec.name) + facts(known)
        body += tag("p", text(note or say("closing")), class_="fine")
    return tag("div", tag("div", head, class_="titled") + body + trouble(job, language), class_="run")


def trouble(job: JobView, language: str) -> str:
    """Why a run did not end well, in one sentence; empty when it did."""
    if job.state == "interrupted":
        own = f"ui_train.interrupted_{job.spec.kind}"
        key = own if words.has(own) else "ui_train.interrupted"
        return tag("p", text(words.say(key, language)), class_="caution")
    status = job.status
    if job.state != "failed":
        return ""
    known = status.error and words.has(status.error)
    sentence = (
        words.say(status.error, language, **status.error_values)
        if known
        else words.say("ui.unexpected", language, reference=status.reference or job.id)
    )
    return tag("p", text(sentence), class_="caution")


def card(run: Run, language: str, recipe: dict[str, Any], *, data_here: bool = True, after: str = "") -> str:
    """What is known of a run that can answer; ``data_here``: the version it was trained on is still there.

    ``after`` says what it went on from; empty where it began anew.
    """
    say = _sayer(language)
    losses = say(
        "card_losses_value", train=number(run.final.get("train_loss")), evaluation=number(run.final.get("eval_loss"))
    )
    trained = say(
        "card_trained_value", steps=run.steps, tokens=f"{run.tokens:,}", time=duration(run.train_seconds, language)
    )
    data = run.dataset if data_here else words.say("disk.no_longer", language, name=run.dataset)
    known = [
        (say("card_data"), text(data) + " " + tag("code", text(run.version))),
        (say("card_base"), text(run.base) + " " + tag("code", text(run.base_hash))),
        (say("card_weights"), fingerprint(run.adapter_hash)),
        (say("card_trained"), text(trained)),
        *([(say("card_parent"), text(after))] if after else []),
        (say("card_losses"), text(losses)),
    ]
    knobs = facts((_label(name, language), text(_setting(name, value, language))) for name, value in recipe.items())
    folded = tag("details", tag("summary", text(say("recipe"))) + knobs, class_="more") if recipe else ""
    return facts(known) + folded


def fingerprint(weights: str, style: str = "tuned") -> str:
    """The hash of the weights that answered, as a badge."""
    return badge(weights, f"{style} hash")


def state_badge(state: str, language: str) -> str:
    """The state of a job in words."""
    return badge(words.say(f"ui_train.state_{state}", language), STATE_STYLES.get(state, ""))


def run_cards(
    jobs: Sequence[JobView], shipped: Collection[str], datasets: Collection[str], chosen: str, language: str
) -> str:
    """Every training run, newest first; a click on one reports its id. Only ``datasets`` are still there."""
    cards = []
    for job in jobs:
        data = str(job.spec.options.get("dataset", ""))
        data = data if not data or data in datasets else words.say("disk.no_longer", language, name=data)
        about = f"{data} · {job.spec.options.get('base', '')}"
        mark = (
            badge(words.say("ui_train.recorded", language)) if job.id in shipped else state_badge(job.state, language)
        )
        mark += by(job.spec.by, job.spec.owner, language)
        cards.append(_card(job.id, job.spec.name, about, mark, job.spec.created, chosen))
    return tag("div", "".join(cards), class_="cards")


def base_note(entry: BaseModel, is_here: bool, language: str) -> str:
    """What is known of a base: its description, what it reads, whether it must be fetched."""
    said = [words.say(entry.key, language)] if entry.key else []
    if entry.reads:
        joined = ("、" if language == "zh" else ", ").join(
            words.say(f"ui_data.language_{r}", language) for r in entry.reads
        )
        said.append(words.say("ui_train.base_reads", language, languages=joined))
    if is_here:
        said.append(words.say("ui_train.base_ready", language))
    elif entry.download_megabytes:
        said.append(words.say("ui_train.base_fetch", language, megabytes=entry.download_megabytes))
    else:
        said.append(words.say("ui_train.base_unknown", language))
    return tag("p", text(" · ".join(said)), class_="fine")


def curl(address: str, model: str, messages: Sequence[Message], *, with_password: bool = False) -> str:
    """The line that asks this run through the API; the password is named, never written out."""
    body = json.dumps({"model": model, "messages": to_json(tuple(messages))}, ensure_ascii=False)
    quoted = body.replace("'", "'\\''")
    secret = '-H "Authorization: Bearer $LAB_PASSWORD" ' if with_password else ""
    line = f"curl {address}/v1/chat/completions -H 'Content-Type: application/json' {secret}-d '{quoted}'"
    return tag("pre", tag("code", text(line)), class_="line", tabindex="0")


def exports(jobs: Sequence[JobView], there: Collection[str], language: str) -> str:
    """What was exported of a run, where it lies, and what is under way; the folders of ``there`` still are."""
    items = []
    for job in jobs:
        mark = state_badge(job.state, language)
        if job.state == "done":
            folder = words.say("ui_train.ship_done", language, folder=job.spec.options["out"])
            said = tag("span", text(folder if job.id in there else words.say("disk.no_longer", language, name=folder)))
        else:
            said = tag("span", text(job.spec.name)) + trouble(job, language)
        items.append(tag("li", mark + said))
    return tag("ul", "".join(items), class_="problems") if items else ""


def _card(pick: str, name: str, about: str, mark: str, created: str, chosen: str) -> str:
    inside = (
        tag("strong", text(name)) + tag("span", text(about)) + tag("span", f"{mark} {when(created)}", class_="place")
    )
    pressed = "true" if pick == chosen else "false"
    return tag("button", inside, type="button", class_="card", data_pick=pick, aria_pressed=pressed)


def _label(name: str, language: str) -> str:
    key = f"train.{name}"
    return words.say(key, language) if words.has(key) else name


def _setting(name: str, value: Any, language: str) -> str:
    """A value of the recipe as the form words it."""
    if isinstance(value, bool):
        return words.say("ui_train.setting_on" if value else "ui_train.setting_off", language)
    if isinstance(value, float):
        return number(value, 6)
    known = (key for key in (f"train.{name}_{value}", f"ui_train.{name}_{value}") if words.has(key))
    return next((words.say(key, language) for key in known), str(value))


def _sayer(language: str) -> Any:
    def say(name: str, **values: Any) -> str:
        return words.say(f"ui_train.{name}", language, **values)

    return say
