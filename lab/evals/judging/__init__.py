"""A judge: a model that compares and grades an evaluation's stored answers, once it has passed an exam.

    records                        what is asked of whom, and every reply, on disk
    prompts, parsing, opinions     what the judge is asked, and what its replies mean
    exam, reliability              cases with a known outcome; pass marks; why a judge is withheld
    comparing, lengths, votes      win rates and grades; at equal length; beside people's votes
    result, telling                everything shown, derived from those records, and in which words
    worker                         the job

Knows: how a judging is asked for and read. Must not know how contestants answered, or any page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from lab import catalog, fields
from lab.datasets import Datasets
from lab.engine.provider import KEY_NAME, ProviderSpec, provider_spec
from lab.errors import EvalError, JobError, UsageError
from lab.evals import evaluation as evaluations
from lab.evals.evaluation import Evaluation
from lab.evals.judging import records as store
from lab.evals.judging import telling, votes
from lab.evals.judging.records import KIND, JudgePlan, Judging, judgings
from lab.evals.judging.result import Result, compute, document
from lab.evals.judging.votes import Vote
from lab.evals.report import plain
from lab.jobs import Jobs, JobView
from lab.records import Contestant, from_json, to_json
from lab.runs import Runs, contestant, parts
from lab.settings import secret
from lab.workspace import Workspace

__all__ = [
    "KIND",
    "JudgePlan",
    "Judging",
    "Result",
    "Vote",
    "as_document",
    "evaluation_named",
    "give_votes",
    "go_on",
    "judge_named",
    "judgings",
    "report_section",
    "result",
    "start",
    "votes_there",
]


def start(
    jobs: Jobs,
    datasets: Datasets,
    runs: Runs,
    *,
    evaluation: str,
    by: str,
    models_folder: Path,
    against: str = "",
    plan: JudgePlan | None = None,
    votes_given: list[Vote] | None = None,
    key_env: str = "",
    key: str = "",
    send: bool = False,
    lane: str = "local",
    request: str = "",
) -> JobView:
    """Submit a judging of a finished evaluation's stored answers by the model named ``by``.

    ``against`` is the contestant the others are compared with (the evaluation's base unless told). A server that is
    not this machine is asked only if ``send`` says so; its ``key`` lives in the job's process only.
    Raises ``EvalError``, ``UsageError``, ``ModelError`` or ``JobError`` before anything starts.
    """
    asked = plan or JudgePlan()
    fields.check(asked)
    frozen = evaluation_named(jobs.workspace, evaluation)
    if not jobs.get(frozen.id).is_final:
        raise EvalError("judge.evaluation_running", evaluation=frozen.id)
    if not store.answers_hash(jobs.workspace.job(frozen.id)):
        raise EvalError("judge.no_answers", evaluation=frozen.id)
    names = [one.name for one in frozen.contestants]
    base = against or frozen.base.name
    if base not in names:
        raise EvalError("judge.no_such_contestant", name=base, known=", ".join(names))
    if len(names) < 2 and asked.parts == "pairs":
        raise EvalError("judge.nobody_to_compare", evaluation=frozen.id)
    judge, spec = judge_named(by, runs, datasets, key_env)
    spec = replace(spec, key_env=KEY_NAME) if key else spec
    _may_ask(spec, send, key)
    options = {
        "evaluation": frozen.id,
        "dataset": frozen.dataset,
        "judge": to_json(judge),
        "provider": to_json(spec),
        "against": base,
        "plan": to_json(asked if len(names) > 1 else replace(asked, parts="grades")),
        "models": str(Path(models_folder).absolute()),
    }
    private = {KEY_NAME: key} if key else None
    given = {votes.FILE: votes.as_text(votes_given)} if votes_given else None
    return jobs.submit(KIND, frozen.dataset, options, lane=lane, request=request, inputs=given, private=private)


def judge_named(by: str, runs: Runs, datasets: Datasets, key_env: str = "") -> tuple[Contestant, ProviderSpec]:
    """Who judges, and how it is reached: ``base``, ``base:NAME``, a run, or ``url:ADDRESS#MODEL``.

    Raises ``EvalError`` for a name that carries more than a model, ``UsageError`` for an address that cannot be one.
    """
    head, extras = parts(by.strip())
    if not head or extras or head.startswith("file:"):
        raise EvalError("judge.bad_judge", name=by)
    made = contestant(head, runs, datasets)
    if made.url is None:
        catalog.describe(made.base)
        return made, ProviderSpec("local", model=made.base)
    model = head.partition("#")[2]
    spec = provider_spec(made.url, model, key_env)
    return replace(made, base=model, url=spec.url), spec


def go_on(jobs: Jobs, job_id: str, key: str = "") -> JobView:
    """Resume a judging from its last reply; a typed key has to be typed again, since it is nowhere kept."""
    spec = from_json(ProviderSpec, jobs.get(job_id).spec.options["provider"])
    _check_key(spec, key)
    return jobs.resume(job_id, {KEY_NAME: key} if key else None)


def evaluation_named(workspace: Workspace, name: str) -> Evaluation:
    """The evaluation of that id, or the newest of the data set of that name; raises ``EvalError``."""
    found = evaluations.evaluations(workspace)
    for one in found:
        if one.id == name:
            return one
    newest = next((one for one in found if one.dataset == name), None)
    if newest is None:
        raise EvalError("judge.no_such_evaluation", name=name)
    return newest


def give_votes(workspace: Workspace, judging: Judging, given: list[Vote]) -> None:
    """Hold the judge's choices against these votes from now on."""
    votes.keep(workspace.job(judging.id), given)


def votes_there(workspace: Workspace, evaluation: Evaluation) -> int:
    """How many blind votes on these very answers were cast in this lab."""
    records = evaluations.read_items(workspace.job(evaluation.id))
    return len(votes.cast(workspace.votes(), evaluation.id, records))


def result(workspace: Workspace, judging: Judging, more: tuple[Vote, ...] = ()) -> Result:
    """What came of a judging so far, beside the votes kept with it, those cast blind on its answers, and ``more``.

    Raises ``EvalError`` where the evaluation it is about is gone.
    """
    folder, about = workspace.job(judging.id), workspace.job(judging.evaluation)
    people = workspace.votes()
    files = [folder / store.REPLIES, folder / votes.FILE, people, about / "items.jsonl", about / "evaluation.json"]
    return _computed(folder, about, people, tuple(_written(path) for path in files), more)


def _written(path: Path) -> tuple[int, int]:
    """Size and time of a file, which change with what it holds."""
    return (path.stat().st_size, path.stat().st_mtime_ns) if path.exists() else (0, 0)


@lru_cache(maxsize=16)
def _computed(
    folder: Path, about: Path, people: Path, state: tuple[tuple[int, int], ...], more: tuple[Vote, ...]
) -> Result:
    """Resampling takes a while, so it is done once a state of the files."""
    judging, evaluation = store.load(folder), evaluations.load(about)
    if judging is None or evaluation is None:
        raise EvalError("judge.no_such_evaluation", name=about.name)
    records = list(evaluations.read_items(about))
    known = [*votes.kept(folder), *votes.cast(people, evaluation.id, records), *more]
    return compute(evaluation, judging, records, store.replies(folder), known)


def as_document(made: Result) -> dict[str, object]:
    """The one JSON document of a judging, with its sentences in both languages."""
    return document(made, telling.both(made), telling.reasons(made))


def report_section(workspace: Workspace, evaluation: str, language: str, names: Mapping[str, str] | None = None) -> str:
    """The newest judging of an evaluation as HTML without style or script, for a report; empty where there is none.

    Contestants are called as ``names`` says, and without what belongs to this machine.
    """
    newest = next(iter(judgings(workspace, evaluation)), None)
    if newest is None:
        return ""
    made = result(workspace, newest)
    asked = {record.contestant for record in made.records} | {newest.against, newest.judge.name}
    called = {name: plain((names or {}).get(name, name)) for name in asked}
    return telling.section(made, language, called)


def _may_ask(spec: ProviderSpec, send: bool, key: str) -> None:
    if spec.is_remote and not send:
        raise UsageError("judge.leaves_machine", url=spec.url)
    _check_key(spec, key)


def _check_key(spec: ProviderSpec, key: str) -> None:
    if spec.key_env and not key and not secret(spec.key_env):
        raise JobError("synth_model.no_key", variable=spec.key_env)
