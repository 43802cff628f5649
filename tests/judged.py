"""An evaluation to be judged, answered from files so that no model is needed, and two judges that follow rules."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

from lab import evals
from lab.evals import Evaluation
from lab.lab import Lab
from lab.records import Message, Row
from lab.text import tokens

THINGS = tuple(
    "boat bike tent sauna dog canoe locker parking towel guide chair radio "  # noqa: SIM905
    "kayak grill lamp stove map rope raft paddle cabin hammock lantern compass".split()
)


def fee(thing: str) -> int:
    """What a thing costs: no two the same."""
    return 11 + 7 * THINGS.index(thing)


def _rows() -> list[Row]:
    rows = []
    for thing in THINGS:
        said = Message("assistant", f"The {thing} fee is {fee(thing)} euros.")
        for split, asked in (("train", f"How much is the {thing} fee?"), ("test", f"What must I pay for the {thing}?")):
            turns = (Message("user", asked), said)
            rows.append(
                Row(f"{thing}-{split}", turns, thing, split, evidence=said.content if split == "test" else None)
            )
    return rows


def save(lab: Lab) -> None:
    """The data set: what each thing costs, asked in trained and in new words."""
    lab.datasets.save("camp", _rows(), mode="remember", mode_reason="data.mode_few_facts", language="en")


def evaluated(lab: Lab, folder: Path, right_of_tuned: int = 20, right_of_base: int = 5) -> Evaluation:
    """A finished evaluation of two files of answers, the second right more often; each says it in its own way."""
    save(lab)
    names = []
    for name, right in (("plain", right_of_base), ("tuned", right_of_tuned)):
        path = folder / f"{name}.jsonl"
        lines = []
        for place, thing in enumerate(THINGS):
            for split in ("train", "test"):
                answer = f"It is {fee(thing)} euros." if place < right else f"You pay {fee(thing) + 2} euros, {name}."
                lines.append(json.dumps({"id": f"{thing}-{split}", "prediction": answer}))
        path.write_text("\n".join(lines) + "\n")
        names.append(f"file:{path}")
    told = {"models": names, "models_folder": lab.models, "keep_alive": False}
    job = evals.start(lab.jobs, lab.datasets, lab.runs, dataset="camp", **told)  # type: ignore[arg-type]
    assert lab.jobs.wait(job.id).state == "done", lab.jobs.log(job.id)
    return evals.evaluations(lab.workspace)[0]


def careful(asked: str, turns: list[dict[str, str]]) -> str:
    """A judge that compares each answer's words with the reference's, and minds false ones; it never sees names."""
    reference = re.search(r"Reference answer: (.*?)\n\n", asked, re.DOTALL)
    answers = re.findall(r"<<< Answer.*? begins\n(.*?)\nAnswer.*? ends >>>", asked, re.DOTALL)
    assert reference and answers, asked
    worth = [_worth(answer, reference[1]) for answer in answers]
    if len(worth) == 1:
        return f"REASON: by its words\nSCORE: {2 if worth[0] > 0.55 else 1 if worth[0] else 0}"
    side = "TIE" if worth[0] == worth[1] else "A" if worth[0] > worth[1] else "B"
    return f"REASON: by their words\n**WINNER:** {side}"


def first_side(asked: str, turns: list[dict[str, str]]) -> str:
    """A judge that always likes what it reads first, and everything fully."""
    return "I like it.\nWINNER: A" if "Answer B" in asked else "SCORE: 2"


def _worth(answer: str, reference: str) -> float:
    said, wanted = Counter(tokens(answer)), Counter(tokens(reference))
    numbers = {word for word in wanted if word.isdigit()}
    if not numbers <= said.keys():
        return 0.0
    alike = 2 * (said & wanted).total() / (said.total() + wanted.total())
    return alike / 2 if any(word.isdigit() and word not in numbers for word in said) else alike
