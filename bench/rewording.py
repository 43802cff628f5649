"""Facts taught in one wording, in many, and with questions to decline: what is answered in words nobody trained.

``python -m bench.rewording [--language en] [--seeds 3] [--steps 40] [--share 30] [--only b,0] [--out FOLDER]``

Teaches the nine facts of each family sample three ways with one preset and the same number of steps: (a) one wording a
fact, (b) with rule-made wordings, (c) b and a share of questions to decline. Asks every model, and the base before,
the hand-written wordings of ``rewording_en.jsonl`` and ``rewording_zh.jsonl`` that the reworder does not make itself,
and questions the facts do not answer. About an hour on two cores. ``--only`` does one part (``base``, or a
way and a seed) and keeps it in ``--out``; the table shows what is there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench import PRESET, finished, trained
from lab import evals, ingest, synth
from lab.checks import UNTOLD, Check, row_untold
from lab.evals.keys import JUDGEMENTS, key
from lab.jobs import JobView
from lab.lab import Lab
from lab.likeness import folded, is_near
from lab.matching import matches
from lab.records import Message, Row, Version, from_json, to_json
from lab.settings import Settings
from lab.synth.unanswerable import decline
from lab.synth.wording.rewording import reworded
from lab.workspace import append_jsonl, read_jsonl

WAYS = {"base": "before", "a": "one wording a fact", "b": "a + rule-made wordings", "c": "b + {share} % to decline"}
_CHECK = Check("declines", "declines_when_not_told")


@dataclass(frozen=True)
class Result:
    """What one model answered."""

    language: str
    way: str
    seed: int
    steps: int
    share: int = 0
    """Percent of the training rows of (c) that are to be declined."""
    rows: int = 0
    """Training rows."""
    trained: dict[str, int] = field(default_factory=dict)
    """Judgement → count, of the trained words themselves."""
    worded: dict[str, int] = field(default_factory=dict)
    """Judgement → count, of the hand-written wordings."""
    declined: int = 0
    """Of the questions the facts do not answer."""
    invented: int = 0
    borrowed: int = 0
    """Of those invented, how many hold a value of another fact."""
    train_seconds: float = 0.0
    load: float = 0.0
    """Load of the machine when it ended."""


@dataclass(frozen=True)
class Questions:
    """What is asked, and what was taken out of it."""

    worded: tuple[Row, ...]
    neighbours: tuple[Row, ...]
    made: tuple[str, ...]
    """Hand-written wordings that the reworder makes too, or nearly; not asked."""
    trained: tuple[str, ...]
    """Questions to decline that (c) is trained on, or nearly; not asked."""


def _written(language: str, told: Sequence[Row]) -> list[Row]:
    """The hand-written questions as test rows."""
    answers = {row.group: row.answer for row in told}
    found = []
    for line in Path(__file__).with_name(f"rewording_{language}.jsonl").read_text("utf-8").splitlines():
        entry = json.loads(line)
        untold = bool(entry.get("should_decline"))
        question, identity = entry["question"], hashlib.sha256(line.encode()).hexdigest()[:12]
        answer = decline(language) if untold else answers[entry["group"]]
        turns = (Message("user", question), Message("assistant", answer))
        group = f"untold-{identity}" if untold else entry["group"]
        keys = tuple(entry.get("keys", ()))
        found.append(Row(identity, turns, group, "test", keys=keys, rule=UNTOLD if untold else None))
    return found


def _questions(language: str, told: Sequence[Row], declined: Sequence[Row]) -> Questions:
    """The hand-written questions less those that training may hold."""
    made = {
        row.group: [row.question, *(one.text for one in reworded(row.question, language, {}, row.answer))]
        for row in told
    }
    every = {folded(text) for texts in made.values() for text in texts}
    refused = [row.question for row in declined]
    kept: dict[bool, list[Row]] = {True: [], False: []}
    out: dict[bool, list[str]] = {True: [], False: []}
    for row in _written(language, told):
        untold = row.rule == UNTOLD
        asked = row.question
        same = is_near(asked, refused) if untold else folded(asked) in every or is_near(asked, made[row.group])
        if same:
            out[untold].append(asked)
        else:
            kept[untold].append(row)
    return Questions(tuple(kept[False]), tuple(kept[True]), tuple(out[False]), tuple(out[True]))


class Bench:
    """One language in one workspace."""

    def __init__(self, lab: Lab, language: str, steps: int, share: int) -> None:
        self.lab, self.language, self.steps, self.share = lab, language, steps, share
        shipped, _ = ingest.add(lab.datasets, ingest.sample(f"family-{language}").paths, f"family-{language}-a")
        more = synth.reword_dataset(lab.datasets, shipped.dataset, f"family-{language}-b").version
        every = synth.decline_dataset(lab.datasets, more.dataset, f"family-{language}-c{share}", share).version
        declined = [row for row in lab.datasets.rows(every, "train") if row_untold(row)]
        self.versions = {"a": shipped, "b": more, "c": every}
        self.told = list(lab.datasets.rows(shipped, "train"))
        self.questions = _questions(language, self.told, declined)
        self.asked = self._save("worded", [*self.told, *self.questions.worded], "remember")
        self.untold = self._save("untold", self.questions.neighbours, "generalise", (_CHECK,))

    def _save(self, name: str, rows: Iterable[Row], mode: str, checks: tuple[Check, ...] = ()) -> Version:
        return self.lab.datasets.save(
            f"family-{self.language}-{name}", rows, mode=mode, mode_reason="", language=self.language, checks=checks
        )

    def measure(self, way: str, seed: int) -> Result:
        """Train the way, unless it is the base, and ask."""
        result = Result(self.language, way, seed, self.steps, self.share if way == "c" else 0)
        model = "base"
        if way != "base":
            run = self._trained(way, seed)
            model, version = run.id, self.versions[way]
            seconds = run.status.result["train_seconds"]
            result = replace(result, rows=version.splits["train"], train_seconds=round(seconds, 1))
        worded = self._answers(self.asked, model)
        untold = self._answers(self.untold, model)
        kept = [record for record in untold if record.checks[_CHECK.name]]
        invented = [record for record in untold if not record.checks[_CHECK.name]]
        values = [key(text) for row in self.told for text in row.keys]
        return replace(
            result,
            trained=_counts(record.judgement for record in worded if record.slice == "trained"),
            worded=_counts(record.judgement for record in worded if record.slice != "trained"),
            declined=len(kept),
            invented=len(invented),
            borrowed=sum(any(matches(value, record.answer or "") for value in values) for record in invented),
            load=round(os.getloadavg()[0], 1),
        )

    def _trained(self, way: str, seed: int) -> JobView:
        lab, version = self.lab, self.versions[way]
        name = f"{self.language}-{way}{self.share if way == 'c' else ''}-{seed}"
        return trained(lab, version, name, self.steps, seed)

    def _answers(self, version: Version, model: str) -> list[evals.ItemRecord]:
        lab = self.lab
        view = finished(
            lab.jobs,
            lambda: evals.start(
                lab.jobs,
                lab.datasets,
                lab.runs,
                dataset=version.dataset,
                version=version.version,
                models=[model],
                models_folder=lab.models,
                keep_alive=False,
                request=f"{version.version}-{model}",
            ),
        )
        records = list(evals.read_items(view.folder))
        missing = [record.error for record in records if record.error]
        if missing:
            raise SystemExit(f"{len(missing)} answers are missing: {missing[0]}")
        return records


def _counts(judgements: Iterable[str | None]) -> dict[str, int]:
    counted = Counter(judgements)
    return {kind: counted[kind] for kind in JUDGEMENTS}


def _spread(values: Sequence[float]) -> str:
    """Mean, and the range where there is one."""
    mean = f"{statistics.mean(values):.1f}".removesuffix(".0")
    return mean if min(values) == max(values) else f"{mean} ({min(values):g}–{max(values):g})"


def table(results: Sequence[Result]) -> str:
    """One Markdown table of every language and way there are results of."""
    head = ("language", "trained", "seeds", "steps", "rows", "trained words right", "worded n", *JUDGEMENTS)
    more = ("untold n", "declined", "made up", "with a told value", "training s")
    lines = ["| " + " | ".join([*head, *more]) + " |", "|" + "---|" * len([*head, *more])]
    for language, way, share in dict.fromkeys((one.language, one.way, one.share) for one in results):
        same = [one for one in results if (one.language, one.way, one.share) == (language, way, share)]
        cells = [
            language,
            WAYS[way].format(share=share),
            ", ".join(str(one.seed) for one in same) if way != "base" else "–",
            str(same[0].steps) if way != "base" else "–",
            str(same[0].rows or "–"),
            f"{_spread([one.trained['right'] for one in same])} of {sum(same[0].trained.values())}",
            str(sum(same[0].worded.values())),
            *(_spread([one.worded[kind] for one in same]) for kind in JUDGEMENTS),
            str(same[0].declined + same[0].invented),
            _spread([one.declined for one in same]),
            _spread([one.invented for one in same]),
            _spread([one.borrowed for one in same]),
            _spread([one.train_seconds for one in same]) if way != "base" else "–",
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _parts(seeds: int, only: str) -> list[tuple[str, int]]:
    if only:
        way, _, seed = only.partition(",")
        return [(way, int(seed or 0))]
    return [("base", 0), *((way, seed) for seed in range(seeds) for way in ("a", "b", "c"))]


def run(home: Path, languages: Sequence[str], seeds: int, steps: int, share: int, only: str) -> None:
    """Measure what is asked for and not there yet, and print what is."""
    lab = Lab(replace(Settings.read(), home=home / "workspace", models=Settings.read().models_folder))
    kept = home / "results.jsonl"
    try:
        for language in languages:
            bench = Bench(lab, language, steps, share)
            found = bench.questions
            print(f"{language}: {len(found.made)} hand-written wordings taken out, made by the reworder: {found.made}")
            print(f"{language}: {len(found.trained)} untold questions taken out, trained by (c): {found.trained}")
            for way, seed in _parts(seeds, only):
                done = {
                    (one["language"], one["way"], one["seed"], one["steps"], one.get("share", 0))
                    for one in read_jsonl(kept)
                }
                if (language, way, seed, steps, share if way == "c" else 0) not in done:
                    began = time.monotonic()
                    append_jsonl(kept, to_json(bench.measure(way, seed)))
                    print(language, way, seed, f"{time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    finally:
        lab.engine.stop()
    order = list(WAYS)
    results = [from_json(Result, one) for one in read_jsonl(kept)]
    chosen = [one for one in results if one.language in languages and one.steps == steps]
    print(f"\n{PRESET} preset, LoRA, {steps} steps; mean over seeds (range)\n")
    print(table(sorted(chosen, key=lambda one: (one.language, order.index(one.way), one.seed))))


def main(words: Sequence[str]) -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m bench.rewording")
    parser.add_argument("--language", choices=("en", "zh"), action="append")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--share", type=int, default=30, help="percent of the training rows of (c) to be declined")
    parser.add_argument("--only", default="", metavar="WAY,SEED", help="base, or a, b or c and a seed")
    parser.add_argument("--out", type=Path, help="where workspace and results are kept; default: nowhere")
    asked = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        run(
            (asked.out or Path(folder)).absolute(),
            asked.language or ("en", "zh"),
            asked.seeds,
            asked.steps,
            asked.share,
            asked.only,
        )


if __name__ == "__main__":
    main(sys.argv[1:] if sys.argv[0].endswith("rewording.py") else ())
