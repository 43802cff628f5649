"""Columns by the names a person, or a data set's own description, gives them; and a proposal where nobody did.

Knows: what can be named (``MAPPED``), how named columns become turns, and which columns look like a question and its
answer. Must not know the shapes that need no naming (``lab.ingest.shaping.shapes``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from lab.ingest.problems import shown
from lab.ingest.shaping.names import ANSWER, LABELLED, QUESTION, first, plain
from lab.ingest.shaping.turns import Tags, Turn, Turns, Unusable, listed

MAPPED = ("question", "answer", "system", "group", "keys", "split", "tags", "history", "messages", "tools")
"""What a column can be named as. ``messages`` stands for question and answer; any other may join columns with ``+``."""
MARKS = ("group", "keys", "split", "tags")
_TAGS = ("role_tag", "content_tag", "user_tag", "assistant_tag", "observation_tag", "function_tag", "system_tag")
"""Beside ``messages``: what roles and parts of messages are called (LLaMA-Factory's ``tags``)."""
_MORE = "more"
"""A column whose text follows the question where it has any (LLaMA-Factory's ``query``)."""
_ASKS = re.compile(r"question|query|prompt|^ask|^q$|instruct|problem|^title$|subject|request|utterance|customer"
                   r"|问|题|咨询|诉求|描述|指令|输入|用户")  # fmt: skip
_ANSWERS = re.compile(r"answer|reply|response|output|completion|content|body|solution|resolution|target|agent|sql"
                      r"|cypher|summary|translation|答|回复|解决|输出|内容|建议|译文|摘要|客服")  # fmt: skip
_JOINS = re.compile(r"^title$|^head|subject|^instruct|标题|题目|主题")
"""Columns that stand before a longer one and belong to it."""
_ABOUT = re.compile(r"(^|[_\s\-])(id|uid|index|url|date|time|lang|source|type|name|score|label)s?$|编号|序号|日期|来源")


def turns_of(record: dict[str, Any], mapping: dict[str, str]) -> tuple[Turns, set[str]]:
    """The turns by the named columns, and the columns read; ``title+ask`` joins two with a line break."""
    used = {column for name in (*MAPPED, _MORE) if name in mapping for column in mapping[name].split("+")}
    if "messages" in mapping:
        turns = listed(_list(record, mapping["messages"]), _tags(mapping))
    else:
        turns = [*_history(record, mapping), Turn("user", _asked(record, mapping))]
        turns.append(Turn("assistant", _joined(record, mapping["answer"], needed=True)))
    system = _joined(record, mapping["system"]) if "system" in mapping else ""
    has_one = bool(turns) and turns[0].role == "system"
    return ([Turn("system", system), *turns] if str(system).strip() and not has_one else turns), used


def marks_of(record: dict[str, Any], mapping: dict[str, str]) -> dict[str, Any]:
    """What the named columns say of the row beside its turns."""
    return {name: record[mapping[name]] for name in MARKS if mapping.get(name) in record}


def missing(mapping: dict[str, str]) -> bool:
    """Whether a mapping names too little to make a row: it needs question and answer, or messages."""
    return "messages" not in mapping and not {"question", "answer"} <= set(mapping)


def _asked(record: dict[str, Any], mapping: dict[str, str]) -> Any:
    question = _joined(record, mapping["question"], needed=True)
    more = record.get(mapping[_MORE]) if _MORE in mapping else None
    return f"{question}\n{more}" if isinstance(more, str) and more.strip() else question


def _joined(record: dict[str, Any], wanted: str, *, needed: bool = False) -> Any:
    columns = [wanted] if wanted in record else wanted.split("+")
    absent = [column for column in columns if column not in record]
    if absent and needed:
        raise Unusable("no_such_column", column=shown(absent[0]), columns=shown(", ".join(map(str, record)), 200))
    parts = [record[column] for column in columns if column in record]
    if len(parts) == 1:
        return parts[0]
    return "\n".join(str(part).strip() for part in parts if part not in (None, ""))


def _list(record: dict[str, Any], column: str) -> list[Any]:
    if column not in record:
        raise Unusable("no_such_column", column=shown(column), columns=shown(", ".join(map(str, record)), 200))
    if not isinstance(record[column], list):
        raise Unusable("not_messages", column=shown(column))
    return list(record[column])


def _history(record: dict[str, Any], mapping: dict[str, str]) -> Turns:
    turns: Turns = []
    for pair in (record.get(mapping["history"]) or []) if "history" in mapping else []:
        if not (isinstance(pair, (list, tuple)) and len(pair) == 2):
            raise Unusable("bad_history")
        turns += [Turn("user", pair[0]), Turn("assistant", pair[1])]
    return turns


def _tags(mapping: dict[str, str]) -> Tags | None:
    if not any(name in mapping for name in _TAGS):
        return None
    roles = {"user": "user", "assistant": "assistant", "system": "system", "observation": "tool"}
    written = {mapping[f"{role}_tag"]: name for role, name in roles.items() if f"{role}_tag" in mapping}
    if "function_tag" in mapping:
        written[mapping["function_tag"]] = "function_call"
    return Tags(mapping.get("role_tag", "from"), mapping.get("content_tag", "value"), written)


def guess(columns: Sequence[str], sample: Sequence[dict[str, Any]] = ()) -> dict[str, str] | None:
    """Which columns are probably the question and the answer, by their names and a few records; ``None`` if none are.

    A proposal to be confirmed: ``title, ask, content`` gives ``title+ask`` and ``content``.
    """
    record: dict[str, Any] = dict.fromkeys(columns)
    talk = next((name for name in columns if _are_messages(name, sample)), None)
    if talk:
        return {"messages": talk}
    texts = [name for name in columns if _is_text(name, sample)]
    labelled = next((pair for pair in LABELLED if all(first(record, (name,)) for name in pair)), None)
    if labelled:
        return {"question": first(record, labelled[:1]) or "", "answer": first(record, labelled[1:]) or ""}
    answer = _best(texts, ANSWER, _ANSWERS)
    questions = [name for name in texts if name != answer and _is_asked(plain(name))]
    rest = [name for name in texts if name not in questions]
    if answer is None and questions and len(rest) == 1:
        answer = rest[0]
    if answer is None and len(questions) > 1:
        answer = next((name for name in questions if plain(name) == "query"), None) or questions.pop()
        questions = [name for name in questions if name != answer]
    if answer is None or not questions:
        return _by_length(texts, sample, answer)
    return {"question": _joint(questions), "answer": answer}


def as_text(mapping: dict[str, str]) -> str:
    """A mapping as a person writes it: ``question=title+ask,answer=content``."""
    return ",".join(f"{name}={columns}" for name, columns in mapping.items())


def _is_asked(name: str) -> bool:
    return name in QUESTION or _ASKS.search(name) is not None or _JOINS.search(name) is not None


def _joint(questions: list[str]) -> str:
    """The question column, with the title that stands before it."""
    asked = min(questions, key=lambda name: QUESTION.index(plain(name)) if plain(name) in QUESTION else len(QUESTION))
    heads = [name for name in questions if name != asked and _JOINS.search(plain(name))]
    if _JOINS.search(plain(asked)) and len(questions) > 1 and not heads:
        heads, asked = [asked], next(name for name in questions if name != asked)
    return "+".join([*heads[:1], asked])


def _best(names: list[str], known: Sequence[str], like: re.Pattern[str]) -> str | None:
    exact = [name for name in names if plain(name) in known]
    if exact:
        return min(exact, key=lambda name: known.index(plain(name)))
    return next((name for name in names if like.search(plain(name))), None)


def _by_length(texts: list[str], sample: Sequence[dict[str, Any]], answer: str | None) -> dict[str, str] | None:
    """Of exactly two columns of text, the question is the one before the answer, or the shorter one."""
    if len(texts) != 2 or not sample:
        return None
    length = {name: sum(len(str(record.get(name) or "")) for record in sample) for name in texts}
    answer = answer or max(texts, key=lambda name: length[name])
    question = next(name for name in texts if name != answer)
    return {"question": question, "answer": answer} if length[question] >= 4 * len(sample) else None


def _is_text(name: str, sample: Sequence[dict[str, Any]]) -> bool:
    """Whether a column may hold a question or an answer: its name does not say otherwise, its values are words."""
    if not name or _ABOUT.search(name.casefold()):
        return False
    values = [value for record in sample if (value := record.get(name)) not in (None, "")]
    if not sample:
        return True
    words = [value for value in values if isinstance(value, str) and not re.fullmatch(r"[\d\s.,:/%+\-]*", value)]
    return bool(values) and 2 * len(words) >= len(values)


def _are_messages(name: str, sample: Sequence[dict[str, Any]]) -> bool:
    values = [record.get(name) for record in sample]
    return bool(values) and all(
        isinstance(value, list) and value and all(isinstance(turn, dict) for turn in value) for value in values
    )
