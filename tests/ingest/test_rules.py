"""Rules over rows: each fires on what it is for and stays silent on its neighbours; fixes take the problem away."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest

from lab import words
from lab.errors import UsageError
from lab.ingest.problems import describe
from lab.ingest.rules import catalogue, fixes
from lab.ingest.rules.oddities import ROW_RULES, row_problems
from lab.ingest.rules.services import file_notes, refusals
from lab.ingest.rules.watch import SET_NOTES, Watch, across
from lab.records import Message, Problem, Row

LONG = "This is a sentence that says something about the city and its sights. "


def row(question: str, answer: str, line: int = 1, system: str = "", file: str = "f.jsonl") -> Row:
    head = (Message("system", system),) if system else ()
    return Row(str(line), (*head, Message("user", question), Message("assistant", answer)), "g", file=file, line=line)


def codes(one: Row) -> set[str]:
    return {problem.code for problem in row_problems(one)}


@pytest.mark.parametrize(
    ("answer", "fires"),
    [
        ("I am {{name}}, made by {{ author }}.", True),
        ("Dear [Your Name], thank you.", True),
        ("请联系【请填写电话】。", True),
        ("Send it to <your email address>.", True),
        ("Use `{{ item }}` in the template.", False),
        ("The list [1, 2] and the link [Name of the rose](x).", False),
        ("f(x) = {x}", False),
    ],
)
def test_unfilled_placeholders(answer: str, fires: bool) -> None:
    assert ("placeholder" in codes(row("Who?", answer))) is fires


@pytest.mark.parametrize(
    ("answer", "fires"),
    [
        ("I'm sorry, but I can't assist with that.", True),
        ("As an AI language model, I do not have opinions.", True),
        ("I’m sorry, but as an AI I cannot order a pizza.", True),
        ("作为一个人工智能助手，我无法提供医疗建议。", True),
        ("很抱歉，我不能回答这个问题。", True),
        ("对不起，我无法提供该信息。", True),
        ("I am an AI assistant developed by the lab.", False),
        ("我是一个人工智能助手，由实验室开发。", False),
        ("I'm sorry, I am unable to find a table at seven. Would eight do?", False),
        ("I can't recommend hotels, but what would you like to see?", False),
        ("不能吃辛辣的食物，无法根治，但可以控制。", False),
        ("She said she could not help laughing.", False),
    ],
)
def test_refusals(answer: str, fires: bool) -> None:
    assert ("refusal" in codes(row("问题？", answer))) is fires


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("<|im_start|>user\nHi<|im_end|>", "ChatML"),
        ("[INST] Hi [/INST]", "Llama 2 / Mistral"),
        ("### Instruction:\nSay hi\n### Response:\n", "Alpaca"),
        ("Human: Hi\nAssistant:", "Human / Assistant"),
        ("<start_of_turn>user\nHi", "Gemma"),
        ("The human: a history", None),
        ("### Installing\nRun it.", None),
    ],
)
def test_a_data_set_written_for_another_model_is_named(text: str, template: str | None) -> None:
    found = [problem for problem in row_problems(row(text, "Hello.")) if problem.code == "foreign_template"]
    assert [problem.values["template"] for problem in found] == ([template] if template else [])


@pytest.mark.parametrize(
    ("code", "one", "other"),
    [
        ("loop", row("Hungry", "Eat a banana! " * 200), row("Sing", "La la la, what a day. " * 3)),
        ("loop", row("数", "好的。" * 200), row("Q", "\n".join(f"{n}. item" for n in range(200)))),
        ("cut_answer", row("Q", LONG + "There are museums, parks and"), row("Q", LONG + "There are museums.")),
        ("cut_answer", row("问", "城市里有很多值得看的地方，" * 6), row("问", "城市里有很多值得看的地方。" * 6)),
        ("answer_repeats_question", row("Hello there", "Hello there"), row("Hello there", "Hello you")),
        ("mojibake", row("menu", "The cafÃ© opens at 8"), row("menu", "The café opens at 8, says André")),
        ("mojibake", row("问", "锟斤拷锟斤拷"), row("问", "屯溪在安徽")),
        ("html_left", row("Q", "<p>One&nbsp;two</p>"), row("Q", "if a < b and c > d: x")),
        ("html_left", row("Q", "<br>text"), row("How do I write a line break in HTML?", "Write <br>.")),
        (
            "other_language",
            row("北京有什么好玩的地方？", "You should visit the palace and the great wall."),
            row("请把“你好”翻译成英文。", "Hello, how are you doing today my friend?"),
        ),
        (
            "other_language",
            row("What is there to see in Beijing?", "可以去故宫和长城看看。"),
            row("Hi", "你好，朋友！"),
        ),
        ("outer_spaces", row("Q ", "A"), row("Q", "A b")),
        ("control_tokens", row("Q", "Bye<|endoftext|>"), row("Q", "a | b")),
    ],
)
def test_a_rule_fires_on_what_it_is_for_and_not_beside_it(code: str, one: Row, other: Row) -> None:
    assert code in codes(one)
    assert code not in codes(other)


def test_a_long_turn_said_twice_in_one_conversation_is_told() -> None:
    said = ("user", "What is their phone number?"), ("assistant", "12"), ("user", "What is their phone number?")
    one = Row("1", (*(Message(role, text) for role, text in said), Message("assistant", "13")), "g", line=1)
    assert "repeated_turn" in codes(one)


def test_copies_and_conflicts_name_the_first_place() -> None:
    rows = [row("Q?", "A", 1), row("Q?", "A", 2), row("q", "B", 3), row("Q?", "A", 4, system="Else")]
    found = [(problem.code, problem.line, problem.values["other"]) for problem in across(rows)]
    assert found == [("duplicate", 2, 1), ("conflicting_answers", 3, 1)]


def test_answers_cut_at_a_common_length_show_beside_the_others() -> None:
    whole = [row(f"Q{n}?", LONG + "x" * (n % 7) + " end.", n) for n in range(100)]
    cut = [row(f"C{n}?", (LONG * 8)[: 480 + n] + "stopp", 200 + n) for n in range(10)]
    told = [problem.line for problem in across([*whole, *cut]) if problem.code == "cut_answer_long"]
    assert told == [200 + n for n in range(10)]
    careless = [
        row(f"N{n}?", "no end mark is ever written in this file of answers " * (1 + n % 9), n) for n in range(90)
    ]
    assert [problem for problem in across(careless) if problem.code == "cut_answer_long"] == []


def test_what_only_informs_is_told_on_request() -> None:
    rows = [row("Q?", "A", 1), row("P?", "B", 2, system="S")]
    watch = Watch(notes=True)
    found = [problem for one in rows for problem in watch.see(one)] + list(watch.end())
    assert [problem.code for problem in found] == ["few_rows", "system_in_some"]
    assert len(SET_NOTES) == 2 and list(across(rows)) == []


def test_a_stream_of_rows_costs_few_bytes_each() -> None:
    """Two tables and a list: hashes and places, not rows (a row here has more than 500 bytes)."""
    count = 2_600
    filling = "x" * 500 + "."

    def rows() -> Iterator[Row]:
        return (row(f"Question {n}?", f"Answer {n}. {filling}", n) for n in range(count))

    tracemalloc.start()
    watch = Watch()
    for one in rows():
        assert not list(watch.see(one))
    assert list(watch.end()) == []
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size < 100 * count


def test_every_rule_has_a_severity_a_source_and_says_what_others_do() -> None:
    for language in words.LANGUAGES:
        table = catalogue.table(language)
        assert len({entry["about"] for entry in table}) == len(table)
        assert all(entry["code"] in catalogue.line(entry, language) for entry in table)
    named = {source for rule in catalogue.RULES.values() for source in rule.sources}
    assert {f"siliconflow:{number}" for number in range(1, 8)} <= named and {"openai", "azure"} <= named
    assert {code for code, _ in ROW_RULES} <= set(catalogue.RULES)
    assert {rule.fix for rule in catalogue.RULES.values() if rule.fix} <= set(fixes.FIXES)


def test_other_services_are_quoted_without_keeping_rows_from_training() -> None:
    assert refusals(9, {"user", "assistant"}, 100, False)["openai"] == ("few_rows",)
    assert refusals(50, {"user", "tool"}, 70_000, True) == {
        "openai": ("too_long_elsewhere",),
        "azure": ("too_long_elsewhere",),
        "siliconflow": ("tool_roles", "weights_used"),
    }
    assert [note.code for note in file_notes("a", "utf-8", 600 << 20)] == [
        "no_byte_order_mark",
        "file_too_large_elsewhere",
    ]
    assert [note.code for note in file_notes("a", "gb18030", 10)] == ["not_utf8"]
    assert list(file_notes("a", "utf-8-sig", 10)) == []


SOLVED = [
    ("strip_spaces", row(" Q\n", "A ")),
    ("remove_control_tokens", row("[INST] Q [/INST]", "<|im_start|>assistant\nA<|im_end|>")),
    ("remove_control_tokens", row("### Instruction:\nSay hi\n### Response:", "Hi")),
    ("fill_placeholders={{name}}=Ann,Your Name=Bo", row("{{name}}?", "I am [Your Name].")),
    ("fill_placeholders=Ann", row("{{name}}?", "I am {{ author }}.")),
    ("drop_placeholders", row("Q", "{{name}}")),
    ("drop_refusals", row("Q", "As an AI language model, I cannot.")),
    ("drop_loops", row("Q", "Eat a banana! " * 100)),
    ("drop_cut_answers", row("Q", LONG + "and")),
    ("drop_repeats", row("Q", "Q")),
    ("repair_mojibake", row("Q", "The cafÃ© â€œXâ€\x9d")),
    ("remove_html", row("Q", "<p>One&nbsp;two<br/>three</p><ul><li>a</li></ul>")),
    ("drop_other_language", row("北京有什么好玩的地方？", "You should visit the palace and the great wall.")),
]


@pytest.mark.parametrize(("fix", "one"), SOLVED)
def test_a_fix_takes_its_problem_away_and_is_shown_before(fix: str, one: Row) -> None:
    solves = set(fixes.FIXES[fixes.parse(fix).code].solves)
    clean = row("Fine?", "Fine.", 2)
    assert solves & codes(one)
    shown = fixes.preview([one, clean], fix)
    told: list[Problem] = []
    after = list(fixes.apply([one, clean], [fix], told.append))
    assert shown == [(one, after[0] if len(after) == 2 else None)]
    assert not any(solves & codes(left) for left in after)
    assert after[-1] is clean
    assert [(problem.line, problem.severity) for problem in told] == [(1, "info")]
    assert all(describe(problem, language) for problem in told for language in words.LANGUAGES)
    if len(after) == 2:
        assert after[0].status == "edited" and after[0].id == one.id


def test_fixes_keep_the_first_of_copies_and_of_conflicts() -> None:
    rows = [row("Q?", "A", 1), row("Q?", "A", 2), row("Q?", "B", 3), row("P?", "C", 4)]
    assert [one.line for one in fixes.apply(rows, ["drop_duplicates"])] == [1, 3, 4]
    assert [one.line for one in fixes.apply(rows, ["drop_duplicates", "keep_first_answer"])] == [1, 4]
    assert [one.line for one in fixes.apply(rows, [])] == [1, 2, 3, 4]


def test_a_fix_never_empties_a_turn_nor_touches_code() -> None:
    marks, code = row("Q", "<|endoftext|>"), row("Q", "Write `<br>` here: ```\n<p>&amp;</p>\n```")
    assert list(fixes.apply([marks, code], ["remove_control_tokens", "remove_html"])) == [marks, code]


@pytest.mark.parametrize("text", ["magic", "fill_placeholders", ""])
def test_a_fix_that_does_not_exist_or_lacks_its_text_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        fixes.parse(text)
    assert all(raised.value.sentence(language) for language in words.LANGUAGES)


def test_placeholders_are_listed_for_filling() -> None:
    assert fixes.placeholders([row("{{name}}?", "{{name}} by {{author}}"), row("{{name}}", "x")]) == {
        "{{name}}": 2,
        "{{author}}": 1,
    }


def test_every_sentence_of_a_rule_can_be_said() -> None:
    for problem in [problem for _, one in SOLVED for problem in row_problems(one)]:
        assert all(describe(problem, language) for language in words.LANGUAGES)
