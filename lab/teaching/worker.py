"""The job kind ``teach``: one fact into an adapter in a few steps, its questions asked again after each.

Imported in the job's own process. A loop of its own, not TRL's trainer: that trainer asks nothing between steps, and
importing it takes longer than the lesson's first steps. Rendering, loss, recipe and the way a run is kept are those of
every training here. A lesson is short, so there are no checkpoints: resumed, it begins again.

Writes into the job folder: events ``asked`` and ``step``, then ``adapter/`` and ``run.json``.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import torch
from transformers import StoppingCriteria, StoppingCriteriaList

from lab import catalog
from lab.datasets import Datasets
from lab.errors import JobError
from lab.evals.keys import KeyBook
from lab.jobs.context import JobContext
from lab.records import Row
from lab.rendering import Renderer
from lab.runs import Runs
from lab.teaching.lesson import beside
from lab.teaching.telling import tongue
from lab.train.keep import keep_run
from lab.train.learner import PadRight, head_is_plain, learner, summed_loss
from lab.train.recipe import SftRecipe, from_dict, write
from lab.train.sequences import renderer_of, sequences

_LONGEST = {"en": 16, "zh": 28}
"""Tokens of an answer that is asked between steps; small models spend two or three on a Chinese character."""
_REHEARSED = 8
"""Rows of what was known before in each step, in turn."""
_BETAS = (0.9, 0.99)
"""In a dozen steps the usual memory of a thousand never fills."""
_SMALL = 600_000_000
"""Parameters up to which a CPU computes in float32, as the engine does: then Compare gives the same answers."""
_SAID = re.compile(r"\n|(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bSt)(?<!\bMrs)[.!?](?=\s)|[。！？](?=.)")
"""Where a first sentence ends."""


@dataclass(frozen=True)
class _Batches:
    """The rows of each step: all that the lesson is about, and some of the others in turn."""

    focus: list[dict[str, Any]]
    others: list[dict[str, Any]]

    def steps(self, count: int) -> Iterator[list[dict[str, Any]]]:
        turn = cycle(self.others) if self.others else iter(())
        for _ in range(count):
            yield [*self.focus, *islice(turn, min(len(self.others), _REHEARSED))]


class _Asker:
    """Asks the fixed questions of the model as it is."""

    def __init__(self, job: JobContext, model: Any, render: Renderer, rows: list[Row], book: KeyBook) -> None:
        self._job, self._model, self._render, self._rows, self._book = job, model, render, rows, book
        self._longest = max(_LONGEST[tongue(row.question)] for row in rows)
        prompts = [render.prompt_ids(_before_answer(row)) for row in rows]
        longest = max(map(len, prompts))
        self._ids = torch.tensor([[0] * (longest - len(one)) + one for one in prompts], device=model.device)
        mask = [[0] * (longest - len(one)) + [1] * len(one) for one in prompts]
        self._mask = torch.tensor(mask, device=model.device)

    def ask(self, step: int, who: str, known: list[dict[str, str]] | None = None) -> list[dict[str, str]]:
        """One event with every answer, asked now unless it is ``known``; ``who`` is ``base`` or ``learner``."""
        began = time.monotonic()
        answers = known or self._answers()
        self._job.event("asked", step=step, who=who, answers=answers, seconds=round(time.monotonic() - began, 3))
        return answers

    def _answers(self) -> list[dict[str, str]]:
        self._model.eval()
        start = self._ids.shape[1]
        with torch.inference_mode():
            made = self._model.generate(
                input_ids=self._ids,
                attention_mask=self._mask,
                max_new_tokens=self._longest,
                do_sample=False,
                pad_token_id=0,
                stopping_criteria=StoppingCriteriaList([_FirstSentence(self._render, start)]),
            )
        texts = [_said(self._render.tokenizer.decode(ids.tolist())) for ids in made[:, start:].cpu()]
        return [self._judged(row, text) for row, text in zip(self._rows, texts, strict=True)]

    def _judged(self, row: Row, text: str) -> dict[str, str]:
        judgement = self._book.judge(row, text)
        return {"row": row.id, "text": text, "judgement": judgement.kind if judgement else ""}


class _FirstSentence(StoppingCriteria):  # type: ignore[misc]
    """Each row ends with its first sentence: what is asked between steps is short."""

    def __init__(self, render: Renderer, start: int) -> None:
        self._render, self._start = render, start

    def __call__(self, input_ids: Any, scores: Any, **more: Any) -> Any:
        """Of each row, whether its first sentence is said."""
        texts = [self._render.tokenizer.decode(ids.tolist()).lstrip() for ids in input_ids[:, self._start :].cpu()]
        return torch.tensor([bool(_SAID.search(text)) for text in texts], device=input_ids.device)


def run(job: JobContext) -> dict[str, Any]:
    """Teach as the job's options say; the run that comes of it."""
    options = job.spec.options
    recipe = from_dict(options["recipe"])
    write(job.folder / "recipe.yaml", recipe)
    job.progress("teach.phase_load", 0, 0)
    folder = catalog.ensure(options["base"], job.models, lambda key, share: job.progress(key, round(share * 100), 100))
    runs, datasets = Runs(job.workspace), Datasets(job.workspace)
    parent = runs.weights(runs.get(options["parent"])) if options.get("parent") else None
    rows = list(datasets.rows(datasets.get(options["dataset"], options["version"])))
    render = renderer_of(folder)
    dtype = _dtype(folder)
    model = learner(options["base"], folder, recipe, dtype, parent)
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    asker = _Asker(job, model, render, _fixed(rows, options["group"]), KeyBook(rows))
    job.progress("teach.phase_ask", 0, recipe.max_steps)
    with model.disable_adapter():
        answers = asker.ask(0, "base")
    # A fresh adapter changes nothing yet: then the base's answers are the learner's.
    asker.ask(0, "learner", None if parent else answers)
    batches = _batches(rows, options["focus"], render, recipe)
    steps, tokens, seconds = _train(job, model, recipe, batches, asker, dtype)
    if job.heard == "discard" or not steps:
        return {"steps": steps}
    job.progress("teach.phase_save", steps, recipe.max_steps)
    return keep_run(job, model, recipe.method, folder, steps=steps, seconds=seconds, tokens=tokens)


def _dtype(folder: Path) -> torch.dtype:
    """As the engine computes, so that the same weights answer the same there."""
    size = sum(path.stat().st_size for path in folder.glob("*.safetensors"))
    return torch.bfloat16 if torch.cuda.is_available() or size / 2 > _SMALL else torch.float32


def _fixed(rows: list[Row], group: str) -> list[Row]:
    """The questions that are asked at each step: the fact in wordings never trained, and beside it."""
    found = [row for row in rows if row.split == "test" and (row.group == group or beside(group) in row.tags)]
    if not found:
        raise JobError("teach.nothing_to_ask")
    return found


def _batches(rows: list[Row], focus: Sequence[str], render: Renderer, recipe: SftRecipe) -> _Batches:
    training = [row for row in rows if row.split == "train"]
    parts = []
    for chosen in (
        [row for row in training if row.id in set(focus)],
        _in_turn([row for row in training if row.id not in set(focus)]),
    ):
        used, _ = sequences(chosen, render, recipe.max_length)
        parts.append([{"input_ids": list(one.ids), "labels": list(one.labels)} for one in used])
    if not parts[0]:
        raise JobError("train.none_usable", dataset="", left=len(focus))
    return _Batches(*parts)


def _in_turn(rows: list[Row]) -> list[Row]:
    """The rows, one of each fact after the other; what is declined counts as one."""
    by_fact: dict[str, list[Row]] = {}
    for row in rows:
        by_fact.setdefault(row.rule or row.group, []).append(row)
    longest = max(map(len, by_fact.values()), default=0)
    return [of[place] for place in range(longest) for of in by_fact.values() if place < len(of)]


def _train(
    job: JobContext, model: Any, recipe: SftRecipe, batches: _Batches, asker: _Asker, dtype: torch.dtype
) -> tuple[int, int, float]:
    """Steps made, tokens trained on, and seconds in the steps alone."""
    torch.manual_seed(recipe.seed)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=recipe.learning_rate, betas=_BETAS, weight_decay=recipe.weight_decay)
    collate = PadRight(0)
    steps = tokens = 0
    seconds = 0.0
    for batch in batches.steps(recipe.max_steps):
        if job.stop_asked():
            break
        began = time.monotonic()
        for group in optimizer.param_groups:
            group["lr"] = recipe.learning_rate * _share(recipe, steps)
        inputs = {name: value.to(model.device) for name, value in collate(batch).items()}
        model.train()
        with torch.autocast(model.device.type, torch.bfloat16, enabled=dtype == torch.bfloat16):
            loss = _loss(model, inputs)
        if not math.isfinite(loss.item()):
            raise JobError("train.diverged", step=steps + 1, learning_rate=recipe.learning_rate)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, recipe.max_grad_norm)
        optimizer.step()
        optimizer.zero_grad()
        gone = time.monotonic() - began
        steps, seconds, tokens = steps + 1, seconds + gone, tokens + int(inputs["attention_mask"].sum())
        job.event(
            "step",
            step=steps,
            loss=round(loss.item(), 6),
            tokens=tokens,
            tokens_per_second=round(int(inputs["attention_mask"].sum()) / gone, 1),
            seconds=round(seconds, 3),
        )
        asker.ask(steps, "learner")
        job.progress("teach.phase_train", steps, recipe.max_steps, round(steps / seconds, 4))
    model.eval()
    return steps, tokens, seconds


def _share(recipe: SftRecipe, step: int) -> float:
    """The share of the learning rate in the step after ``step``: rising over the warm-up, then falling if linear."""
    rising = max(1, round(recipe.warmup * recipe.max_steps))
    if step + 1 < rising:
        return (step + 1) / rising
    if recipe.scheduler != "linear":
        return 1.0
    return 1 - (step + 1 - rising) / (recipe.max_steps - rising + 1)


def _loss(model: Any, inputs: dict[str, Any]) -> Any:
    """Mean cross entropy over the labelled next tokens."""
    if not head_is_plain(model):
        return model(**inputs).loss
    total, count = summed_loss(model, inputs)
    return total / count.clamp(min=1)


def _before_answer(row: Row) -> tuple[Any, ...]:
    return tuple(message for message in row.messages if message.role != "assistant")


def _said(text: str) -> str:
    """The first sentence of what was generated, without half a character at its end."""
    text = text.strip().rstrip("\ufffd")
    end = _SAID.search(text)
    return text[: end.end()].strip() if end else text
