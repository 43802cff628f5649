"""Questions answered a second, here and by lm-evaluation-harness: ``python -m bench.harness PYTHON [MODEL] [ROUNDS]``.

``PYTHON`` is the interpreter of an environment where lm_eval is installed (the lab does not need it). Both are given
the same weights in float32 and the same questions through the model's chat template, greedy, at most ``TOKENS`` tokens,
eight at a time, in turns. Loading is not counted; how many answers are the same, letter by letter, is printed.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lab import catalog
from lab.lab import Lab
from lab.records import Contestant, Decoding, Message
from lab.settings import PROJECT, Settings

ITEMS, TOKENS, TOGETHER = 16, 48, 8
THEIRS = """
import json, sys, time
from lm_eval import simple_evaluate
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks import TaskManager
model, folder, together, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
lm = HFLM(pretrained=model, dtype="float32", device="cpu", batch_size=together)
tasks = TaskManager(include_path=folder, include_defaults=False)
print(json.dumps("ready"), flush=True)
for line in sys.stdin:
    began = time.perf_counter()
    found = simple_evaluate(model=lm, tasks=["lab_bench"], task_manager=tasks, apply_chat_template=True,
                            bootstrap_iters=0, log_samples=True, batch_size=together)
    seconds = time.perf_counter() - began
    samples = sorted(found["samples"]["lab_bench"], key=lambda one: one["doc_id"])
    print(json.dumps({"seconds": seconds, "answers": [one["resps"][0][0] for one in samples]}), flush=True)
"""
TASK = """task: lab_bench
dataset_path: json
dataset_kwargs: {{data_files: {{test: {file}}}}}
test_split: test
output_type: generate_until
doc_to_text: question
doc_to_target: answer
generation_kwargs: {{do_sample: false, max_gen_toks: {tokens}, until: []}}
metric_list: [{{metric: exact_match}}]
"""


def main(python: str, model: str = catalog.BUNDLED, rounds: int = 3) -> None:
    """Measure and print."""
    lab = Lab(Settings.read())
    rows = [json.loads(line) for line in (PROJECT / "data/handbook_en_questions.jsonl").open(encoding="utf-8")][:ITEMS]
    with tempfile.TemporaryDirectory() as folder:
        process = _harness(python, catalog.ensure(model, lab.models), Path(folder), rows, rounds)
        contestant = Contestant("base", model, decoding=Decoding(max_tokens=TOKENS))
        lab.engine.answer(contestant, (Message("user", "Hello"),))
        times: list[tuple[float, float]] = []
        same = 0
        for _ in range(rounds):
            began = time.perf_counter()
            ours = _answers(lab, contestant, [row["question"] for row in rows])
            seconds = time.perf_counter() - began
            theirs = _asked(process)
            times.append((seconds, theirs["seconds"]))
            print(f"lab {times[-1][0]:.1f} s, lm_eval {times[-1][1]:.1f} s", flush=True)
            same = sum(one.strip() == other.strip() for one, other in zip(ours, theirs["answers"], strict=True))
        process.stdin.close()  # type: ignore[union-attr]
        process.wait()
    print(f"{len(rows)} questions, at most {TOKENS} tokens, greedy, float32, {TOGETHER} at a time; {rounds} rounds")
    for name, place in (("lab", 0), ("lm_eval", 1)):
        taken = statistics.median(pair[place] for pair in times)
        print(f"{name:8} {taken:6.1f} s  {len(rows) / taken:5.2f} items/s")
    print(f"lab / lm_eval, items/s: median {statistics.median(b / a for a, b in times):.2f} of {rounds} rounds")
    print(f"same answer, letter by letter: {same} of {len(rows)}")
    lab.engine.stop()


def _answers(lab: Lab, contestant: Contestant, questions: list[str]) -> list[str]:
    """As an evaluation asks: so many at a time, written together by the engine."""
    with ThreadPoolExecutor(TOGETHER) as pool:
        return list(pool.map(lambda asked: lab.engine.answer(contestant, (Message("user", asked),)).text, questions))


def _harness(python: str, model: Path, folder: Path, rows: list[dict[str, str]], rounds: int) -> subprocess.Popen[str]:
    """A process that has loaded the same weights and evaluates once for each line it is sent."""
    asked = folder / "questions.jsonl"
    kept = [json.dumps({"question": row["question"], "answer": row["answer"]}) for row in rows]
    asked.write_text("\n".join(kept), "utf-8")
    (folder / "lab_bench.yaml").write_text(TASK.format(file=asked, tokens=TOKENS), "utf-8")
    offline = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(folder), "PATH": "/usr/bin:/bin"}
    process = subprocess.Popen(
        [python, "-c", THEIRS, str(model), str(folder), str(TOGETHER), str(rounds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=offline,
    )
    _read(process)
    return process


def _asked(process: subprocess.Popen[str]) -> dict[str, object]:
    process.stdin.write("again\n")  # type: ignore[union-attr]
    process.stdin.flush()  # type: ignore[union-attr]
    return _read(process)


def _read(process: subprocess.Popen[str]) -> dict[str, object]:
    """The next line that is JSON; the harness prints others too."""
    for line in process.stdout or ():
        try:
            return json.loads(line)
        except ValueError:
            continue
    raise SystemExit("lm_eval ended: is it installed in that environment?")


if __name__ == "__main__":
    if sys.argv[1:]:
        main(*sys.argv[1:3], *(int(rounds) for rounds in sys.argv[3:4]))
    else:
        print("Not measured: name the Python of an environment where lm_eval is installed.")
