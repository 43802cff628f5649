"""What a hosted lab says of itself: that it plays recordings, or whether what is made here outlives a restart.

Knows: the facts behind the sentence. Must not know gradio.
"""

from __future__ import annotations

from lab import hosting, words
from lab.lab import Lab
from lab.workspace import read_json


def storage_notice(lab: Lab, language: str) -> str:
    """The sentence for the top of the page; empty where everything works and the disk lasts."""
    settings = lab.settings
    if settings.demo:
        return words.say("replay.notice", language)
    if not settings.space or hosting.is_lasting(settings.home):
        return ""
    if not settings.keep:
        return words.say("space.notice_ephemeral", language)
    kept = read_json(lab.workspace.kept()) or {}
    problem = kept.get("problem")
    if problem and words.has(problem["key"]):
        reason = words.say(problem["key"], language, **problem["values"])
        return words.say("space.notice_not_kept", language, repository=settings.keep, reason=reason)
    if not kept.get("time"):
        return words.say("space.notice_will_keep", language, repository=settings.keep)
    time = str(kept["time"])[:16].replace("T", " ")
    return words.say("space.notice_kept", language, repository=settings.keep, time=time)
