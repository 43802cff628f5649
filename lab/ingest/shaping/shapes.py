"""One record to a conversation: the shapes training data comes in.

Knows: each shape's fields and how they become turns. A shape is one entry of ``SHAPES``: a name, a test and a
conversion. Must not know files, nor whether the turns make sense (``rules.conversation``); what a record is that has
none of these shapes is told by ``untrainable``, columns a person names are read by ``mapping``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from lab.ingest.problems import shown
from lab.ingest.shaping import mapping as mapped
from lab.ingest.shaping import untrainable
from lab.ingest.shaping.names import ANSWER, LABELLED, PREFERENCES, QUESTION, SYSTEM, first, plain, written
from lab.ingest.shaping.turns import Turn, Turns, Unusable, calls_of, kind_of, listed, tools_of

__all__ = ["SHAPES", "Read", "Shape", "Turns", "Unusable", "ends_with_token", "is_known_table", "read_record"]

_ALPACA = (
    ("instruction", "input", "output"),
    ("instruction", "context", "response"),
    ("instruction", "input", "response"),
    ("指令", "输入", "输出"),
)
_MARKS = {"group", "fact_id", "fact", "split", "keys", "tags"}
"""Fields that say something about the row and are kept with it (``Read.marks``)."""
_TOOLS = ("tools", "functions")
_BESIDE_TOOLS = {"parallel_tool_calls", "tool_choice"}
"""Settings of a request: nothing a model could learn from."""
_MEDIA = ("images", "image", "videos", "video", "audios", "audio")
_END_TOKEN = re.compile(r"\s*<\|(?:endoftext|im_end|eot_id)\|>\s*$")


@dataclass(frozen=True)
class Shape:
    """One way training data is written."""

    name: str
    matches: Callable[[dict[str, Any]], bool]
    turns: Callable[[dict[str, Any]], Turns]
    fields: Callable[[dict[str, Any]], set[str]]
    """The fields of a record that the conversion reads."""


@dataclass(frozen=True)
class Read:
    """A record as turns."""

    shape: str
    turns: Turns
    unused: tuple[str, ...] = ()
    """Fields with a value that no turn was made of."""
    tools: tuple[dict[str, Any], ...] = ()
    """Tools the assistant may call (``Row.tools``)."""
    marks: dict[str, Any] = field(default_factory=dict)
    """``group``, ``split``, ``keys`` and ``tags`` as written, where the record has them."""


def read_record(record: Any, mapping: dict[str, str] | None = None, fixes: Collection[str] = ()) -> Read:
    """The turns of one record; raises ``Unusable`` with the reason.

    ``mapping``: column names by what they hold (``lab.ingest.shaping.mapping``). ``fixes``: repairs a person asked for;
    ``use_chosen`` makes a preference pair a row with its chosen answer.
    """
    if not isinstance(record, dict):
        raise Unusable("not_a_record", kind=kind_of(record), value=shown(record, 40))
    if mapping:
        turns, used = mapped.turns_of(record, mapping)
        marks = _marks(record) | mapped.marks_of(record, mapping)
        tools = tools_of(record[mapping["tools"]]) if mapping.get("tools") in record else _tools(record)
        return Read("mapped", turns, _unused(record, used), tools, marks)
    pair = PREFERENCES.of(record)
    if pair:
        record = _chosen(record, pair, fixes)
    for shape in SHAPES:
        if shape.matches(record):
            _refuse_undesirable(record)
            fields = shape.fields(record) | ({"label"} if _kto(record) is not None else set())
            turns = shape.turns(record)
            unused = (*_unused(record, fields), *(pair or ())[1:])
            return Read(shape.name, turns, unused, _tools(record), _marks(record) | _found(record))
    raise untrainable.reason(record)


def _unused(record: dict[str, Any], used: set[str]) -> tuple[str, ...]:
    kept = used | _MARKS | {*_TOOLS, *_BESIDE_TOOLS} | {name for name in [first(record, SYSTEM)] if name}
    return tuple(str(name) for name, value in record.items() if name not in kept and value not in (None, "", [], {}))


def _tools(record: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    return next((tools_of(record[name]) for name in _TOOLS if record.get(name)), ())


def _marks(record: dict[str, Any]) -> dict[str, Any]:
    """What the record says of itself besides its turns."""
    group = next((record[name] for name in ("group", "fact_id", "fact") if record.get(name) not in (None, "")), None)
    marks = {"group": group, **{name: record.get(name) for name in ("split", "keys", "tags")}}
    return {name: value for name, value in marks.items() if value is not None}


def is_known_table(columns: list[str]) -> bool:
    """Whether a table with these columns holds questions and answers."""
    names = {plain(column) for column in columns}
    if names & set(QUESTION) and names & set(ANSWER):
        return True
    return any(names >= set(pair) for pair in LABELLED) or any(names >= {chosen, bad} for chosen, bad in PREFERENCES)


def _with_system(record: dict[str, Any], turns: Turns) -> Turns:
    name = first(record, SYSTEM)
    system = record[name] if name else None
    has_one = bool(turns) and turns[0].role == "system"
    return [Turn("system", system), *turns] if isinstance(system, str) and system.strip() and not has_one else turns


def _history(record: dict[str, Any], name: str = "history") -> Turns:
    turns: Turns = []
    for pair in record.get(name) or []:
        if not (isinstance(pair, (list, tuple)) and len(pair) == 2):
            raise Unusable("bad_history")
        turns += [Turn("user", pair[0]), Turn("assistant", pair[1])]
    return turns


def _alpaca(record: dict[str, Any]) -> Turns:
    instruction, more, output = _alpaca_fields(record)
    question, extra = record[instruction], record.get(more)
    if isinstance(extra, str) and extra.strip():
        question = f"{question}\n{extra}" if isinstance(question, str) and question.strip() else extra
    turns = [*_history(record), Turn("user", question), Turn("assistant", record[output])]
    return _with_system(record, turns)


def _alpaca_fields(record: dict[str, Any]) -> tuple[str, str, str]:
    """The field names of an Alpaca record as it writes them; empty strings where it is none."""
    names = written(record)
    for instruction, more, output in _ALPACA:
        if instruction in names and output in names and (more in names or output in {"output", "输出"}):
            return names[instruction], names.get(more, more), names[output]
    return "", "", ""


def _completion(record: dict[str, Any]) -> Turns:
    prompt, completion = record["prompt"], record["completion"]
    if isinstance(prompt, list) and isinstance(completion, list):
        return _with_system(record, listed([*prompt, *completion]))
    if isinstance(completion, list):
        return _with_system(record, [Turn("user", prompt), *listed(completion)])
    if isinstance(prompt, list):
        return _with_system(record, [*listed(prompt), Turn("assistant", _ended(completion))])
    return _with_system(record, [Turn("user", prompt), Turn("assistant", _ended(completion))])


def _ended(completion: Any) -> Any:
    return _END_TOKEN.sub("", completion) if isinstance(completion, str) else completion


def ends_with_token(record: dict[str, Any]) -> bool:
    """Whether a completion carries the end token that the chat template adds itself; it is taken off."""
    return isinstance(record.get("completion"), str) and bool(_END_TOKEN.search(record["completion"]))


def _pair(record: dict[str, Any]) -> Turns:
    asked, answered = first(record, QUESTION) or "", first(record, ANSWER) or ""
    calls = calls_of(record[answered]) if isinstance(record[answered], dict) and "name" in record[answered] else ()
    answer = Turn("assistant", "" if calls else record[answered], calls)
    question = record[asked]
    if isinstance(question, list) and question and all(isinstance(turn, dict) for turn in question):
        return _with_system(record, [*listed(question), answer])
    return _with_system(record, [*_history(record), Turn("user", question), answer])


def _labelled(record: dict[str, Any]) -> Turns:
    text, label = _label_fields(record)
    answer = record[label]
    return _with_system(record, [Turn("user", record[text]), Turn("assistant", _as_text(answer))])


def _as_text(label: Any) -> Any:
    return str(label) if isinstance(label, (int, float)) else label


def _label_fields(record: dict[str, Any]) -> tuple[str, ...]:
    fields = written(record)
    return next(((fields[text], fields[label]) for text, label in LABELLED if text in fields and label in fields), ())


def _pair_fields(record: dict[str, Any]) -> set[str]:
    return {name for name in (first(record, QUESTION), first(record, ANSWER)) if name}


def _graded(record: dict[str, Any]) -> Any:
    """The answer of a record made for reinforcement learning (verl): the worked one, else the one it is graded by."""
    extra, reward = record.get("extra_info"), record.get("reward_model")
    worked = extra.get("answer") if isinstance(extra, dict) else None
    truth = reward.get("ground_truth") if isinstance(reward, dict) else None
    return worked if isinstance(worked, str) and worked.strip() else _as_text(truth)


def _is_graded(record: dict[str, Any]) -> bool:
    return isinstance(record.get("prompt"), list) and isinstance(_graded(record), str)


def _found(record: dict[str, Any]) -> dict[str, Any]:
    """What a graded record is right by: any answer that holds the ground truth."""
    truth = record["reward_model"].get("ground_truth") if isinstance(record.get("reward_model"), dict) else None
    is_short = isinstance(truth, (str, int, float)) and 0 < len(str(truth)) <= 200
    return {"keys": [str(truth)]} if is_short and "keys" not in record and _is_graded(record) else {}


def _chosen(record: dict[str, Any], pair: tuple[str, str], fixes: Collection[str]) -> dict[str, Any]:
    """A preference pair as the record of its chosen answer, when that was asked for; else raises ``Unusable``."""
    chosen, rejected = pair
    if "use_chosen" not in fixes:
        raise Unusable("preference_pairs", "use_chosen", chosen=shown(chosen), rejected=shown(rejected))
    rest = {name: value for name, value in record.items() if name not in {chosen, rejected}}
    return untrainable.with_answer(rest, record[chosen])


def _kto(record: dict[str, Any]) -> bool | None:
    """Whether the answer is called good, of a record of answers called good or bad (KTO); ``None`` of any other."""
    label = record.get("label", record.get("kto_tag"))
    if isinstance(label, str) and label.strip().casefold() in {"true", "false"}:
        label = label.strip().casefold() == "true"
    answered = "completion" in record or "messages" in record or "conversations" in record or "response" in record
    return label if isinstance(label, bool) and answered else None


def _refuse_undesirable(record: dict[str, Any]) -> None:
    """Raise ``Unusable`` for what would be learned wrongly: an answer called bad, words about a picture not seen."""
    if _kto(record) is False:
        raise Unusable("called_bad")
    media = next((name for name in _MEDIA if record.get(name) and isinstance(record[name], (list, dict))), None)
    if media:
        raise Unusable("has_media", field=media)


def _conversation(record: dict[str, Any]) -> str:
    names = ("messages", "conversations", "conversation", "dialogue", "dialog", "对话", "消息")
    return next((name for name in names if isinstance(record.get(name), list)), "")


SHAPES = (
    Shape(
        "chat",
        lambda record: _conversation(record) == "messages",
        lambda record: _with_system(record, listed(record["messages"])),
        lambda _: {"messages"},
    ),
    Shape(
        "sharegpt",
        lambda record: bool(_conversation(record)),
        lambda record: _with_system(record, listed(record[_conversation(record)])),
        lambda record: {_conversation(record)},
    ),
    Shape(
        "alpaca",
        lambda record: bool(_alpaca_fields(record)[0]),
        _alpaca,
        lambda record: {*_alpaca_fields(record), "history"},
    ),
    Shape(
        "prompt_completion",
        lambda record: "prompt" in record and "completion" in record,
        _completion,
        lambda _: {"prompt", "completion"},
    ),
    Shape(
        "graded",
        _is_graded,
        lambda record: _with_system(record, [*listed(record["prompt"]), Turn("assistant", _graded(record))]),
        lambda _: {"prompt", "extra_info", "reward_model"},
    ),
    Shape(
        "question_answer", lambda record: len(_pair_fields(record)) == 2, _pair, lambda r: _pair_fields(r) | {"history"}
    ),
    Shape("classification", lambda record: bool(_label_fields(record)), _labelled, lambda r: set(_label_fields(r))),
)
