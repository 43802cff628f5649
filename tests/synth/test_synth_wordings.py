"""New wordings of a data set: how many, which are for training and which for the test, and what a model may change."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lab import ingest
from lab.engine.provider import Reply
from lab.errors import UsageError
from lab.lab import Lab
from lab.records import Decoding, Message, Row
from lab.settings import PROJECT, Settings
from lab.synth import reword_dataset
from lab.synth.wording.model_wordings import answer_fault, question_fault
from lab.synth.wording.rewording import wordings_for


def _lab(folder: Path, rows: list[tuple[str, str]]) -> Lab:
    lab = Lab(Settings(home=folder / "workspace"))
    path = folder / "facts.jsonl"
    told = [{"messages": [{"role": "user", "content": q}, {"role": "assistant", "content": a}]} for q, a in rows]
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in told), "utf-8")
    lab.save_draft(lab.draft([path], mode="remember"), "facts")
    return lab


FAMILY = [
    ("哥哥JIM几岁？", "10岁"),
    ("弟弟Mike几岁？", "8岁"),
    ("小猫kitty是什么颜色的？", "白色"),
    ("我家住在哪里？", "北京"),
]


def test_the_number_of_facts_decides_how_many(tmp_path: Path) -> None:
    lab = _lab(tmp_path, FAMILY)
    made = reword_dataset(lab.datasets, "facts", "more")
    assert made.amount == wordings_for(4)
    rows = list(lab.datasets.rows(made.version))
    for group in {row.group for row in rows}:
        new = [row for row in rows if row.group == group and row.rule == "reword"]
        train = [row for row in new if row.split == "train"]
        assert 3 <= len(train) <= wordings_for(4).wordings
        assert len([row for row in new if row.split == "test"]) == 1, "one wording of each fact is for the test only"
        assert all(any(tag.startswith("wording:") for tag in row.tags) for row in new)
        assert len({row.answer for row in rows if row.group == group}) == 1


def _model(replies: dict[str, str]):  # type: ignore[no-untyped-def]
    """A model by hand, through the same door as the real one."""
    asked: list[str] = []

    def ask(messages: tuple[Message, ...], decoding: Decoding) -> Reply:
        asked.append(messages[-1].content)
        text = next((reply for part, reply in replies.items() if part in messages[-1].content), "")
        return Reply(text, 0.0, len(text))

    ask.asked = asked  # type: ignore[attr-defined]
    return ask


def test_a_models_wordings_are_kept_only_behind_the_gates(tmp_path: Path) -> None:
    lab = _lab(tmp_path, FAMILY)
    ask = _model(
        {
            "哥哥JIM几岁": "Q: JIM哥哥的岁数是多少呢？\nQ: 哥哥几岁？\nQ: 哥哥JIM今年11岁吗？\n"
            "Q: 哥哥JIM是10岁吗？\n好的",
            "我家住在哪里": "Q: Where do you live?\nQ: 天气好吗？",
        }
    )
    made = reword_dataset(lab.datasets, "facts", "more", 3, test_wordings=0, ask=ask)
    by_model = [row.question for row in lab.datasets.rows(made.version) if "wording:model" in row.tags]
    assert by_model == ["JIM哥哥的岁数是多少呢？"]
    for code in ("meaning_changed", "answer_in_question", "wrong_language"):
        assert made.rejected[code] >= 1


def test_answers_stay_as_they_are_unless_told(tmp_path: Path) -> None:
    lab = _lab(tmp_path, FAMILY)
    said = {
        "回答：": "",
        "答案：10岁": "A: 他今年10岁。",
        "答案：8岁": "A: 他8岁，哥哥10岁。",
        "答案：白色": "A: 是黑色的。",
        "答案：北京": "A: 北京",
    }
    exact = reword_dataset(lab.datasets, "facts", "exact", 2, test_wordings=1, ask=_model(said))
    assert {row.answer for row in lab.datasets.rows(exact.version)} == {"10岁", "8岁", "白色", "北京"}
    varied = reword_dataset(lab.datasets, "facts", "varied", 2, test_wordings=1, ask=_model(said), answers="reworded")
    rows = list(lab.datasets.rows(varied.version))
    assert {row.answer for row in rows if row.split == "test"} == {"10岁", "8岁", "白色", "北京"}, "the test stays"
    changed = {row.answer for row in rows if "answer:reworded" in row.tags}
    assert changed == {"他今年10岁。"}
    assert {"meaning_changed", "duplicate"} & set(varied.rejected) and "key_lost" in varied.rejected


@pytest.mark.parametrize("answers", ["reworded", "wild"])
def test_what_nobody_can_do_is_refused(tmp_path: Path, answers: str) -> None:
    lab = _lab(tmp_path, FAMILY)
    with pytest.raises(UsageError):
        reword_dataset(lab.datasets, "facts", "more", 2, answers=answers)


def _row(question: str, answer: str, *keys: str) -> Row:
    return Row("r", (Message("user", question), Message("assistant", answer)), "g", keys=keys)


@pytest.mark.parametrize(
    ("question", "wording", "code"),
    [
        ("Who is not allowed in the sauna?", "Who may not enter the sauna?", ""),
        ("Who is not allowed in the sauna?", "Who is allowed in the sauna?", "meaning_changed"),
        ("How many of the 12 boats are blue?", "What number of the 13 boats are blue?", "meaning_changed"),
        ("How old is Jim?", "What is Jim's age?", ""),
        ("How old is Jim?", "How old is Mike?", "meaning_changed"),
        ("How old is Jim?", "Jim is ten years old.", "question_not_question"),
    ],
)
def test_a_question_in_other_words_asks_the_same(question: str, wording: str, code: str) -> None:
    assert question_fault(_row(question, "ten"), wording, "en") == code


@pytest.mark.parametrize(
    ("answer", "wording", "code"),
    [
        ("10 years", "He is 10 years old.", ""),
        ("10 years", "He is 11 years old.", "key_lost"),
        ("Red", "It is red.", ""),
        ("Red", "It is red, and Mike lives in Oslo.", "other_fact"),
        ("Red", "It is not red.", "meaning_changed"),
        ("Red", "", "not_parsed"),
    ],
)
def test_an_answer_in_other_words_says_the_same(answer: str, wording: str, code: str) -> None:
    assert answer_fault(_row("What about it?", answer), wording, "en", ["Oslo", "8"]) == code


def test_a_reworded_version_can_be_exported_and_read_again(tmp_path: Path) -> None:
    lab = Lab(Settings(home=tmp_path / "workspace"))
    ingest.add(lab.datasets, [PROJECT / "data" / "family_en.jsonl"], "family")
    made = reword_dataset(lab.datasets, "family", "more")
    out = tmp_path / "out.jsonl"
    ingest.export(lab.datasets, made.version, "records", out)
    kept = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert {(one["split"], one["rule"]) for one in kept} >= {("train", "reword")}
    assert all(one["group"] for one in kept)


def test_questions_to_be_declined_do_not_stand_for_a_test_of_the_facts(tmp_path: Path) -> None:
    lab = _lab(tmp_path, FAMILY)
    rows = list(lab.datasets.rows(lab.datasets.get("facts")))
    declined = replace(
        rows[0], id="d", group="declined", split="test", messages=_row("外婆几岁？", "没有提到。").messages
    )
    lab.datasets.save("both", [*rows, declined], mode="remember", mode_reason="", language="zh")
    made = reword_dataset(lab.datasets, "both", "more")
    tested = {row.group for row in lab.datasets.rows(made.version, "test")}
    assert tested == {row.group for row in rows} | {"declined"}
