"""One record to a conversation: the shapes training data comes in.

Knows: each shape's fields and how they become turns. A shape is one entry of ``SHAPES``: a name, a test and a
conversion. Must not know files, nor whether the turns make sense (``rules.conversation``); what a record is that has
none of these shapes is told by ``untrainable``, columns a person names are read by ``mapping``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, NamedTuple

from lab.ingest.problems import shown
from lab.ingest.shaping import mapping as mapped
from lab.ingest.shaping import untrainable
from lab.ingest.shaping.names import (
    ANSWER,
    LABELLED,
    MARKS,
    PREFERENCES,
    QUESTION,
    TOOLS,
    Fields,
    fields_of,
    plain,
)
from lab.ingest.shaping.turns import Turn, Turns, Unusable, calls_of, kind_of, listed, tools_of

__all__ = ["SHAPES", "Read", "Shape", "Turns", "Unusable", "ends_with_token", "is_known_table", "read_record"]

_BESIDE_TOOLS = {"parallel_tool_calls", "tool_choice"}
"""Settings of a request: nothing a model could learn from."""
_KEPT = {*MARKS, *TOOLS, *_BESIDE_TOOLS}
_END_TOKEN = re.compile(r"\s*<\|(?:endoftext|im_end|eot_id)\|>\s*$")


@dataclass(frozen=True)
class Shape:
    """One way training data is written."""

    name: str
    matches: Callable[[dict[str, Any], Fields], bool]
    turns: Callable[[dict[str, Any], Fields], Turns]
    used: Callable[[dict[str, Any], Fields], set[str]]
    """The fields of a record that the conversion reads."""


class Read(NamedTuple):
    """A record as turns."""

    shape: str
    turns: Turns
    unused: tuple[str, ...]
    """Fields with a value that no turn was made of."""
    tools: tuple[dict[str, Any], ...]
    """Tools the assistant may call (``Row.tools``)."""
    marks: dict[str, Any]
    """``group``, ``split``, ``keys`` and ``tags`` as written, where the record has them."""


def read_record(record: Any, mapping: dict[str, str] | None = None, fixes: Collection[str] = ()) -> Read:
    """The turns of one record; raises ``Unusable`` with the reason.

    ``mapping``: column names by what they hold (``lab.ingest.shaping.mapping``). ``fixes``: repairs a person asked
    for; ``use_chosen`` makes a preference pair a row with its chosen answer.
    """
    if not isinstance(record, dict):
        raise Unusable("not_a_record", kind=kind_of(record), value=shown(record, 40))
    fields = fields_of(record)
    if mapping:
        turns, used = mapped.turns_of(record, mapping)
        marks = _marks(record, fields) | mapped.marks_of(record, mapping)
        tools = tools_of(record[mapping["tools"]]) if mapping.get("tools") in record else _tools(record, fields)
        return Read("mapped", turns, _unused(record, fields, used), tools, marks)
    pair = fields.preference
    if pair:
        record = _chosen(record, pair, fixes)
        fields = fields_of(record)
    for shape in SHAPES:
        if shape.matches(record, fields):
            is_good = _kto(record, fields)
            _refuse_undesirable(record, fields, is_good)
            used = shape.used(record, fields) | ({"label"} if is_good is not None else set())
            turns = shape.turns(record, fields)
            unused = (*_unused(record, fields, used), *pair[1:])
            return Read(shape.name, turns, unused, _tools(record, fields), _marks(record, fields) | _found(record))
    raise untrainable.reason(record)


def _unused(record: dict[str, Any], fields: Fields, used: set[str]) -> tuple[str, ...]:
    if used >= fields.names:
        return ()
    kept = used | _KEPT | {fields.system}
    return tuple(str(name) for name, value in record.items() if name not in kept and value not in (None, "", [], {}))


def _tools(record: dict[str, Any], fields: Fields) -> tuple[dict[str, Any], ...]:
    return next((tools_of(record[name]) for name in fields.tools if record.get(name)), ()) if fields.tools else ()


def _marks(record: dict[str, Any], fields: Fields) -> dict[str, Any]:
    """What the record says of itself besides its turns."""
    if not fields.marks:
        return {}
    group = next((record[name] for name in ("group", "fact_id", "fact") if record.get(name) not in (None, "")), None)
    marks = {"group": group, **{name: record.get(name) for name in ("split", "keys", "tags")}}
    return {name: value for name, value in marks.items() if value is not None}


def is_known_table(columns: list[str]) -> bool:
    """Whether a table with these columns holds questions and answers."""
    names = {plain(column) for column in columns}
    if names & set(QUESTION) and names & set(ANSWER):
        return True
    return any(names >= set(pair) for pair in LABELLED) or any(names >= {chosen, bad} for chosen, bad in PREFERENCES)


def _with_system(record: dict[str, Any], fields: Fields, turns: Turns) -> Turns:
    if not fields.system:
        return turns
    system = record[fields.system]
    has_one = bool(turns) and turns[0].role == "system"
    return [Turn("system", system), *turns] if isinstance(system, str) and system.strip() and not has_one else turns


def _history(record: dict[str, Any]) -> Turns:
    turns: Turns = []
    for pair in record.get("history") or []:
        if not (isinstance(pair, (list, tuple)) and len(pair) == 2):
            raise Unusable("bad_history")
        turns += [Turn("user", pair[0]), Turn("assistant", pair[1])]
    return turns


def _alpaca(record: dict[str, Any], fields: Fields) -> Turns:
    instruction, more, output = fields.alpaca
    question, extra = record[instruction], record.get(more)
    if isinstance(extra, str) and extra.strip():
        question = f"{question}\n{extra}" if isinstance(question, str) and question.strip() else extra
    turns = [*_history(record), Turn("user", question), Turn("assistant", record[output])]
    return _with_system(record, fields, turns)


def _completion(record: dict[str, Any], fields: Fields) -> Turns:
    prompt, completion = record["prompt"], record["completion"]
    if isinstance(prompt, list) and isinstance(completion, list):
        return _with_system(record, fields, listed([*prompt, *completion]))
    asked = listed(prompt) if isinstance(prompt, list) else [Turn("user", prompt)]
    answered = listed(completion) if isinstance(completion, list) else [Turn("assistant", _ended(completion))]
    return _with_system(record, fields, [*asked, *answered])


def _ended(completion: Any) -> Any:
    return _END_TOKEN.sub("", completion) if isinstance(completion, str) else completion


def ends_with_token(record: dict[str, Any]) -> bool:
    """Whether a completion carries the end token that the chat template adds itself; it is taken off."""
    return isinstance(record.get("completion"), str) and bool(_END_TOKEN.search(record["completion"]))


def _pair(record: dict[str, Any], fields: Fields) -> Turns:
    question, answered = record[fields.question or ""], record[fields.answer or ""]
    calls = calls_of(answered) if isinstance(answered, dict) and "name" in answered else ()
    answer = Turn("assistant", "" if calls else answered, calls)
    if isinstance(question, list) and question and all(isinstance(turn, dict) for turn in question):
        return _with_system(record, fields, [*listed(question), answer])
    return _with_system(record, fields, [*_history(record), Turn("user", question), answer])


def _labelled(record: dict[str, Any], fields: Fields) -> Turns:
    text, label = fields.labelled
    return _with_system(record, fields, [Turn("user", record[text]), Turn("assistant", _as_text(record[label]))])


def _as_text(label: Any) -> Any:
    return str(label) if isinstance(label, (int, float)) else label


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


def _chosen(record: dict[str, Any], pair: tuple[str, ...], fixes: Collection[str]) -> dict[str, Any]:
    """A preference pair as the record of its chosen answer, when that was asked for; else raises ``Unusable``."""
    chosen, rejected = pair
    if "use_chosen" not in fixes:
        raise Unusable("preference_pairs", "use_chosen", chosen=shown(chosen), rejected=shown(rejected))
    rest = {name: value for name, value in record.items() if name not in {chosen, rejected}}
    return untrainable.with_answer(rest, record[chosen])


def _kto(record: dict[str, Any], fields: Fields) -> bool | None:
    """Whether the answer is called good, of a record of answers called good or bad (KTO); ``None`` of any other."""
    if fields.names.isdisjoint(("label", "kto_tag")):
        return None
    label = record.get("label", record.get("kto_tag"))
    if isinstance(label, str) and label.strip().casefold() in {"true", "false"}:
        label = label.strip().casefold() == "true"
    answered = not fields.names.isdisjoint(("completion", "messages", "conversations", "response"))
    return label if isinstance(label, bool) and answered else None


def _refuse_undesirable(record: dict[str, Any], fields: Fields, is_good: bool | None) -> None:
    """Raise ``Unusable`` for what would be learned wrongly: an answer called bad, words about a picture not seen."""
    if is_good is False:
        raise Unusable("called_bad")
    media = next((name for name in fields.media if record.get(name) and isinstance(record[name], (list, dict))), None)
    if media:
        raise Unusable("has_media", field=media)


def _talk(record: dict[str, Any], fields: Fields) -> str:
    """The field that holds a list of turns; empty where none does."""
    return next((name for name in fields.talk if isinstance(record[name], list)), "") if fields.talk else ""


SHAPES = (
    Shape(
        "chat",
        lambda record, fields: _talk(record, fields) == "messages",
        lambda record, fields: _with_system(record, fields, listed(record["messages"])),
        lambda record, fields: {"messages"},
    ),
    Shape(
        "sharegpt",
        lambda record, fields: bool(_talk(record, fields)),
        lambda record, fields: _with_system(record, fields, listed(record[_talk(record, fields)])),
        lambda record, fields: {_talk(record, fields)},
    ),
    Shape(
        "alpaca",
        lambda record, fields: bool(fields.alpaca),
        _alpaca,
        lambda record, fields: {*fields.alpaca, "history"},
    ),
    Shape(
        "prompt_completion",
        lambda record, fields: "prompt" in record and "completion" in record,
        _completion,
        lambda record, fields: {"prompt", "completion"},
    ),
    Shape(
        "graded",
        lambda record, fields: _is_graded(record),
        lambda record, fields: _with_system(
            record, fields, [*listed(record["prompt"]), Turn("assistant", _graded(record))]
        ),
        lambda record, fields: {"prompt", "extra_info", "reward_model"},
    ),
    Shape(
        "question_answer",
        lambda record, fields: fields.question is not None and fields.answer is not None,
        _pair,
        lambda record, fields: {fields.question or "", fields.answer or "", "history"},
    ),
    Shape(
        "classification",
        lambda record, fields: bool(fields.labelled),
        _labelled,
        lambda record, fields: set(fields.labelled),
    ),
)
