"""One conversation → token ids, labels and spans, with ``tokenizers`` and sandboxed Jinja only.

Knows: the model's chat template and tokenizer files, and which tokens carry loss: those of assistant turns,
end-of-turn mark included. Preview, lengths, training and perplexity all call this, so what is shown is what
is trained. Must not know torch or transformers. Source of the template rules: the Hugging Face chat template
format (``chat_template.jinja`` or ``chat_template`` in ``tokenizer_config.json``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Tokenizer

from lab.errors import ModelError
from lab.records import Message
from lab.workspace import read_json

IGNORED = -100
"""Label of a token that carries no loss (the convention of torch's cross entropy)."""


@dataclass(frozen=True)
class Rendered:
    """One training or scoring sequence."""

    text: str
    ids: tuple[int, ...]
    labels: tuple[int, ...]
    """As ``ids``, with ``IGNORED`` where there is no loss. Same length."""
    offsets: tuple[tuple[int, int], ...]
    """Where each token lies in ``text``, in characters."""
    spans: tuple[tuple[int, int], ...]
    """The character ranges of ``text`` that carry loss."""


class Renderer:
    """The chat template and tokenizer of one model folder."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self._variables = _template_variables(folder)
        self._template = _environment().from_string(_template_source(folder))

    def text(self, messages: tuple[Message, ...] | list[Message], *, prompt: bool = False) -> str:
        """The conversation as the model reads it; with ``prompt``, up to where the assistant begins to write."""
        turns = [{"role": m.role, "content": m.content} for m in messages]
        return str(self._template.render(messages=turns, add_generation_prompt=prompt, **self._variables))

    def prompt_ids(self, messages: tuple[Message, ...] | list[Message]) -> list[int]:
        """Token ids of the prompt that asks for the next assistant turn."""
        return list(self.tokenizer.encode(self.text(messages, prompt=True), add_special_tokens=False).ids)

    def render(self, messages: tuple[Message, ...] | list[Message]) -> list[Rendered]:
        """Sequences that train every assistant turn.

        One sequence where the template only ever appends; else one a turn, each ending with that turn.
        Empty when there is no assistant turn.
        """
        turns = [index for index, message in enumerate(messages) if message.role == "assistant"]
        if not turns:
            return []
        whole = self.text(messages[: turns[-1] + 1])
        spans = [self._span(messages, index) for index in turns]
        if all(whole.startswith(self.text(messages[: index + 1])) for index in turns):
            return [self._sequence(whole, tuple(spans))]
        return [
            self._sequence(self.text(messages[: index + 1]), (span,)) for index, span in zip(turns, spans, strict=True)
        ]

    def _span(self, messages: tuple[Message, ...] | list[Message], index: int) -> tuple[int, int]:
        """Characters of the assistant turn ``index``: text and end-of-turn mark, without the line break after."""
        before = self.text(messages[:index], prompt=True)
        through = self.text(messages[: index + 1])
        if not through.startswith(before):
            # Templates that write something else for a past turn than for the prompt: find the content itself.
            start = through.rindex(messages[index].content.strip())
            return start, len(through.rstrip("\n"))
        return len(before), max(len(before), len(through.rstrip("\n")))

    def _sequence(self, text: str, spans: tuple[tuple[int, int], ...]) -> Rendered:
        encoded = self.tokenizer.encode(text, add_special_tokens=False)
        ids = tuple(encoded.ids)
        offsets = tuple((int(a), int(b)) for a, b in encoded.offsets)
        labels = tuple(
            token if any(start < end and a < end and b > start for a, b in spans) else IGNORED
            for token, (start, end) in zip(ids, offsets, strict=True)
        )
        return Rendered(text, ids, labels, offsets, spans)


@lru_cache(maxsize=8)
def renderer(folder: Path) -> Renderer:
    """The renderer of a model folder, read once."""
    return Renderer(folder)


def _environment() -> ImmutableSandboxedEnvironment:
    """As transformers renders templates: same trimming, same filters, same functions."""
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])

    def tojson(value: Any, ensure_ascii: bool = False, indent: int | None = None) -> str:
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)

    def raise_exception(message: str) -> None:
        raise ModelError("models.template_refused", reason=message)

    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = raise_exception
    environment.globals["strftime_now"] = lambda pattern: datetime.now().strftime(pattern)
    return environment


def _template_source(folder: Path) -> str:
    path = folder / "chat_template.jinja"
    if path.is_file():
        return path.read_text("utf-8")
    template = (read_json(folder / "tokenizer_config.json") or {}).get("chat_template")
    if isinstance(template, list):
        template = next((entry["template"] for entry in template if entry["name"] == "default"), None)
    if not template:
        raise ModelError("models.no_template", folder=str(folder))
    return str(template)


def _template_variables(folder: Path) -> dict[str, Any]:
    """The special tokens a template may name."""
    config = read_json(folder / "tokenizer_config.json") or {}
    names = ("bos_token", "eos_token", "unk_token", "pad_token")
    values = {name: config.get(name) for name in names if config.get(name)}
    return {name: value["content"] if isinstance(value, dict) else value for name, value in values.items()}
