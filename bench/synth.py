"""What extraction finds in documents: pairs, per thousand characters, kept by each gate, offsets, documents a minute.

``python -m bench.synth [FILE …]``: of the files named, else of the shipped handbooks and, where they are, the public
documents beside the project. ``--draw SEED`` prints pairs to be judged by eye instead: forty of each language, at most
ten of a document while others have some left.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from pathlib import Path

from lab.errors import DataError
from lab.ingest import read
from lab.likeness import folded
from lab.settings import PROJECT
from lab.synth import Extraction, Pair, covered_by, estimate, extract, unanswerable
from lab.synth.gates import CODES

SHARED = PROJECT.parent / "shared" / "data"
GOLD = {
    f"{language}_dolphinscheduler_faq.md": f"{language}_dolphinscheduler_faq_gold.jsonl" for language in ("en", "zh")
}
HEAD = (
    "document",
    "chars",
    "read s",
    "extract s",
    "pairs",
    "/1000",
    "declined",
    "covered",
    "expected",
    "wrong offsets",
)


JUDGED, OF_ONE = 40, 10
"""Pairs of a language, and of one document among them."""


def _paths() -> list[Path]:
    if sys.argv[1:] and sys.argv[0].endswith("synth.py") and sys.argv[1] != "--draw":
        return [Path(name) for name in sys.argv[1:]]
    shipped = sorted((PROJECT / "data").glob("handbook_??.md"))
    public = sorted((SHARED / "documents").glob("*")) if SHARED.is_dir() else []
    return [*shipped, *public]


def _story() -> dict[str, str]:
    """The system row of the family story as a document."""
    path = SHARED / "stories" / "family_zh.jsonl"
    if not path.is_file():
        return {}
    first = json.loads(path.read_text("utf-8").splitlines()[0])
    return {"family_zh.jsonl line 1": first["messages"][0]["content"]}


def _wrong_offsets(found: Extraction) -> int:
    every = [*found.pairs, *(item.pair for item in found.rejected)]
    return sum(found.text[pair.start : pair.end] != pair.evidence for pair in every)


def _measured(name: str, text: str, reading: float) -> tuple[Extraction, float]:
    expected = estimate(text, name)
    began = time.perf_counter()
    found = extract(text, name)
    seconds = time.perf_counter() - began
    declined = unanswerable(found.pairs, {name: text})
    cells = (
        name[:38], len(text), f"{reading:.2f}", f"{seconds:.2f}", len(found.pairs),
        f"{1000 * len(found.pairs) / max(1, len(text)):.1f}", len(declined),
        f"{covered_by(found, found.pairs).share:.0%}",
        expected.pairs, _wrong_offsets(found),
    )  # fmt: skip
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)
    return found, seconds


def _against_gold(found: Extraction) -> None:
    gold = SHARED / "derived" / GOLD.get(found.document, "-")
    if not gold.is_file():
        return
    rows = [json.loads(line) for line in gold.read_text("utf-8").splitlines()]
    wanted = {folded(row["question"]) for row in rows}
    asked = {folded(pair.question) for pair in found.pairs if pair.rule == "faq"}
    right = len(wanted & asked)
    print(f"{found.document}: recall {right}/{len(wanted)}, precision {right}/{len(asked)}")


def _gates(extractions: list[Extraction]) -> None:
    rejected = Counter(item.code for found in extractions for item in found.rejected)
    rules = Counter(pair.rule for found in extractions for pair in found.pairs)
    left = sum(len(found.pairs) + len(found.rejected) for found in extractions)
    print("\n| gate | rejected | share kept of those that reach it |\n|---|---|---|")
    for code in CODES:
        if left:
            print(f"| {code} | {rejected[code]} | {1 - rejected[code] / left:.1%} |")
        left -= rejected[code]
    print("\n| rule | kept |\n|---|---|")
    for rule, count in rules.most_common():
        print(f"| {rule} | {count} |")


def _drawn(pairs: list[Pair], seed: int) -> list[Pair]:
    """``JUDGED`` of ``pairs``, in a random order; more than ``OF_ONE`` of a document only where the others end."""
    pool = random.Random(seed).sample(pairs, len(pairs))
    taken: Counter[str] = Counter()
    first: list[Pair] = []
    for pair in pool:
        taken[pair.document] += 1
        if taken[pair.document] <= OF_ONE:
            first.append(pair)
    chosen = {pair.id for pair in first}
    return [*first, *(pair for pair in pool if pair.id not in chosen)][:JUDGED]


def draw(seed: int) -> None:
    """Print pairs of each language with what they rest on."""
    texts = {name: text for path in _paths() for name, text in read([path]).documents.items()} | _story()
    pairs = [pair for name, text in texts.items() for pair in extract(text, name).pairs]
    for language in ("zh", "en"):
        print(f"\n## {language}\n")
        for number, pair in enumerate(_drawn([one for one in pairs if one.language == language], seed), 1):
            print(f"{number}. [{pair.document}, {pair.rule}] {pair.question}\n   {pair.answer!r}")
            print(f"   from {pair.evidence!r}" if pair.evidence != pair.answer else "   from just that")


def main() -> None:
    """Print the tables, or the pairs of ``--draw``."""
    if sys.argv[1:2] == ["--draw"]:
        draw(int(sys.argv[2]))
        return
    print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD))
    found: list[Extraction] = []
    total = 0.0
    for path in _paths():
        began = time.perf_counter()
        try:
            reading = read([path])
        except DataError as error:
            print(f"| {path.name[:38]} | {error.key} |")
            continue
        seconds = time.perf_counter() - began
        for name, text in reading.documents.items():
            made, taken = _measured(name, text, seconds)
            found.append(made)
            total += seconds + taken
        if not reading.documents:
            print(f"| {path.name[:38]} | {', '.join(problem.code for problem in reading.problems)} |")
    for name, text in _story().items():
        made, taken = _measured(name, text, 0.0)
        found.append(made)
        total += taken
    _gates(found)
    print()
    for made in found:
        _against_gold(made)
    print(f"{len(found)} documents, reading and extracting: {60 * len(found) / total:.0f} a minute")


if __name__ == "__main__":
    main()
