"""A million rows: add, open, page, search and split, in seconds and peak memory, against datasets and pandas.

Each operation runs in a process of its own on the same file, so that memory is its own; imports are not counted.
``python -m bench.dataset ROWS`` measures another size; ``LAB_BENCH_HOME`` is where the files are made (default: the
system's temporary folder).
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS = 1_000_000
RARE = "饕餮纹"
_WORDS = [
    "river",
    "house",
    "market",
    "seven",
    "apple",
    "engine",
    "morning",
    "people",
    "small",
    "north",
    "tower",
    "paper",
]
_HAN = "我们今天在市场看见一条蓝色河流旁边有很多人早上冬天森林铁路灯光纸张房子大小北方苹果机器答案"
_START = (
    "import sys, time; from pathlib import Path; path, home = Path(sys.argv[1]), Path(sys.argv[2]); t = time.time()\n"
)
_LAB = """
from lab import ingest
from lab.datasets import Datasets, Filter
from lab.workspace import Workspace
sets = Datasets(Workspace(home))
t = time.time()
"""
_OPEN = _LAB + "version = sets.get('bench'); t = time.time()\n"
_ARROW = """
import datasets
datasets.disable_progress_bars()
t = time.time()
def load(): return datasets.load_dataset('json', data_files=str(path), cache_dir=str(home / 'arrow'), split='train')
"""
_PANDAS = "import pandas\nt = time.time()\ndef load(): return pandas.read_json(path, lines=True)\n"
STEPS = {
    ("first rows of the file", "lab"): _LAB + "assert len(ingest.read([path], limit=20).rows) == 20",
    ("add (read, check, split, save, index)", "lab"): _LAB
    + "ingest.add(sets, [path], 'bench', spool=home / 'spool' / 'rows.jsonl')",
    ("open page 1 (version saved)", "lab"): _OPEN + "assert len(sets.page(version, 0, 20).rows) == 20",
    ("open the page in the middle", "lab"): _OPEN + "assert len(sets.page(version, version.rows // 2, 20).rows) == 20",
    ("search a rare Chinese word", "lab"): _OPEN
    + f"assert sets.page(version, 0, 20, Filter(text='{RARE}')).total == 1",
    ("page of the test rows", "lab"): _OPEN + "assert sets.page(version, 100, 20, Filter(split='test')).rows",
    ("first rows of the file", "datasets, streaming"): _ARROW
    + "rows = datasets.load_dataset('json', data_files=str(path), split='train', streaming=True)\n"
    "assert len(list(rows.take(20))) == 20",
    ("load (no checks, no split)", "datasets"): _ARROW + "load()",
    ("open page 1 (version saved)", "datasets, cached"): _ARROW + "load()[0:20]",
    ("open the page in the middle", "datasets, cached"): _ARROW
    + "rows = load(); rows[len(rows) // 2 : len(rows) // 2 + 20]",
    ("search a rare Chinese word", "datasets, cached"): _ARROW
    + f"assert len(load().filter(lambda row: '{RARE}' in row['messages'][0]['content'])) == 1",
    ("split (at random)", "datasets, cached"): _ARROW + "load().train_test_split(0.1, seed=0)",
    (
        "first rows of the file",
        "pandas",
    ): "import pandas\nt = time.time()\nnext(iter(pandas.read_json(path, lines=True, chunksize=20)))",
    ("load (no checks, no split)", "pandas"): _PANDAS + "load()",
    ("search a rare Chinese word", "pandas, loading included"): _PANDAS
    + f"assert load()['messages'].map(lambda turns: '{RARE}' in turns[0]['content']).sum() == 1",
    ("split (at random)", "pandas, loading included"): _PANDAS + "load().sample(frac=0.1, random_state=0)",
}
"""(what, who) → the code that does it; the lab's version stays for the steps after ``add``."""
_WHOLE = ("add", "load", "search", "split")
"""Operations that pass over every row, so that rows a second mean something."""
_END = (
    "\nimport resource\nprint('MEASURED', time.time() - t, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
)


def make(path: Path, rows: int) -> None:
    """A chat file of ``rows`` rows, a third Chinese, with one rare word near the end."""
    chance = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            han = number % 3 == 0
            asked = "".join(chance.choices(_HAN, k=18)) if han else " ".join(chance.choices(_WORDS, k=10))
            told = "".join(chance.choices(_HAN, k=40)) if han else " ".join(chance.choices(_WORDS, k=22))
            question = f"{number}: {asked}{RARE if number == rows - rows // 9 else ''}?"
            turns = [{"role": "user", "content": question}, {"role": "assistant", "content": told}]
            file.write(json.dumps({"messages": turns}, ensure_ascii=False) + "\n")


def measured(code: str, path: Path, home: Path) -> tuple[float, int] | None:
    """Seconds and peak memory in MiB of ``code``; ``None`` when it failed."""
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(home / "hf")}
    command = [sys.executable, "-c", _START + code + _END, str(path), str(home)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    said = [line for line in ran.stdout.splitlines() if line.startswith("MEASURED")]
    if not said:
        print(ran.stderr.strip().splitlines()[-1:], file=sys.stderr)
        return None
    _, seconds, memory = said[-1].split()
    return float(seconds), int(memory)


def main(rows: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("LAB_BENCH_HOME")) as folder:
        home, path = Path(folder), Path(folder) / "rows.jsonl"
        make(path, rows)
        print(f"{rows:,} rows, {path.stat().st_size / 1e6:.0f} MB, {os.cpu_count()} cores\n")
        print("| operation | who | seconds | rows/s | peak MiB |\n|---|---|---:|---:|---:|", flush=True)
        for (what, who), code in STEPS.items():
            began = time.strftime("%H:%M:%S")
            found = measured(code, path, home)
            rate = f"{rows / found[0]:,.0f}" if found and what.startswith(_WHOLE) else ""
            cells = f"{found[0]:.2f} | {rate} | {found[1]:,}" if found else "failed | |"
            print(f"| {what} | {who} | {cells} |", flush=True)
            print(began, what, who, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else ROWS)
