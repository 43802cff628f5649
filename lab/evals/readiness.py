"""Is fine-tuning the right way? Five questions asked before anything is trained, and one recommendation with reasons.

    datasets/<name>/advice.jsonl   one line each time the questions were answered; the last one counts
    advice.jsonl                   the same, answered before there was any data

Knows: the questions, what follows from their answers, and whether an evaluation confirms it. Must not know the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from lab import words
from lab.datasets import Datasets
from lab.errors import EvalError
from lab.evals import targets
from lab.evals.board import Board
from lab.evals.evaluation import ItemRecord
from lab.evals.figures import Figure, figures
from lab.evals.statistics import direction, paired
from lab.evals.verdict import Sentence, figure_text, points
from lab.records import Contestant, Version, from_json, later, to_json
from lab.workspace import Workspace, append_jsonl, now, read_jsonl

QUESTIONS = {
    "traceable": ("yes", "no"),
    "changes": ("often", "rarely"),
    "teaches": ("facts", "form", "both"),
    "good_enough": ("most", "nearly_all", "always", "unsaid"),
}
"""The questions that are a choice; how many examples there are is the fifth."""
SHARES = {"most": 0.6, "nearly_all": 0.8, "always": 0.95}
"""What good enough means as a share answered right."""
WAYS = ("prompt", "whole", "docs", "tune")
"""Of preparing a model: a prompt with examples, the whole document in the context, retrieval, fine-tuning."""
FEW, MANY = 20, 150
"""Below so many examples a tone is shown, not trained; above so many, facts are looked up, not learned."""
SHORT = 6000
"""Characters of documents that fit the context of a small model whole."""


@dataclass(frozen=True)
class Situation:
    """The five answers."""

    traceable: str
    """``yes`` or ``no``: whether an answer must say where it comes from."""
    changes: str
    """``often`` or ``rarely``: how the facts do."""
    teaches: str
    """``facts``, ``form`` (a tone, a format, a way to answer) or ``both``."""
    examples: int
    good_enough: str
    """A key of ``SHARES``, or ``unsaid``."""
    characters: int = later(0)
    """Of the documents there are."""


@dataclass(frozen=True)
class Advice:
    """What to do, and why."""

    ways: tuple[str, ...]
    """Of ``WAYS``; several together."""
    reasons: tuple[str, ...]
    """Words keys, one for each thing that decided."""
    situation: Situation
    time: str = ""

    def sentences(self, language: str) -> list[str]:
        """The recommendation, then its reasons."""
        first = Sentence("readiness.advice", {"ways": Ways(self.ways)})
        why = (Sentence(reason, {"n": self.situation.examples, "most": MANY, "few": FEW}) for reason in self.reasons)
        return [one.text(language) for one in (first, *why)]


@dataclass(frozen=True)
class Ways:
    """Ways to be said in whatever language their sentence is."""

    ways: tuple[str, ...]

    def text(self, language: str) -> str:
        """The ways by name."""
        return words.say("readiness.and", language).join(
            words.say(f"readiness.way_{way}", language) for way in self.ways
        )


def advise(told: Situation) -> Advice:
    """What follows from the five answers; raises ``EvalError`` for an answer that is none."""
    for name, allowed in QUESTIONS.items():
        if getattr(told, name) not in allowed:
            raise EvalError(
                "readiness.bad_answer", question=name, value=getattr(told, name), allowed=", ".join(allowed)
            )
    if told.examples < 0:
        raise EvalError("readiness.bad_answer", question="examples", value=told.examples, allowed="0, 1, 2, …")
    found: list[tuple[str, str]] = []
    if told.teaches != "facts":
        found.append(("prompt", "few_examples") if told.examples < FEW else ("tune", "form"))
    if told.teaches != "form":
        found += _for_facts(told)
    ways = tuple(way for way in ("tune", "docs", "whole", "prompt") if way in {one for one, _ in found})
    reasons = [f"readiness.why_{reason}" for _, reason in found]
    reasons += ["readiness.why_say_first"] if told.good_enough == "unsaid" else []
    return Advice(ways, tuple(reasons), told)


def _for_facts(told: Situation) -> list[tuple[str, str]]:
    reading = "whole" if 0 < told.characters <= SHORT else "docs"
    if told.traceable == "yes":
        return [(reading, "traceable")]
    if told.changes == "often":
        return [(reading, "changes")]
    if told.examples > MANY:
        return [(reading, "many_facts")]
    if told.good_enough == "always":
        return [("tune", "stable_facts"), (reading, "high_bar")]
    return [("tune", "stable_facts")]


def keep(datasets: Datasets, advice: Advice, dataset: str = "") -> Advice:
    """Store the advice with a data set, or for whatever comes first where there is none.

    What is good enough becomes the target of the data set, where none was said.
    """
    made = replace(advice, time=now())
    append_jsonl(datasets.workspace.advice(dataset), to_json(made))
    share = SHARES.get(advice.situation.good_enough)
    if dataset and share and targets.current(datasets.workspace, dataset) is None:
        targets.say(datasets, dataset, f"right>={share:g}")
    return made


def current(workspace: Workspace, dataset: str = "") -> Advice | None:
    """The last advice given for the data set, else the last given before there was any."""
    for place in dict.fromkeys((dataset, "")):
        stored = list(read_jsonl(workspace.advice(place)))
        if stored:
            return from_json(Advice, stored[-1])
    return None


def measured(datasets: Datasets, version: Version) -> dict[str, int]:
    """What the data itself answers: how many examples there are, and characters of documents."""
    texts = (datasets.document(version, name) for name in version.documents)
    return {"examples": version.splits["train"], "characters": sum(map(len, texts))}


def ways_of(one: Contestant) -> frozenset[str]:
    """How this contestant was prepared; empty for the bare base."""
    found = {"tune"} if one.run else set()
    found |= {"whole" if one.whole else "docs"} if one.documents else set()
    return frozenset(found | ({"prompt"} if one.system or one.few else set()))


def checked(board: Board, records: Iterable[ItemRecord], advice: Advice) -> Sentence:
    """Whether the evaluation confirms the advice, contradicts it, or whom it still lacks to decide."""
    ways = Ways(advice.ways)
    who = [one for one in board.evaluation.contestants if not one.url]
    ours = [one for one in who if _is_meant(one, advice.ways)]
    rivals = [one for one in who if ways_of(one) and one not in ours]
    if not ours:
        return Sentence("readiness.lacks", {"ways": ways, "missing": _name(board, advice.ways)})
    if not rivals:
        other = ("prompt",) if "tune" in advice.ways else ("tune",)
        return Sentence("readiness.no_rival", {"ways": ways, "missing": _name(board, other)})
    best, rival = (max(some, key=lambda one: _level(board, one.name)) for some in (ours, rivals))
    return _compared(board, records, ways, best.name, rival.name)


def _is_meant(one: Contestant, ways: tuple[str, ...]) -> bool:
    """Whether the contestant is prepared as advised; passages or the whole document are both reading."""
    reading = {"docs", "whole"}
    own, meant = ways_of(one), frozenset(ways)
    return own - reading == meant - reading and bool(own & reading) == bool(meant & reading)


def _level(board: Board, model: str) -> float:
    row = board.row(model, board.evaluation.headline, board.headline)
    return -1.0 if row is None or row.value is None else row.value


def _compared(board: Board, records: Iterable[ItemRecord], ways: Ways, ours: str, rival: str) -> Sentence:
    known = figures(board.evaluation.checks, board.evaluation.task, board.evaluation.labels)
    figure = next(one for one in known if one.name == board.headline)
    mine, theirs = _vectors(board, records, figure, (ours, rival))
    both = [item for item in mine if item in theirs]
    values = {"ways": ways, "model": ours, "rival": rival}
    if not both:
        return Sentence("readiness.undecided", values | {"value": "–", "other": "–"})
    groups = [mine[item][1] for item in both]
    found = paired([theirs[item][0] for item in both], [mine[item][0] for item in both], groups, figure.value)
    levels = [_told(board, figure, name) for name in (ours, rival)]
    values |= {"value": levels[0], "other": levels[1]}
    state = direction(found)
    if state not in {"up", "down"} or found.low is None or found.high is None:
        return Sentence("readiness.undecided", values)
    values |= {"low": points(found.low, figure.scale), "high": points(found.high, figure.scale)}
    return Sentence("readiness.confirmed" if state == figure.better else "readiness.contradicted", values)


def _vectors(
    board: Board, records: Iterable[ItemRecord], figure: Figure, models: tuple[str, str]
) -> list[dict[str, tuple[Sequence[float], str]]]:
    """Of each of the models: item → what it adds to the figure, and its group."""
    part = board.evaluation.headline
    found: dict[str, dict[str, tuple[Sequence[float], str]]] = {model: {} for model in models}
    for one in records:
        if one.contestant in found and one.slice == part and (vector := figure.vector(one)) is not None:
            found[one.contestant][one.item] = (vector, one.group)
    return [found[model] for model in models]


def _told(board: Board, figure: Figure, model: str) -> str:
    row = board.row(model, board.evaluation.headline, board.headline)
    return "–" if row is None or row.value is None else figure_text(row.value, figure.scale, figure.is_share, row.n)


def _name(board: Board, ways: tuple[str, ...]) -> str:
    """How a contestant prepared so is written on the command line."""
    data = board.evaluation.dataset
    run = next((one.name for one in board.evaluation.contestants if one.run), "RUN")
    extras = {"docs": f"+docs:{data}", "whole": f"+whole:{data}", "prompt": "+few:3"}
    head = run if "tune" in ways else "base"
    return head + "".join(extras[way] for way in ways if way in extras)


def as_json(advice: Advice | None, found: Sentence | None = None) -> dict[str, object] | None:
    """The advice in both languages, and what an evaluation says of it."""
    if advice is None:
        return None
    said = {language: " ".join(advice.sentences(language)) for language in ("zh", "en")}
    made: dict[str, object] = {"ways": list(advice.ways), "said": said, "time": advice.time}
    if found:
        made["evaluation"] = {"state": found.key.partition(".")[2], "zh": found.text("zh"), "en": found.text("en")}
    return made | {"answers": asdict(advice.situation)}
