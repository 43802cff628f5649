"""The health of rows: figures with what they rest on, found in near linear time, the same each time."""

from __future__ import annotations

import random
import time
from collections import Counter
from itertools import combinations
from pathlib import Path

import pytest

from lab import likeness, words
from lab.datasets import Datasets
from lab.errors import UsageError
from lab.ingest.health import Again, Health, health, privacy, quality, sampled, shares_of
from lab.ingest.health.asking import ask
from lab.ingest.health.stored import measure, stored
from lab.ingest.health.telling import lines
from lab.jobs import Jobs, JobView
from lab.minhash import Candidates
from lab.records import Message, Row, Version, from_json, to_json
from lab.rendering import renderer
from lab.workspace import Workspace


def row(question: str, answer: str, split: str = "train", line: int = 1, **facts: object) -> Row:
    turns = (Message("user", question), Message("assistant", answer))
    return Row(f"{question}{line}", turns, "g", split=split, file="f.jsonl", line=line, **facts)  # type: ignore[arg-type]


def test_lengths_are_those_of_the_model_s_own_tokens(models: Path) -> None:
    reader = renderer(models / "smollm2-135m")
    rows = [row("Dog?", "Biscuit.", line=1), row("猫呢？", "豆豆。" * 40, line=2)]
    counts = [len(reader.render(one.messages)[0].ids) for one in rows]
    made = health(rows, reader, counts[0]).lengths
    assert (made.n, made.unit, made.longest, made.over) == (2, "tokens", max(counts), 1)
    assert [place.line for place in made.over_places] == [2]
    # the template closes with a line break that carries no loss and is not trained
    assert all(abs(total - sum(counts)) <= 2 * len(rows) for total in [made.total])
    assert sum(made.counts) == 2 and made.edges[-1] > made.longest


def test_without_a_model_words_are_counted_and_said_to_be() -> None:
    made = health([row("老大10岁", "ok")], None, None)
    assert (made.lengths.unit, made.lengths.total, made.base) == ("words", 5, "")
    assert next(part for part in made.parts if part.name == "fits").n == 0


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("What is the capital city of the old kingdom?", "What is the capital city of the old kingdom ?!", True),
        ("每个虚拟私有云最多可以创建多少个子网呢", "每个虚拟私有云最多可以创建多少个子网", True),
        ("每个虚拟私有云最多可以创建多少个子网", "早上几点钟可以去博物馆参观展览", False),
        ("", "?", True),
    ],
)
def test_texts_that_are_alike_become_candidates(one: str, other: str, alike: bool) -> None:
    found = Candidates()
    for text in (one, other):
        found.add(text)
    assert (list(found.pairs()) == [(0, 1)]) is alike
    assert list(found.crossing({1})) == ([(1, 0)] if alike else [])


def test_nearly_all_near_copies_are_found() -> None:
    """Against every pair compared: at least 95 of 100 pairs of 80 % likeness, in groups of two."""
    chance = random.Random(4)
    syllables = [a + b for a in "bdfgklmnprst" for b in ("a", "e", "i", "o", "u", "an", "er")]
    texts = []
    for _ in range(120):
        said = ["".join(chance.choices(syllables, k=3)) for _ in range(30)]
        texts.append(" ".join(said))
        said[chance.randrange(30)] = "changed"
        texts.append(" ".join(said))
    grams = [likeness.shingles(text) for text in texts]
    true = {pair for pair in combinations(range(240), 2) if likeness.overlap(grams[pair[0]], grams[pair[1]]) >= 0.8}
    found = Candidates()
    for text in texts:
        found.add(text)
    pairs = set(found.pairs())
    assert len(true) > 80 and len(true & pairs) >= 0.95 * len(true)
    assert len(pairs) < 20 * len(texts)


def test_copies_are_grouped_with_their_places() -> None:
    rows = [
        row("Where is the central station of Rome?", "In the east of the city.", line=1),
        row("Where is the central station of Rome?", "In the east of the city.", line=2),
        row("Where is the central station in Rome?", "In the east of the city!", line=3),
        row("北京有哪些好玩的地方可以去？", "可以去故宫和长城。", line=4),
    ]
    made = health(rows)
    assert (made.copies.exact, made.copies.near) == (1, 1)
    assert [(found.kind, [place.line for place in found.places]) for found in made.copies.clusters] == [
        ("exact", [1, 2]),
        ("near", [1, 3]),
    ]


def test_instructions_that_many_rows_share_do_not_make_them_alike() -> None:
    order = "You are the front end of a graph database and answer with a query and nothing else, please."
    asked = ["all stations", "Ann's friends", "roads of length 3", "the mayor", "films of 1999", "who owns the dog",
             "users without mail", "the longest path", "red cars", "empty houses"]  # fmt: skip
    rows = [row(f"{order}\n{text}", f"MATCH {text[::-1]}", line=n) for n, text in enumerate(asked, 1)]
    assert health(rows).copies.near == 0
    assert likeness.likeness(rows[0].question, rows[1].question) > 0.7


def test_labels_alone_do_not_make_questions_alike() -> None:
    label = "balance_not_updated_after_cheque_or_cash_deposit_in_the_branch"
    rows = [row("Money is gone", label, line=1), row("Cheque?", label, line=2), row("Still zero", label, line=3)]
    assert health(rows).copies.near == 0


def test_each_held_out_row_that_training_has_seen_is_told_once_with_its_kind() -> None:
    trained = [
        row("Where is the central station of Rome?", "East.", line=1),
        row("How old is brother Jim this year?", "Ten.", line=2),
        row(
            "What colour is the old tower by the river at night?", "It is lit in a warm yellow by forty lamps.", line=3
        ),
        row("Unrelated words entirely", "Yes.", line=4),
    ]
    held = [
        row("Where is the central station of Rome?", "East.", "test", 11),
        row("How old is brother Jim?", "ten", "test", 12),
        row(
            "What colour is the old tower by the river at night", "It is lit in warm yellow by forty lamps.", "test", 13
        ),
        row("Something new to be asked here", "No.", "validation", 14),
    ]
    made = health([*trained, *held]).leakage
    assert (made.trained, made.held_out, made.exact, made.near, made.same_answer) == (4, 4, 1, 1, 1)
    assert [(leak.kind, leak.tested.line, leak.trained.line) for leak in made.leaks] == [
        ("exact", 11, 1),
        ("same_answer", 12, 2),
        ("near", 13, 3),
    ]


def test_a_leak_is_told_whichever_of_its_copies_comes_first() -> None:
    held = [
        row("Where is the central station of Rome?", "In the east of the city.", "test", line) for line in range(1, 9)
    ]
    made = health([*held, row("Where is the central station of Rome?", "In the east of the city.", "train", 9)])
    assert (made.leakage.exact, {leak.trained.line for leak in made.leakage.leaks}) == (8, {9})
    near = health([*held, row("Where is the central station in Rome?", "In the east of the city!", "train", 9)])
    assert (near.leakage.near, {leak.trained.line for leak in near.leakage.leaks}) == (8, {9})


def test_nothing_held_out_costs_nothing_and_is_not_counted() -> None:
    made = health([row("Q?", "A", "")])
    part = next(part for part in made.parts if part.name == "unleaked")
    assert (part.n, made.leakage.leaked) == (0, 0)


def test_labels_are_seen_where_few_short_answers_recur() -> None:
    rows = [row(f"Text {n} says {n * n}", "spam" if n % 5 else "ham", line=n) for n in range(50)]
    balance = health(rows).labels
    assert balance and {share.name: share.count for share in balance.shares} == {"spam": 40, "ham": 10}
    assert {share.name: (share.repeat_to, share.keep) for share in balance.shares} == {
        "spam": (40, 10),
        "ham": (40, 10),
    }
    assert health([row(f"Q{n}", f"A{n}") for n in range(50)]).labels is None


def test_tags_are_balanced_to_target_shares() -> None:
    tagged = [("blood",)] * 6 + [("urine",)] * 2 + [("blood", "urgent")] + [()]
    rows = [row(f"Q{n}?", f"A{n}", line=n, tags=tags) for n, tags in enumerate(tagged)]
    balance = health(rows, targets={"blood": 0.5, "urine": 0.4, "urgent": 0.1}).tags
    assert balance and (balance.n, balance.not_counted, balance.several, balance.names) == (10, 1, 1, 3)
    got = {share.name: (share.count, share.target, share.repeat_to, share.keep) for share in balance.shares}
    assert got == {"blood": (7, 0.5, 7, 2), "urine": (2, 0.4, 6, 2), "urgent": (1, 0.1, 2, 1)}


def test_a_share_that_is_not_named_takes_an_equal_part_of_what_is_left() -> None:
    counts = Counter({"a": 1, "b": 2, "c": 3})
    assert shares_of(counts, {"a": 0.5}) == {"a": 0.5, "b": 0.25, "c": 0.25}
    assert sampled(counts, {"a": 0.0, "b": 0.5, "c": 0.5}) == ({"a": 0, "b": 3, "c": 3}, {"a": 0, "b": 2, "c": 2})
    for wrong in ({"a": -0.1}, {"d": 0.1}, {"a": 0.7, "b": 0.7}):
        with pytest.raises(UsageError):
            shares_of(counts, wrong)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Write to ann.lee@hospital.org today", ["email"]),
        ("写信给zhang@163.com，谢谢", ["email"]),
        ("ann@example.com, you@yourdomain.com, logo@2x.png and @mention", []),
        ("手机号13812345678，座机010-12345678", ["mobile_cn"]),
        ("订单号2013812345678901 和 1.3812345678", []),
        ("身份证11010519491231002X", ["id_cn"]),
        ("身份证110105194912310021", []),
        ("card 4111 1111 1111 1111", []),
        ("card 4539 1488 0343 6467", ["bank_card"]),
        ("卡号6222020200112230009。", []),
        ("server 106.75.43.194 or 127.0.0.1 or 192.168.1.4, version 1.2.3.4.5, items 1.3.4.5.", ["ip"]),
        ("passport no. E12345678", ["passport"]),
        ("护照号：G12345678", ["passport"]),
        ("key sk-" + "aB3dE5fG7hI9jK1lM3nO5pQ7", ["api_key"]),
        ("sk-learn and skiing-is-the-best-sport-in-winter", []),
        ("AKIA" + "IOSFODNN7EXAMPLF", ["api_key"]),
        ("-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE", ["private_key"]),
        ("password: hunter2!x", ["password"]),
        ("登录密码是Abc12345。", ["password"]),
        ("The password is required. 请输入密码：", []),
    ],
)
def test_personal_data_and_secrets_are_told_by_their_shape_and_masked(text: str, kinds: list[str]) -> None:
    found = list(privacy.find(text))
    assert [one.kind for one in found] == kinds
    assert all(one.value not in one.masked and one.value == text[one.start : one.end] for one in found)


def test_no_found_value_is_written_into_the_record() -> None:
    secret = "sk-" + "aB3dE5fG7hI9jK1lM3nO5pQ7"
    made = health([row("Mail?", f"ann.lee@hospital.org, {secret}")])
    assert {(hint.kind, hint.secret, hint.rows) for hint in made.hints} == {("api_key", True, 1), ("email", False, 1)}
    assert secret not in str(to_json(made.hints)) and "ann.lee" not in str(to_json(made.hints))


def test_the_score_is_the_weighted_mean_of_its_parts() -> None:
    rows = [row(f"Question {n} about {n * 37}?", f"Answer {n * n}.", line=n) for n in range(20)]
    made = health([*rows, row("Q", "As an AI language model, I cannot.", line=99)], None, 1000)
    counted = [part for part in made.parts if part.n]
    assert made.score == round(100 * sum(p.value * p.weight for p in counted) / sum(p.weight for p in counted))
    assert sum(quality.WEIGHTS.values()) == 100
    sound = next(part for part in made.parts if part.name == "sound")
    assert (sound.n, sound.bad) == (21, 1)
    assert health([]).score == 0


def test_what_rules_found_is_in_the_health_with_fix_and_place() -> None:
    made = health([row("Q{}?", "As an AI language model, I cannot.", line=7), row("P?", "A", line=8)])
    found = {finding.code: finding for finding in made.findings}
    assert found["refusal"].fix == "drop_refusals" and [place.line for place in found["refusal"].places] == [7]
    assert found["few_rows"].rows == 0
    assert {service.name: service.accepts for service in made.services} == {
        "openai": False,
        "azure": False,
        "siliconflow": True,
    }


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_everything_is_said_in_sentences(language: str) -> None:
    rows = [
        row("Where is the station of Rome?", "ann.lee@hospital.org", line=1, tags=("a",)),
        row("Where is the station of Rome?", "ann.lee@hospital.org", "test", 2, tags=("b",)),
        row("你好吗朋友", "As an AI language model, I cannot.", line=3),
    ]
    said = list(lines(health(rows, None, 3), language))
    assert len(said) > 15 and all(line.strip() and "{" not in line for line in said)
    assert list(lines(health([]), language))


def test_a_record_survives_its_file() -> None:
    made = health([row("Q?", "A", tags=("x",)), row("Q?", "A", "test", 2)], None, 5)
    assert from_json(Health, to_json(made)) == made


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Datasets, Version]:
    datasets = Datasets(Workspace(tmp_path / "home"))
    rows = [row(f"Q{n}?", f"A{n}", "train", n) for n in range(30)]
    return datasets, datasets.save("few", rows, mode="remember", mode_reason="data.reason_chosen", language="en")


def test_a_version_is_measured_once(saved: tuple[Datasets, Version], models: Path) -> None:
    datasets, version = saved
    assert stored(datasets, version, "smollm2-135m", 1024) is None
    made = measure(datasets, version, models, "smollm2-135m", 1024)
    assert made.lengths.unit == "tokens" and made.version == version.version
    assert (
        measure(datasets, version, models, "smollm2-135m", 1024)
        == made
        == ask(Jobs(datasets.workspace), datasets, version, models, "smollm2-135m", 1024)
    )
    assert stored(datasets, version, "smollm2-135m", 512) is None
    again = health(Again(lambda: datasets.rows(version)), None, 1024)
    assert again.rows == 30


def test_a_large_version_is_measured_by_a_job(saved: tuple[Datasets, Version], models: Path) -> None:
    datasets, version = saved
    jobs = Jobs(datasets.workspace)
    job = ask(jobs, datasets, version, models, at_once=10)
    assert isinstance(job, JobView)
    deadline = time.monotonic() + 120
    while not jobs.get(job.id).is_final and time.monotonic() < deadline:
        time.sleep(0.2)
    assert jobs.get(job.id).status.result["rows"] == 30
    found = ask(jobs, datasets, version, models, at_once=10)
    assert isinstance(found, Health) and found.rows == 30
