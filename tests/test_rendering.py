"""Which tokens are trained, shown token by token; and that ids are those of the model's own template."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from lab.errors import ModelError
from lab.records import Message, ToolCall
from lab.rendering import IGNORED, Rendered, Renderer, agrees, as_template_reads, pieces
from lab.settings import PROJECT

SYSTEM = Message("system", "Answer briefly.")
DOG = (Message("user", "Dog?"), Message("assistant", "Biscuit."))
CAT = (Message("user", "猫呢？"), Message("assistant", "豆豆。"))
DEFAULT = "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
CONVERSATIONS = {
    "single turn": DOG,
    "multi-turn": DOG + CAT,
    "system prompt": (SYSTEM, *DOG),
    "multi-turn with a system prompt": (SYSTEM, *DOG, *CAT),
}
LEARNED = {
    "single turn": ["Biscuit.<|im_end|>"],
    "multi-turn": ["Biscuit.<|im_end|>", "豆豆。<|im_end|>"],
    "system prompt": ["Biscuit.<|im_end|>"],
    "multi-turn with a system prompt": ["Biscuit.<|im_end|>", "豆豆。<|im_end|>"],
}

WEATHER: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "天气 of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
CALL = ToolCall("weather", '{"city": "成都", "days": 2}', "abcdef123")
ASKED = Message("user", "Rain in 成都?")
CALLED = Message("assistant", "", (CALL,))
TOLD = Message("tool", '{"rain": true}', name="weather", call="abcdef123")
WITH_TOOLS = (SYSTEM, ASKED, CALLED, TOLD, Message("assistant", "Yes, it rains."), *DOG)
THINKING = (
    Message("user", "2+2?"),
    Message("assistant", "<think>\nTwo twos.\n</think>\n\n4"),
    Message("user", "3+3?"),
    Message("assistant", "<think>\nTwo threes.\n</think>\n\n6"),
)

TEMPLATES = {
    path.stem: path.read_text("utf-8") for path in sorted((Path(__file__).parent / "templates").glob("*.jinja"))
}
"""In the manner of the well-known families: a default system prompt with a tool block, headers, no system role,
brackets, reasoning that is stripped from the past."""
ALL = {
    **{name: (turns, ()) for name, turns in CONVERSATIONS.items()},
    "tools": (WITH_TOOLS, (WEATHER,)),
    "tools beside": (DOG, (WEATHER,)),
    "calls without tools": (WITH_TOOLS, ()),
    "thinking": (THINKING, ()),
    "odd text": ((Message("user", "  a\u00a0b\n\n<|im_end|> {{ x }} 😀 "), Message("assistant", "\n x \n")), ()),
}


@pytest.fixture(scope="module")
def folder(models: Path) -> Path:
    return models / "smollm2-135m"


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_loss_is_on_what_the_assistant_writes_and_on_nothing_else(name: str, folder: Path) -> None:
    reader = Renderer(folder)
    (row,) = reader.render(CONVERSATIONS[name])
    shown = [f"{name}:"]
    runs: list[list[int]] = []
    for place, (token, label) in enumerate(zip(row.ids, row.labels, strict=True)):
        piece = reader.tokenizer.decode([token], skip_special_tokens=False)
        shown.append(f"  {'loss' if label != IGNORED else '    '} {piece!r}")
        assert label in (IGNORED, token)
        if label != IGNORED:
            if place == 0 or row.labels[place - 1] == IGNORED:
                runs.append([])
            runs[-1].append(token)
    sys.stdout.write("\n".join(shown) + "\n")
    learned = [reader.tokenizer.decode(tokens, skip_special_tokens=False) for tokens in runs]
    assert learned == LEARNED[name] == [row.text[start:end] for start, end in row.spans]
    assert row.text.startswith(DEFAULT) == ("system" not in name)


_SCRIPT = """
import json, sys
from pathlib import Path
from transformers import AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1], local_files_only=True)
def ids(template, turns, tools, prompt):
    try:
        return tokenizer.apply_chat_template(turns, tools=tools, add_generation_prompt=prompt, tokenize=True,
                                             return_dict=False, chat_template=template)
    except Exception as error:
        return None
print(json.dumps([[ids(template, turns, tools or None, prompt)
                   for turns, tools, prompt in given] for template, given in json.load(sys.stdin)]))
"""


@cache
def _told(folder: Path) -> dict[str, list[list[int] | None]]:
    """What transformers makes of every conversation, whole and as a prompt, by every template: one child process."""
    given = [
        [as_template_reads(part), list(tools), prompt]
        for turns, tools in ALL.values()
        for part, prompt in ((turns, False), (turns[:-1], True))
    ]
    own = (folder / "chat_template.jinja").read_text("utf-8")
    asked = [[template, given] for template in (own, *TEMPLATES.values())]
    told = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(folder)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        cwd=PROJECT,
    )
    return dict(zip(("own", *TEMPLATES), json.loads(told.stdout), strict=True))


def _with_template(folder: Path, made: Path, template: str) -> Renderer:
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(folder / name, made / name)
    (made / "chat_template.jinja").write_text(template, "utf-8")
    return Renderer(made)


def _ids(reader: Renderer, turns: tuple[Message, ...], tools: tuple[Any, ...], prompt: bool) -> list[int] | None:
    try:
        return reader.encoded(reader.text(turns, prompt=prompt, tools=tools))[0]
    except ModelError:
        return None


@pytest.mark.parametrize("name", ["own", *TEMPLATES])
def test_ids_are_those_of_the_models_own_template(folder: Path, tmp_path: Path, name: str) -> None:
    reader = Renderer(folder) if name == "own" else _with_template(folder, tmp_path, TEMPLATES[name])
    expected = iter(_told(folder)[name])
    rendered = 0
    for turns, tools in ALL.values():
        whole, prompt = next(expected), next(expected)
        assert _ids(reader, turns, tools, False) == whole
        assert _ids(reader, turns[:-1], tools, True) == prompt
        rendered += whole is not None
    assert rendered >= 4


def _learned(rows: list[Rendered]) -> list[list[str]]:
    return [[row.text[start:end] for start, end in row.spans] for row in rows]


CALL_TEXT = '<tool_call>\n{"name": "weather", "arguments": {"city": "成都", "days": 2}}\n</tool_call><|im_end|>'


def test_a_tool_call_is_learned_and_a_tools_answer_is_not(folder: Path, tmp_path: Path) -> None:
    rows = _with_template(folder, tmp_path, TEMPLATES["chatml"]).render(WITH_TOOLS, (WEATHER,))
    assert _learned(rows) == [[CALL_TEXT, "Yes, it rains.<|im_end|>", "Biscuit.<|im_end|>"]]
    assert '"name": "weather", "description": "天气 of a city"' in rows[0].text and '{"rain": true}' in rows[0].text


def test_a_prompt_that_begins_the_turn_otherwise_leaves_the_call_to_be_learned(folder: Path, tmp_path: Path) -> None:
    rows = _with_template(folder, tmp_path, TEMPLATES["brackets"]).render((ASKED, CALLED, TOLD, DOG[1]), (WEATHER,))
    assert _learned(rows) == [
        [
            '[TOOL_CALLS] [{"name": "weather", "arguments": {"city": "成都", "days": 2}, "id": "abcdef123"}]<|im_end|>',
            " Biscuit.<|im_end|>",
        ]
    ]


@pytest.mark.parametrize("template", [TEMPLATES["chatml"], TEMPLATES["headers"]])
def test_a_turn_that_is_not_trained_is_read_and_not_learned(folder: Path, tmp_path: Path, template: str) -> None:
    turns = (
        DOG[0],
        Message("assistant", "Wrong.", trained=False),
        *CAT,
        ASKED,
        Message("assistant", "No.", (), "", "", False),
    )
    (row,) = _with_template(folder, tmp_path, template).render(turns)
    assert "Wrong." in row.text and "No." not in row.text
    assert len(row.spans) == 1 and row.text[slice(*row.spans[0])].startswith("豆豆。")


@pytest.mark.parametrize("template", ["own", "no_system", "reasoning"])
@pytest.mark.parametrize(("turns", "tools"), [(WITH_TOOLS[1:], (WEATHER,)), (DOG, (WEATHER,)), (WITH_TOOLS[1:5], ())])
def test_a_template_that_leaves_tools_out_trains_none_of_it(
    folder: Path, tmp_path: Path, template: str, turns: tuple[Message, ...], tools: tuple[Any, ...]
) -> None:
    reader = Renderer(folder) if template == "own" else _with_template(folder, tmp_path, TEMPLATES[template])
    assert reader.leaves_out(turns, tools)
    with pytest.raises(ModelError) as refused:
        reader.render(turns, tools)
    assert refused.value.key == "models.template_without_tools"
    assert not reader.leaves_out(DOG)


@pytest.mark.parametrize("template", ["chatml", "headers", "brackets"])
def test_a_template_that_writes_tools_trains_them(folder: Path, tmp_path: Path, template: str) -> None:
    reader = _with_template(folder, tmp_path, TEMPLATES[template])
    assert reader.leaves_out(WITH_TOOLS, (WEATHER,)) == frozenset()
    assert all("weather" in row.text for row in reader.render(WITH_TOOLS[1:5], (WEATHER,)))


def test_past_reasoning_that_is_stripped_is_learned_where_it_stood(folder: Path, tmp_path: Path) -> None:
    rows = _with_template(folder, tmp_path, TEMPLATES["reasoning"]).render(THINKING)
    assert _learned(rows) == [["Two twos.\n</think>\n\n4<|im_end|>"], ["Two threes.\n</think>\n\n6<|im_end|>"]]
    assert "Two twos." not in rows[1].text


def test_a_turn_unlike_its_prompt_is_learned_from_its_text_on(folder: Path, tmp_path: Path) -> None:
    rows = _with_template(folder, tmp_path, TEMPLATES["reasoning"]).render(DOG)
    assert _learned(rows) == [["Biscuit.<|im_end|>"]]


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_the_pieces_of_a_row_are_its_text_token_by_token(name: str, folder: Path) -> None:
    (row,) = Renderer(folder).render(CONVERSATIONS[name])
    shown = pieces(row)
    assert "".join(piece.text for piece in shown) == row.text
    assert [piece.id for piece in shown] == list(row.ids)
    assert [piece.trained for piece in shown] == [label != IGNORED for label in row.labels]
    assert "".join(piece.text for piece in shown if piece.trained) == "".join(LEARNED[name])


def test_a_template_of_its_own_for_tools_is_used_for_tools_only(folder: Path, tmp_path: Path) -> None:
    reader = _with_template(folder, tmp_path, "{{ messages[-1].content }}")
    (tmp_path / "additional_chat_templates").mkdir()
    (tmp_path / "additional_chat_templates" / "tool_use.jinja").write_text("{{ tools[0].function.name }}", "utf-8")
    assert reader.text(DOG, tools=(WEATHER,)) == "Biscuit."
    reader = Renderer(tmp_path)
    assert (reader.text(DOG, tools=(WEATHER,)), reader.text(DOG)) == ("weather", "Biscuit.")


def test_a_template_that_rewrites_the_past_makes_one_row_a_turn(folder: Path, tmp_path: Path) -> None:
    template = (
        "{% for m in messages %}{{ m.role }}: {% if m.role == 'assistant' and not loop.last %}(said){% else %}"
        "{{ m.content }}{% endif %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}"
    )
    rows = _with_template(folder, tmp_path, template).render((*DOG, *CAT))
    assert _learned(rows) == [["Biscuit.<|im_end|>"], ["豆豆。<|im_end|>"]]


@pytest.mark.parametrize(
    "template",
    ["{{ raise_exception('roles must alternate') }}", "{{ messages[0]['content'] + 1 }}", "{{ messages[9].role }}"],
)
def test_a_template_may_refuse_a_conversation_in_words(folder: Path, tmp_path: Path, template: str) -> None:
    reader = _with_template(folder, tmp_path, template)
    with pytest.raises(ModelError) as refused:
        reader.render(DOG)
    assert refused.value.key == "models.template_refused" and refused.value.values["reason"]


@pytest.mark.parametrize("template", ["{% if %}", "{{ ''.__class__.__mro__[1].__subclasses__() }}"])
def test_a_template_that_is_broken_or_reaches_out_is_refused(folder: Path, tmp_path: Path, template: str) -> None:
    with pytest.raises(ModelError):
        _with_template(folder, tmp_path, template).render(DOG)


def test_a_row_without_an_answer_trains_nothing(folder: Path) -> None:
    assert Renderer(folder).render(DOG[:1]) == []
    assert Renderer(folder).render((DOG[0], Message("assistant", "Biscuit.", trained=False))) == []


@pytest.mark.parametrize(
    ("written", "verdict"), [('{"agrees": false}', False), ('{"agrees": true}', True), ("{}", None)]
)
def test_the_verdict_of_the_fetch_is_read_and_nothing_is_assumed_without(
    tmp_path: Path, written: str, verdict: bool | None
) -> None:
    assert agrees(tmp_path) is None
    (tmp_path / "rendering.json").write_text(written, "utf-8")
    assert agrees(tmp_path) is verdict


def test_the_two_ways_to_render_are_compared_when_a_model_is_fetched(folder: Path, tmp_path: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "config.json"):
        shutil.copy(folder / name, tmp_path / name)
    script = (
        "import sys; from pathlib import Path; from lab.catalog import worker; from lab.engine.reference import *\n"
        "worker._compare(Path(sys.argv[1]))\n"
        "from lab.records import Message\n"
        "turns = (Message('user', 'Dog?'), Message('assistant', 'Biscuit.'))\n"
        "ours, theirs = (kind(Path(sys.argv[1])).render(turns) for kind in (Renderer, ReferenceRenderer))\n"
        "assert ours == theirs, (ours, theirs)\n"
        "print(type(renderer_for(Path(sys.argv[1]))).__name__)\n"
    )

    told = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True, cwd=PROJECT
    )
    assert told.stdout.strip() == "Renderer" and agrees(tmp_path) is True


def test_a_model_whose_ids_differ_is_rendered_by_its_own_library(folder: Path, tmp_path: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json", "config.json"):
        shutil.copy(folder / name, tmp_path / name)
    # A template that says the time to the microsecond never gives the same ids twice.
    (tmp_path / "chat_template.jinja").write_text("{{ strftime_now('%H%M%S%f') }}{{ messages }}", "utf-8")
    script = (
        "import sys; from pathlib import Path; from lab.catalog import worker; from lab.engine import reference\n"
        "folder = Path(sys.argv[1]); worker._compare(folder)\n"
        "print(type(reference.renderer_for(folder)).__name__)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True, cwd=PROJECT
    )
    assert told.stdout.strip() == "ReferenceRenderer" and agrees(tmp_path) is False
