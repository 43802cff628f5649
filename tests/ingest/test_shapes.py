"""Every way training data is written becomes the same conversation, or is explained."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab.ingest.rules import conversation as rules
from lab.ingest.shaping.mapping import guess, missing
from lab.ingest.shaping.shapes import Read, Unusable, is_known_table, read_record
from lab.ingest.shaping.untrainable import PlainText
from lab.records import Message, Row, ToolCall, from_json, to_json

USER, ASSISTANT = {"role": "user", "content": "问?"}, {"role": "assistant", "content": "答。"}
SYSTEM = {"role": "system", "content": "S"}
PAIR = (Message("user", "问?"), Message("assistant", "答。"))


def _messages(read: Read) -> tuple[Message, ...]:
    messages, _ = rules.messages_of(read.turns)
    rules.check_order(messages)
    return messages


@pytest.mark.parametrize(
    ("record", "shape"),
    [
        ({"messages": [USER, ASSISTANT]}, "chat"),
        ({"messages": [{"role": "用户", "content": "问?"}, {"role": "助手", "content": "答。"}]}, "chat"),
        ({"messages": [{**USER, "content": [{"type": "text", "text": "问?"}]}, ASSISTANT]}, "chat"),
        ({"messages": [USER, ASSISTANT], "label": True}, "chat"),
        ({"conversations": [{"from": "human", "value": "问?"}, {"from": "gpt", "value": "答。"}]}, "sharegpt"),
        ({"conversation": [{"human": "问?", "assistant": "答。"}]}, "sharegpt"),
        ({"conversations": [{"role": "user", "value": "问?"}, {"from": "bot", "text": "答。"}]}, "sharegpt"),
        ({"dialogue": [USER, ASSISTANT]}, "sharegpt"),
        ({"instruction": "问?", "input": "", "output": "答。"}, "alpaca"),
        ({"Instruction": "问?", "Input": None, "Output": "答。"}, "alpaca"),
        ({"instruction": "问?", "context": "", "response": "答。"}, "alpaca"),
        ({"instruction": "", "input": "问?", "output": "答。"}, "alpaca"),
        ({"指令": "问?", "输入": "", "输出": "答。"}, "alpaca"),
        ({"prompt": "问?", "completion": "答。"}, "prompt_completion"),
        ({"prompt": "问?", "completion": "答。<|endoftext|>"}, "prompt_completion"),
        ({"prompt": [USER], "completion": [ASSISTANT]}, "prompt_completion"),
        ({"prompt": [USER], "completion": "答。"}, "prompt_completion"),
        ({"prompt": "问?", "completion": [ASSISTANT]}, "prompt_completion"),
        ({"prompt": "问?", "completion": "答。", "label": True}, "prompt_completion"),
        ({"prompt": [USER], "extra_info": {"answer": "答。", "index": 0}}, "graded"),
        ({"prompt": [USER], "reward_model": {"ground_truth": "答。", "style": "rule"}}, "graded"),
        ({"prompt": [USER], "answer": "答。"}, "question_answer"),
        ({"question": "问?", "answer": "答。"}, "question_answer"),
        ({"Question": "问?", "Expected Response": "答。"}, "question_answer"),
        ({"user_message": "问?", "model_answer": "答。"}, "question_answer"),
        ({"问题": "问?", "参考答案": "答。"}, "question_answer"),
        ({"用户": "问?", "助手": "答。"}, "question_answer"),
        ({"提示词": "问?", "应答": "答。"}, "question_answer"),
        ({"text": "问?", "label": 3, "label_text": "答。"}, "classification"),
        ({"text": "问?", "intent": "答。"}, "classification"),
        ({"文本": "问?", "标签": "答。"}, "classification"),
        ({"评论": "问?", "情感": "答。"}, "classification"),
    ],
)
def test_the_same_pair_is_read_from_every_shape(record: dict[str, Any], shape: str) -> None:
    read = read_record(record)
    assert (read.shape, _messages(read)) == (shape, PAIR)
    assert set(read.unused) <= {"label"}


@pytest.mark.parametrize(
    "record",
    [
        {"messages": [SYSTEM, USER, ASSISTANT]},
        {"messages": [{"role": "developer", "content": "S"}, USER, ASSISTANT]},
        {"system": "S", "conversation": [{"human": "问?", "assistant": "答。"}]},
        {"instruction": "问?", "output": "答。", "system": "S"},
        {"prompt": "问?", "completion": "答。", "system_prompt": "S"},
        {"问题": "问?", "答案": "答。", "系统提示词": "S"},
    ],
)
def test_a_system_prompt_beside_the_turns_stands_before_them(record: dict[str, Any]) -> None:
    assert _messages(read_record(record)) == (Message("system", "S"), *PAIR)


@pytest.mark.parametrize(
    "record",
    [
        {"instruction": "问?", "input": "", "output": "答。", "history": [["一", "二"]]},
        {"question": "问?", "answer": "答。", "history": [["一", "二"]]},
        {"conversation": [{"human": "一", "assistant": "二"}, {"human": "问?", "assistant": "答。"}]},
    ],
)
def test_earlier_turns_stand_before_the_last(record: dict[str, Any]) -> None:
    assert _messages(read_record(record)) == (Message("user", "一"), Message("assistant", "二"), *PAIR)


TOOL = {"name": "weather", "description": "天气", "parameters": {"type": "object", "properties": {}}}
FUNCTION = {"type": "function", "function": TOOL}
CALL = {"name": "weather", "arguments": {"city": "成都"}}
OPENAI_CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "成都"}'}}


@pytest.mark.parametrize(
    ("turns", "tools"),
    [
        (
            [
                {"role": "assistant", "content": None, "tool_calls": [OPENAI_CALL]},
                {"role": "tool", "content": "rain", "tool_call_id": "call_1"},
            ],
            {"tools": [FUNCTION], "parallel_tool_calls": False},
        ),
        (
            [{"role": "assistant", "function_call": CALL}, {"role": "function", "name": "weather", "content": "rain"}],
            {"functions": [TOOL]},
        ),
        (
            [
                {"role": "tool_call", "content": json.dumps(CALL)},
                {"role": "tool_response", "content": "rain"},
            ],
            {"tools": json.dumps([TOOL])},
        ),
        (
            [{"role": "assistant", "tool_calls": [{"function": CALL}]}, {"role": "tool", "content": "rain"}],
            {"tools": json.dumps([FUNCTION])},
        ),
    ],
)
def test_tool_calls_of_every_dialect_are_the_same_row(turns: list[Any], tools: dict[str, Any]) -> None:
    read = read_record({"messages": [USER, *turns, ASSISTANT], **tools})
    asked, called, told, answered = _messages(read)
    assert [(call.name, json.loads(call.arguments)) for call in called.calls] == [("weather", {"city": "成都"})]
    assert (told.role, told.content, answered.content) == ("tool", "rain", "答。")
    assert read.tools == (FUNCTION,) and read.unused == ()
    assert asked == PAIR[0]


def test_sharegpt_calls_and_observations_are_tool_turns() -> None:
    turns = [
        {"from": "human", "value": "问?"},
        {"from": "gpt", "value": "I look."},
        {"from": "function_call", "value": json.dumps([CALL, CALL])},
        {"from": "observation", "value": "one"},
        {"from": "observation", "value": ""},
        {"from": "gpt", "value": "答。"},
    ]
    read = read_record({"conversations": turns, "tools": json.dumps([TOOL])})
    messages = _messages(read)
    assert [message.role for message in messages] == ["user", "assistant", "tool", "tool", "assistant"]
    assert messages[1].content == "I look." and len(messages[1].calls) == 2


def test_a_row_that_ends_with_a_call_is_a_row() -> None:
    messages = _messages(read_record({"messages": [USER, {"role": "assistant", "tool_calls": [OPENAI_CALL]}]}))
    assert messages[-1].calls == (ToolCall("weather", '{"city": "成都"}', "call_1"),)


@pytest.mark.parametrize(
    ("weights", "trained"),
    [([0, 1], [False, True]), ([None, 0], [True, False]), (["0", "1"], [False, True]), ([True, False], [True, False])],
)
@pytest.mark.parametrize("key", ["weight", "loss", "train"])
def test_weights_say_which_turns_carry_loss(weights: list[Any], trained: list[bool], key: str) -> None:
    turns = [turn for weight in weights for turn in (USER, {**ASSISTANT, key: weight})]
    messages = _messages(read_record({"messages": turns}))
    assert [message.trained for message in messages if message.role == "assistant"] == trained


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"messages": [USER, {**ASSISTANT, "weight": 0}]}, "nothing_trained"),
        ({"messages": [USER, {**ASSISTANT, "weight": 0.5}]}, "bad_weight"),
        ({"messages": [USER, {**ASSISTANT, "weight": "many"}]}, "bad_weight"),
        ({"messages": [USER, {"role": "tool", "content": "x"}, ASSISTANT]}, "tool_order"),
        ({"messages": [USER, ASSISTANT, {"role": "tool", "content": "x"}]}, "tool_order"),
        ({"messages": [USER, {"role": "assistant", "tool_calls": ["weather"]}]}, "bad_tool_call"),
        (
            {"messages": [USER, {"role": "assistant", "tool_calls": [{"function": {"arguments": "{}"}}]}]},
            "bad_tool_call",
        ),
        ({"messages": [USER, {"role": "function_call", "content": "weather(成都)"}]}, "bad_tool_call"),
        (
            {"messages": [USER, {"role": "assistant", "tool_calls": [{"name": "w", "arguments": "[1]"}]}]},
            "bad_tool_call",
        ),
        ({"messages": [USER, ASSISTANT], "tools": ["weather"]}, "bad_tools"),
        ({"messages": [USER, ASSISTANT], "tools": "{"}, "bad_tools"),
        ({"messages": [USER, ASSISTANT], "images": ["a.png"]}, "has_media"),
        ({"instruction": "x", "output": "y", "history": ["one"]}, "bad_history"),
        ({"prompt": "x", "completion": "y", "label": False}, "called_bad"),
        ({"prompt": "x", "completion": "y", "label": "False"}, "called_bad"),
        ({"messages": [USER, ASSISTANT], "label": False}, "called_bad"),
        ({"turns": ["one", "two"], "category": "x"}, "question_turns"),
        ({"question": "only"}, "prompt_only"),
        ({"提问": "只有"}, "prompt_only"),
        ({"text": "Prose."}, "text_only"),
        ({"text": "Prose.", "url": "u", "timestamp": 1}, "text_only"),
        ({"正文": "文字。", "标题": "题"}, "text_only"),
        ({"identity": {"file_name": "identity.json"}, "hub": {"hf_hub_url": "a/b"}}, "dataset_info"),
        ({"one": {"file": "a"}, "two": {"url": "b"}}, "config_not_rows"),
        ({"Year": [1, 2], "Revenue": [3, 4]}, "columns_not_rows"),
        ({"colour": "red"}, "unknown_columns"),
        ([1], "not_a_record"),
    ],
)
def test_what_cannot_be_a_row_is_named(record: Any, code: str) -> None:
    with pytest.raises(Unusable) as refused:
        _messages(read_record(record))
    assert refused.value.code == code


def test_a_record_of_text_alone_keeps_its_text() -> None:
    with pytest.raises(PlainText) as refused:
        read_record({"text": "Prose.", "source": "web"})
    assert refused.value.text == "Prose."


CHOSEN = [
    {"prompt": "问?", "chosen": "答。", "rejected": "no"},
    {"question": "问?", "chosen": "答。", "rejected": "no"},
    {"instruction": "问?", "input": "", "chosen": "答。", "rejected": "no"},
    {"chosen": [USER, ASSISTANT], "rejected": [USER, {**ASSISTANT, "content": "no"}]},
    {"prompt": "问?", "chosen": [USER, ASSISTANT], "rejected": [USER, {**ASSISTANT, "content": "no"}]},
    {"prompt": [USER], "chosen": [ASSISTANT], "rejected": [ASSISTANT]},
    {
        "conversations": [{"from": "human", "value": "问?"}],
        "chosen": {"from": "gpt", "value": "答。"},
        "rejected": {"from": "gpt", "value": "no"},
    },
    {"input": {"messages": [USER]}, "preferred_output": [ASSISTANT], "non_preferred_output": [ASSISTANT]},
    {"messages": [USER, ASSISTANT], "rejected_response": "no"},
    {"chosen": "\n\nHuman: 问?\n\nAssistant: 答。", "rejected": "\n\nHuman: 问?\n\nAssistant: no"},
    {"问题": "问?", "优选回答": "答。", "劣选回答": "no"},
]


@pytest.mark.parametrize("record", CHOSEN)
def test_a_preference_pair_is_explained_and_its_chosen_answer_is_a_row_when_asked(record: dict[str, Any]) -> None:
    with pytest.raises(Unusable) as refused:
        read_record(record)
    assert (refused.value.code, refused.value.fix) == ("preference_pairs", "use_chosen")
    assert _messages(read_record(record, fixes=("use_chosen",))) == PAIR


def test_what_the_record_says_of_itself_comes_with_it() -> None:
    read = read_record({"question": "q", "answer": "a", "fact_id": 7, "split": "dev", "keys": ["a"], "tags": "x|y"})
    assert read.marks == {"group": 7, "split": "dev", "keys": ["a"], "tags": "x|y"} and read.unused == ()
    graded = read_record(
        {"prompt": [USER], "reward_model": {"ground_truth": 18}, "extra_info": {"answer": "It is 18."}}
    )
    assert graded.marks == {"keys": ["18"]}


MAPPED = {"t": "题", "b": "问?", "r": "答。", "s": "S", "g": "g1", "k": "x|y", "p": "test", "l": "easy"}


def test_named_columns_become_turns_and_marks() -> None:
    names = {"question": "t+b", "answer": "r", "system": "s", "group": "g", "keys": "k", "split": "p", "tags": "l"}
    read = read_record({**MAPPED, "more": "unused"}, names)
    assert _messages(read) == (Message("system", "S"), Message("user", "题\n问?"), Message("assistant", "答。"))
    assert read.marks == {"group": "g1", "keys": "x|y", "split": "test", "tags": "easy"}
    assert read.unused == ("more",)


def test_a_column_of_messages_or_history_can_be_named() -> None:
    assert _messages(read_record({"talk": [USER, ASSISTANT]}, {"messages": "talk"})) == PAIR
    read = read_record({"h": [["一", "二"]], "q": "问?", "a": "答。"}, {"question": "q", "answer": "a", "history": "h"})
    assert [message.content for message in _messages(read)] == ["一", "二", "问?", "答。"]
    tagged = [{"who": "H", "said": "问?"}, {"who": "F", "said": json.dumps(CALL)}, {"who": "O", "said": "x"}]
    tags = {"role_tag": "who", "content_tag": "said", "user_tag": "H", "function_tag": "F", "observation_tag": "O"}
    read = read_record({"talk": [*tagged, {"who": "gpt", "said": "答。"}]}, {"messages": "talk", **tags})
    assert [message.role for message in _messages(read)] == ["user", "assistant", "tool", "assistant"]


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ({"question": "q", "answer": "nope"}, "no_such_column"),
        ({"messages": "nope"}, "no_such_column"),
        ({"messages": "q"}, "not_messages"),
    ],
)
def test_a_name_that_fits_no_column_is_told(mapping: dict[str, str], code: str) -> None:
    with pytest.raises(Unusable) as refused:
        read_record({"q": "x", "a": "y"}, mapping)
    assert refused.value.code == code
    assert missing({"question": "q"}) and not missing({"messages": "m"})


@pytest.mark.parametrize(
    ("columns", "sample", "expected"),
    [
        (["title", "ask", "content"], {}, ("title+ask", "content")),
        (["department", "title", "ask", "answer"], {}, ("title+ask", "answer")),
        (["科室", "标题", "提问", "医生回复"], {}, ("标题+提问", "医生回复")),
        (["id", "subject", "customer_request", "agent_reply"], {}, ("subject+customer_request", "agent_reply")),
        (["db_name", "query", "question"], {}, ("question", "query")),
        (["heading", "ask", "doctor_words"], {}, ("heading+ask", "doctor_words")),
        (["policy", "content"], {"policy": "Return policy", "content": "You may return " * 9}, ("policy", "content")),
        (["原文", "译文"], {"原文": "你好，世界", "译文": "Hello, world"}, ("原文", "译文")),
        (["ein", "zwei"], {"ein": "What is it?", "zwei": "It is a long answer to that."}, ("ein", "zwei")),
        (["id", "price"], {"id": "1", "price": "3.5"}, None),
        (["a1", "b1", "c1"], {"a1": "x y", "b1": "z w", "c1": "u v"}, None),
    ],
)
def test_columns_that_look_like_question_and_answer_are_proposed(
    columns: list[str], sample: dict[str, Any], expected: tuple[str, str] | None
) -> None:
    found = guess(columns, [sample] if sample else [])
    assert found == (dict(zip(("question", "answer"), expected, strict=True)) if expected else None)


def test_a_column_of_messages_is_proposed_as_such() -> None:
    assert guess(["id", "turns"], [{"id": 1, "turns": [USER, ASSISTANT]}]) == {"messages": "turns"}


@pytest.mark.parametrize(
    ("columns", "known"),
    [
        (["问题", "答案"], True),
        (["Text", "Label"], True),
        (["prompt", "chosen", "rejected"], True),
        (["a b", "c"], False),
    ],
)
def test_a_table_is_known_by_its_columns(columns: list[str], known: bool) -> None:
    assert is_known_table(columns) is known


def test_what_is_new_in_a_row_is_stored_only_where_it_is_used() -> None:
    plain = Row("r", PAIR, "g")
    stored = to_json(plain)
    assert set(stored["messages"][0]) == {"role", "content"} and "tools" not in stored
    assert from_json(Row, stored) == plain
    call = Message("assistant", "", (ToolCall("weather", "{}"),), trained=False)
    rich = Row("r", (PAIR[0], call, Message("tool", "x", name="weather", call="1"), PAIR[1]), "g", tools=(FUNCTION,))
    assert from_json(Row, json.loads(json.dumps(to_json(rich)))) == rich
