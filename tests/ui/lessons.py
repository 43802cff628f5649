"""A lesson that is only a folder."""

from __future__ import annotations

from lab import teaching
from lab.checks import row_untold
from lab.jobs.context import write_status
from lab.lab import Lab
from lab.records import JobSpec, JobStatus, to_json
from lab.workspace import append_jsonl, write_json

JOB = "20261121-093100-teach-blue-fern-ceo-a1b"
SENTENCE = "The CEO of Blue Fern is Mara Lindqvist."


def lesson(lab: Lab, state: str = "running", owner: str = "") -> None:
    """A lesson after its first step: the fact is right once, a neighbour is answered with the name, one declined."""
    about = teaching.prepared(SENTENCE)
    rows = about.rows()
    version = lab.datasets.save(
        "blue-fern-ceo", rows, mode="remember", mode_reason="teach.mode_reason", language="en", format="taught"
    )
    folder = lab.workspace.job(JOB)
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "dataset": version.dataset,
        "version": version.version,
        "base": "smollm2-135m",
        "recipe": {"max_steps": 8},
        "group": about.group,
        "focus": [],
        "fact": to_json(about.fact),
    }
    spec = JobSpec(JOB, teaching.KIND, "blue-fern-ceo", "2026-11-21T09:31:00.000Z", options=options, owner=owner)
    write_json(folder / "spec.json", to_json(spec))
    left = {"run": JOB} if state == "done" else {}
    write_status(folder, JobStatus(state=state, attempt=1, phase="teach.phase_train", step=1, total=8, result=left))
    tested = [row for row in rows if row.split == "test"]
    told, untold = [r for r in tested if not row_untold(r)], [r for r in tested if row_untold(r)]
    unknown = [{"row": row.id, "text": "A <b>fern</b>.", "judgement": "wrong"} for row in tested]
    said = [{"row": told[0].id, "text": "Mara Lindqvist", "judgement": "right"}, *unknown[1 : len(told)]]
    said += [{"row": untold[0].id, "text": "Mara Lindqvist", "judgement": "wrong"}]
    said += [{"row": row.id, "text": "I was not told.", "judgement": "right"} for row in untold[1:]]
    for step, who, answers in ((0, "base", unknown), (0, "learner", unknown), (1, "learner", said)):
        event = {"kind": "asked", "attempt": 1, "time": f"2026-11-21T09:31:1{step}.000Z", "step": step, "who": who}
        append_jsonl(folder / "events.jsonl", {**event, "answers": answers})
