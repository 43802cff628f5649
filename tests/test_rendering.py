"""Which tokens are trained, shown token by token; and that ids are those of the model's own template."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lab.errors import ModelError
from lab.records import Message
from lab.rendering import IGNORED, Renderer
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


def test_ids_are_those_of_the_models_own_template(folder: Path) -> None:
    given = [[{"role": m.role, "content": m.content} for m in turns] for turns in CONVERSATIONS.values()]
    script = """
import json, sys
from transformers import AutoTokenizer
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1], local_files_only=True)
def ids(turns, prompt):
    return tokenizer.apply_chat_template(turns, add_generation_prompt=prompt, tokenize=True, return_dict=False)
print(json.dumps([[ids(turns, False), ids(turns[:-1], True)] for turns in json.load(sys.stdin)]))
"""
    told = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
        cwd=PROJECT,
    )
    reader = Renderer(folder)
    for turns, (whole, prompt) in zip(CONVERSATIONS.values(), json.loads(told.stdout), strict=True):
        assert list(reader.render(turns)[0].ids) == whole
        assert reader.prompt_ids(turns[:-1]) == prompt


def _with_template(folder: Path, made: Path, template: str) -> Renderer:
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(folder / name, made / name)
    (made / "chat_template.jinja").write_text(template, "utf-8")
    return Renderer(made)


def test_a_template_that_rewrites_the_past_makes_one_row_a_turn(folder: Path, tmp_path: Path) -> None:
    template = (
        "{% for m in messages %}{{ m.role }}: {% if m.role == 'assistant' and not loop.last %}(said){% else %}"
        "{{ m.content }}{% endif %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}"
    )
    rows = _with_template(folder, tmp_path, template).render((*DOG, *CAT))
    assert [[row.text[start:end] for start, end in row.spans] for row in rows] == [
        ["Biscuit.<|im_end|>"],
        ["豆豆。<|im_end|>"],
    ]


def test_a_template_may_refuse_a_conversation_in_words(folder: Path, tmp_path: Path) -> None:
    reader = _with_template(folder, tmp_path, "{{ raise_exception('roles must alternate') }}")
    with pytest.raises(ModelError, match="roles must alternate"):
        reader.render(DOG)


def test_a_row_without_an_answer_trains_nothing(folder: Path) -> None:
    assert Renderer(folder).render(DOG[:1]) == []
