"""A million rows of JSON lines: time to the first preview, rows per second, peak memory; against datasets and pandas.

``python -m bench.reading [ROWS]``. Each is a process of its own that reads the same file. Ours reads, checks every row
by every rule and keeps no row; the others load the rows and check nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROWS = 1_000_000
PREVIEW = 20
"""Rows of a preview."""

OURS = """
from lab import ingest
import_time = since()
shown = ingest.read([path], limit=PREVIEW).rows
preview = since() - import_time
rows = ingest.stream([path])
count = sum(1 for _ in rows)
"""
DATASETS = """
import datasets
datasets.disable_progress_bars()
import_time = since()
made = datasets.load_dataset("json", data_files=str(path), split="train", cache_dir=str(path.parent / "cache"))
shown = made[:PREVIEW]["messages"]
preview = since() - import_time
count = len(made)
"""
STREAMED = """
import datasets
import_time = since()
made = datasets.load_dataset("json", data_files=str(path), split="train", streaming=True)
shown = list(made.take(PREVIEW))
preview = since() - import_time
count = sum(1 for _ in made)
"""
PANDAS = """
import pandas
import_time = since()
shown = list(pandas.read_json(path, lines=True, nrows=PREVIEW)["messages"])
preview = since() - import_time
count = len(pandas.read_json(path, lines=True))
"""
FRAME = """
import json, resource, sys, time
from pathlib import Path
path, PREVIEW, begun = Path(sys.argv[1]), int(sys.argv[2]), time.perf_counter()
since = lambda: time.perf_counter() - begun
{body}
assert len(shown) == PREVIEW
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([import_time, preview, count, since() - import_time - preview, peak]))
"""
READERS = {
    "lab.ingest.stream, all rules": OURS,
    "datasets.load_dataset": DATASETS,
    "datasets, streaming": STREAMED,
    "pandas.read_json": PANDAS,
}


def written(path: Path, rows: int) -> int:
    """Write ``rows`` conversations of three turns; the bytes of the file."""
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            place = f"{number % 97} {('North', 'South', 'East', 'West')[number % 4]} Street, floor {number % 31}"
            turns = (
                ("system", "You help the visitors of a town hall."),
                ("user", f"Where do I find desk {number}, and who works there on day {number % 7}?"),
                ("assistant", f"Desk {number} is at {place}. Ask for clerk {number * 7919 % 10007}; the door is open."),
            )
            file.write(json.dumps({"messages": [{"role": role, "content": text} for role, text in turns]}) + "\n")
    return path.stat().st_size


def measured(body: str, path: Path) -> list[float]:
    """Seconds to import, seconds to the preview, rows, seconds for all of them, peak MiB."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    command = [sys.executable, "-c", FRAME.format(body=body), str(path), str(PREVIEW)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    found: list[float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Print the table."""
    numbers = [int(value) for value in sys.argv[1:] if value.isdigit()]
    rows = numbers[0] if numbers else ROWS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        size = written(path, rows)
        print(f"{rows} rows of JSON lines, {size / 2**20:.0f} MiB; a preview is {PREVIEW} rows\n")
        print("| reader | import s | preview s | all rows s | rows/s | peak MiB |\n|---|---|---|---|---|---|")
        for name, body in READERS.items():
            import_time, preview, count, seconds, peak = measured(body, path)
            whole = preview if name == "datasets.load_dataset" else seconds
            print(
                f"| {name} | {import_time:.2f} | {preview:.3f} | {whole:.1f} | {count / whole:.0f} | {peak:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
