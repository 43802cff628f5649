"""The job kind ``train``: rows → adapter (or whole model), by TRL's ``SFTTrainer``.

Imported in the job's own process after its lock is held. Knows: how a recipe becomes trainer arguments, and how a
run is kept so that a killed and resumed one ends in the same bytes. Must not know who watches.

Writes into the job folder: ``recipe.yaml`` before step 0, ``checkpoints/``, then ``adapter/`` (``model/`` for
full fine-tuning) and ``run.json``.
"""

from __future__ import annotations

import math
import platform
import shutil
import time
from pathlib import Path
from statistics import median
from typing import Any

import torch
from datasets import Dataset
from transformers import AutoTokenizer, TrainerCallback
from trl import SFTConfig

from lab import catalog
from lab.errors import JobError
from lab.jobs.context import JobContext
from lab.runs import Runs
from lab.train import checkpoints, parent_named
from lab.train.keep import keep_run, so_far
from lab.train.learner import PadRight, learner
from lab.train.recipe import SftRecipe, changed, from_dict, read, write
from lab.train.sequences import Sequence, read_rows
from lab.train.trainer import LabelledLossTrainer
from lab.workspace import locked, read_json, write_json

_FEW_STEPS = 10
_STEPS_FOR_PACE = 4
"""Steps a run must have made before its median step is believed."""


class Reporter(TrainerCallback):  # type: ignore[misc]
    """Tells the job each step, hears a stop, and seals checkpoints."""

    def __init__(self, job: JobContext, trainer: LabelledLossTrainer, at_step: int) -> None:
        self.job = job
        self.trainer = trainer
        self.tokens_before, self.seconds_before = so_far(job.folder, at_step)
        self.clock = time.monotonic()
        self.first_step = at_step
        self.last: dict[str, Any] = {}
        self.gaps: list[float] = []
        """Seconds of each step of this attempt but the first."""
        whole = job.spec.options["recipe"].get("method") == "full"
        self.kept = checkpoints.KEPT_WHOLE if whole else checkpoints.KEPT

    @property
    def tokens(self) -> int:
        """Tokens trained on over all attempts that count."""
        return self.tokens_before + self.trainer.seen_tokens

    @property
    def seconds(self) -> float:
        """Seconds in the training loop over all attempts that count."""
        return self.seconds_before + time.monotonic() - self.clock

    def on_train_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        """The clock starts here: loading and measuring are not training."""
        self.clock = time.monotonic()
        self.trainer.seen_tokens = 0

    def on_step_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        """A stop is heard at every step; ``keep`` writes a checkpoint first."""
        asked = self.job.stop_asked()
        if asked:
            control.should_training_stop = True
            control.should_save = asked == "keep"
            # A validation due now is left as it is: it draws random numbers, and a resumed run must draw the same.

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **more: Any) -> None:
        """One event a step; a loss that is not a number ends the run."""
        if not logs or "loss" not in logs:
            return
        if not math.isfinite(logs["loss"]):
            raise JobError("train.diverged", step=state.global_step, learning_rate=args.learning_rate)
        seconds, tokens = self.seconds, self.tokens
        gone = seconds - self.last.get("seconds", self.seconds_before)
        if self.last:
            self.gaps.append(gone)
        self.last = {
            "step": state.global_step,
            "loss": round(logs["loss"], 6),
            "learning_rate": logs["learning_rate"],
            "epoch": round(state.epoch or 0.0, 3),
            "tokens": tokens,
            "tokens_per_second": round((tokens - self.last.get("tokens", self.tokens_before)) / max(gone, 1e-9), 1),
            "seconds": round(seconds, 3),
        }
        self.job.event("step", **self.last)
        rate = (state.global_step - self.first_step) / max(time.monotonic() - self.clock, 1e-9)
        self.job.progress("train.phase_train", state.global_step, state.max_steps, round(rate, 4))

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: dict[str, Any], **more: Any) -> None:
        """The step's event is written again, now with the loss on validation rows."""
        value = metrics.get("eval_loss")
        if value is not None and math.isfinite(value) and self.last:
            self.last["eval_loss"] = round(value, 6)
            self.job.event("step", **self.last)

    def on_save(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        """A checkpoint counts from here on; older ones go."""
        parent = self.job.folder / "checkpoints"
        checkpoints.seal(parent / f"checkpoint-{state.global_step}")
        checkpoints.prune(parent, self.kept)
        self.job.event("checkpoint", step=state.global_step)


def run(job: JobContext) -> dict[str, Any]:
    """Train as the job's options say, from its last complete checkpoint if there is one."""
    parent = job.folder / "checkpoints"
    for name in checkpoints.remove_torn(parent):
        job.event("torn_checkpoint", name=name)
    try:
        return _train(job)
    except BaseException:
        # A checkpoint cut short by a full disk holds the very space the job's last word needs.
        checkpoints.remove_torn(parent)
        raise


def _train(job: JobContext) -> dict[str, Any]:
    options = job.spec.options
    recipe = _recipe(job)
    job.progress("train.phase_load", 0, 0)
    folder = catalog.ensure(options["base"], job.models, lambda key, share: job.progress(key, round(share * 100), 100))
    training, validation, left = read_rows(job, folder, recipe.max_length)
    trainer = _trainer(job, recipe, folder, training, validation)
    recipe = _with_steps(job, trainer, recipe, training)
    start = checkpoints.latest(job.folder / "checkpoints")
    reporter = Reporter(job, trainer, checkpoints.step_of(start) if start else 0)
    trainer.add_callback(reporter)
    if job.stop_asked() is None:
        _advance(trainer, recipe, start, bool(validation))
        _keep_pace(job, recipe, training, reporter.gaps)
    if job.heard == "discard" or trainer.state.global_step == 0:
        shutil.rmtree(job.folder / "checkpoints", ignore_errors=True)
        return {"steps": trainer.state.global_step, "left_out": len(left)}
    job.progress("train.phase_save", trainer.state.global_step, recipe.max_steps)
    result = keep_run(
        job,
        trainer.model,
        recipe.method,
        folder,
        steps=trainer.state.global_step,
        seconds=reporter.seconds,
        tokens=reporter.tokens,
    )
    if recipe.method == "full" and not job.heard:
        # Two full checkpoints are some twelve times the size of the weights; a finished run needs none.
        shutil.rmtree(job.folder / "checkpoints")
    return result | {"left_out": len(left)}


def _recipe(job: JobContext) -> SftRecipe:
    """The recipe written before step 0 of the first attempt, else the one asked for."""
    path = job.folder / "recipe.yaml"
    return read(path) if path.is_file() else from_dict(job.spec.options["recipe"])


def _precision(recipe: SftRecipe) -> tuple[torch.dtype, bool]:
    """The weights' type, and whether products run in bfloat16 by autocast.

    LoRA keeps the frozen base in bfloat16 and its own weights in float32; full fine-tuning keeps float32
    weights, since steps smaller than bfloat16 resolves would be lost.
    """
    wanted = recipe.precision
    if wanted == "auto":
        able = torch.cuda.is_bf16_supported() if torch.cuda.is_available() else _cpu_has_bfloat16()
        wanted = "bfloat16" if able else "float32"
    if wanted == "float32":
        return torch.float32, False
    return (torch.float32 if recipe.method == "full" else torch.bfloat16), True


def _cpu_has_bfloat16() -> bool:
    """Without such instructions bfloat16 products are slower than float32 on a CPU."""
    known = torch.backends.cpu.get_cpu_capability() if hasattr(torch.backends, "cpu") else ""
    flags = Path("/proc/cpuinfo")
    text = flags.read_text() if flags.is_file() else ""
    return "AVX512" in known and ("avx512_bf16" in text or "amx_bf16" in text)


def _trainer(
    job: JobContext, recipe: SftRecipe, folder: Path, training: list[Sequence], validation: list[Sequence]
) -> LabelledLossTrainer:
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    return LabelledLossTrainer(
        model=_model(job, recipe, folder),
        args=_arguments(job, recipe),
        data_collator=PadRight(pad),
        train_dataset=_dataset(training),
        eval_dataset=_dataset(validation) if validation else None,
        processing_class=tokenizer,
    )


def _dataset(found: list[Sequence]) -> Dataset:
    return Dataset.from_list([{"input_ids": list(one.ids), "labels": list(one.labels)} for one in found])


def _arguments(job: JobContext, recipe: SftRecipe) -> SFTConfig:
    """Trainer arguments; the numbers of steps are set once they are known (``_advance``)."""
    return SFTConfig(
        output_dir=str(job.folder / "checkpoints"),
        max_steps=1,
        per_device_train_batch_size=recipe.batch_size,
        per_device_eval_batch_size=recipe.batch_size,
        gradient_accumulation_steps=recipe.accumulation,
        learning_rate=recipe.learning_rate,
        lr_scheduler_type=recipe.scheduler,
        weight_decay=recipe.weight_decay,
        max_grad_norm=recipe.max_grad_norm,
        gradient_checkpointing=recipe.gradient_checkpointing,
        bf16=_precision(recipe)[1],
        use_cpu=not torch.cuda.is_available(),
        seed=recipe.seed,
        data_seed=recipe.seed,
        max_length=None,
        packing=False,
        dataset_kwargs={"skip_prepare_dataset": True},
        logging_steps=1,
        logging_nan_inf_filter=False,
        save_strategy="steps",
        save_total_limit=None,
        dataloader_num_workers=0,
        dataloader_pin_memory=torch.cuda.is_available(),
        disable_tqdm=True,
        report_to="none",
    )


def _model(job: JobContext, recipe: SftRecipe, folder: Path) -> Any:
    """The model of the job's options, as ``learner`` makes it."""
    runs, options = Runs(job.workspace), job.spec.options
    parent = None
    if options.get("parent"):
        wanted = options.get("parent_step", 0)
        run, step = parent_named(runs, f"{options['parent']}@{wanted}" if wanted else options["parent"])
        parent = checkpoints.at(runs.folder(run), step) if step else runs.weights(run)
    return learner(options["base"], folder, recipe, _precision(recipe)[0], parent)


def _with_steps(
    job: JobContext, trainer: LabelledLossTrainer, recipe: SftRecipe, training: list[Sequence]
) -> SftRecipe:
    """The recipe with its number of steps, written to the job folder: resuming and repeating use the same."""
    path = job.folder / "recipe.yaml"
    if not recipe.max_steps:
        each = math.ceil(len(training) / (recipe.batch_size * recipe.accumulation))
        steps = max(1, math.ceil(each * recipe.epochs))
        if recipe.time_budget:
            job.progress("train.phase_measure", 0, 0)
            seconds = _step_seconds(job, trainer, recipe, training)
            steps = max(1, min(steps, int(recipe.time_budget / seconds)))
        recipe = changed(recipe, max_steps=steps)
    if not recipe.checkpoint_every:
        recipe = changed(recipe, checkpoint_every=max(1, math.ceil(recipe.max_steps / 4)))
    if not path.is_file():
        write(path, recipe)
    return recipe


def _step_seconds(job: JobContext, trainer: LabelledLossTrainer, recipe: SftRecipe, training: list[Sequence]) -> float:
    """Seconds of one step of this shape on this machine: looked up, or measured and kept in the workspace.

    A time that would leave only a handful of steps may come from a busy moment, so it is measured again.
    """
    key = _shape_key(job, recipe, training)
    known = read_json(job.workspace.measured(), {}).get(key)
    if known and recipe.time_budget >= _FEW_STEPS * known:
        return float(known)
    return _faster(job, key, _measure(trainer, recipe, training))


def _keep_pace(job: JobContext, recipe: SftRecipe, training: list[Sequence], gaps: list[float]) -> None:
    """Let a run that went faster than was measured correct the measurement: the machine was busy then."""
    if len(gaps) >= _STEPS_FOR_PACE:
        _faster(job, _shape_key(job, recipe, training), median(gaps))


def _faster(job: JobContext, key: str, seconds: float) -> float:
    """``seconds`` or the time known for ``key``, whichever is less; that is what is kept."""
    with locked(job.workspace.root / ".measured.lock"):
        known = read_json(job.workspace.measured(), {})
        fastest = min(round(seconds, 4), float(known.get(key, seconds)))
        write_json(job.workspace.measured(), known | {key: fastest})
    return fastest


def _shape_key(job: JobContext, recipe: SftRecipe, training: list[Sequence]) -> str:
    """What the time of a step depends on: machine, base, method, precision, batch and length."""
    lengths = sorted(len(one.ids) for one in training)
    bucket = 2 ** math.ceil(math.log2(lengths[len(lengths) // 2]))
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else f"cpu{torch.get_num_threads()}"
    shape = f"{recipe.batch_size}x{recipe.accumulation}x{bucket}"
    base = catalog.content_hash(catalog.ensure(job.spec.options["base"], job.models))
    exact = f"{recipe.precision}/{int(recipe.gradient_checkpointing)}"
    return f"{platform.node()}/{device}/{base}/{recipe.method}/{exact}/{shape}"


def _measure(trainer: LabelledLossTrainer, recipe: SftRecipe, training: list[Sequence]) -> float:
    """Time forward and backward passes on real rows; weights and random numbers stay as they are."""
    by_length = sorted(training, key=lambda one: len(one.ids))
    size = recipe.batch_size
    picked = [by_length[(2 * place + 1) * len(by_length) // (2 * size)] for place in range(size)]
    rows = [{"input_ids": list(one.ids), "labels": list(one.labels)} for one in picked]
    batch = {name: value.to(trainer.args.device) for name, value in trainer.data_collator(rows).items()}
    trainer.model.train()
    times = []
    with torch.random.fork_rng():
        for _ in range(3):
            started = time.monotonic()
            trainer.compute_loss(trainer.model, dict(batch)).backward()
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            times.append(time.monotonic() - started)
    trainer.model.zero_grad()
    # The first pass warms up; the optimizer and the bookkeeping of a step take about a tenth more.
    return min(times[1:]) * 1.1 * recipe.accumulation


def _advance(trainer: LabelledLossTrainer, recipe: SftRecipe, start: Path | None, evaluates: bool) -> None:
    """Train to the recipe's last step, from ``start`` if given."""
    args = trainer.args
    args.max_steps = recipe.max_steps
    args.save_steps = recipe.checkpoint_every
    args.warmup_steps = round(recipe.warmup * recipe.max_steps)
    if evaluates and recipe.evaluations:
        args.eval_strategy = "steps"
        args.eval_steps = max(1, math.ceil(recipe.max_steps / recipe.evaluations))
    if start and checkpoints.step_of(start) >= recipe.max_steps:
        # Killed between the last checkpoint and the adapter: nothing is left to train.
        trainer._load_from_checkpoint(str(start))
        trainer.state.global_step = recipe.max_steps
        return
    trainer.train(resume_from_checkpoint=str(start) if start else None)
