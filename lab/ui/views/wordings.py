"""What a rewording by a model shows: how far it is, and why it ended where it did.

Knows: a job as HTML. Must not know gradio.
"""

from __future__ import annotations

from lab import words
from lab.jobs import JobView
from lab.ui.present import duration, meter, tag, text


def progress(job: JobView, first: str, language: str) -> str:
    """A bar with the time that is left, or how it ended; where no wording of the model passed, its first words."""
    status, parts = job.status, [words.say(f"jobs.state_{job.state}", language)]
    if status.total:
        parts.append(f"{status.step}/{status.total}")
    if not job.is_final and status.rate:
        left = duration((status.total - status.step) / status.rate, language)
        parts.append(words.say("ui_review.left", language, time=left))
    bar = "" if job.is_final else meter(status.step / status.total if status.total else 0.0, job.spec.name)
    line = tag("p", text(" · ".join(parts)), class_="meter-note")
    note = "" if job.is_final else tag("p", text(words.say("ui_review.may_close", language)), class_="fine")
    return bar + line + note + _why(job, language) + _raw(job, first, language)


def _why(job: JobView, language: str) -> str:
    if job.state == "done":
        result = job.status.result or {}
        told = words.say("reword.by_model", language, by_model=result["by_model"], pairs=result["pairs"])
        return tag("p", text(told), class_="fine")
    if job.state == "failed" and words.has(job.status.error):
        return tag("p", text(words.say(job.status.error, language, **job.status.error_values)), class_="caution")
    return tag("p", text(words.say("ui_reword.can_go_on", language)), class_="caution") if job.is_final else ""


def _raw(job: JobView, first: str, language: str) -> str:
    """What the model wrote, where none of it could be used."""
    if job.state != "done" or not first or (job.status.result or {}).get("by_model"):
        return ""
    label = tag("summary", text(words.say("ui_review.raw", language)))
    return tag("details", label + tag("pre", text(first), class_="line"), class_="more")
