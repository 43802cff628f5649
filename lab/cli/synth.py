"""Commands ``synth`` and ``reword``.

Must not know how questions are found or worded.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from lab import synth, words
from lab.cli import output
from lab.errors import DataError, UsageError
from lab.records import Version
from lab.synth.rewording import MOST

MODES = ("extract", "phrase", "teacher")

Files = Annotated[list[Path], typer.Argument(metavar="FILE…", show_default=False)]
Name = Annotated[str, typer.Option("--name", metavar="N")]
Mode = Annotated[str, typer.Option("--mode", metavar="|".join(MODES))]
Split = Annotated[str, typer.Option("--split", metavar="auto|remember|generalise")]
Json = Annotated[bool, typer.Option("--json")]


def register(app: typer.Typer) -> None:
    """Add this area's commands to ``app``."""
    app.command("synth")(extract)
    app.command("reword")(reword)


def extract(files: Files, name: Name, mode: Mode = "extract", split: Split = "auto", json: Json = False) -> None:
    """Find the questions documents answer by their own structure, and save them as a data set."""
    if mode not in MODES:
        raise UsageError("fields.not_a_choice", name="--mode", value=mode, allowed=", ".join(MODES))
    if mode != "extract":
        raise DataError("synth.only_extract", mode=mode)
    lab = output.lab()
    draft = lab.draft([path.expanduser() for path in files], mode=split)
    shown = ", ".join(path.name for path in files)
    if not draft.extractions:
        raise DataError("synth.no_documents", files=shown)
    pairs = sum(len(found.pairs) for found in draft.extractions)
    rejected = Counter(item.code for found in draft.extractions for item in found.rejected)
    if not pairs:
        raise DataError("synth.nothing_found", files=shown, rejected=rejected.total())
    version = lab.save_draft(draft, name)
    counts = dict(sorted(rejected.items()))
    if json:
        _document(version, pairs, counts)
        return
    _said("synth.extracted", version, pairs, counts, documents=len(draft.extractions))


def reword(
    dataset: Annotated[str, typer.Argument(metavar="N")],
    name: Annotated[str, typer.Option("--name", metavar="M")],
    per_row: Annotated[int, typer.Option("--per-row", metavar="K")] = 4,
    test_wordings: Annotated[int | None, typer.Option("--test-wordings", metavar="K", show_default=False)] = None,
    json: Json = False,
) -> None:
    """Add new wordings of each training question, in the group of its fact."""
    if not 1 <= per_row <= MOST:
        raise UsageError("synth.bad_per_row", value=per_row, most=MOST)
    made = synth.reword_dataset(output.lab().datasets, dataset, name, per_row, test_wordings=test_wordings)
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
    for code, count in rejected.items():
        reason = words.say(f"synth.gate_{code}", output.language())
        output.say("synth.rejected_line", count=count, reason=reason)
