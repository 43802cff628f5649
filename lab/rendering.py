"""One conversation → token ids, labels and spans, with ``tokenizers`` and sandboxed Jinja only.

Knows: the model's chat template and tokenizer files, and which tokens carry loss: those of assistant turns,
end-of-turn mark included. Preview, lengths, training and perplexity all call this, so what is shown is what
is trained. Must not know torch or transformers. Source of the template rules: the Hugging Face chat template
format (``chat_template.jinja`` or ``chat_template`` in ``tokenizer_config.json``).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Template, TemplateError, nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Tokenizer

from lab.errors import ModelError
from lab.records import Message, ToolCall
from lab.workspace import read_json

IGNORED = -100
"""Label of a token that carries no loss (the convention of torch's cross entropy)."""
VERDICT = "rendering.json"
"""Beside a fetched model: whether its ids were those of its own tokenizer library (``agrees``)."""
Tools = Sequence[dict[str, Any]]
_SPECIAL = ("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token")
_REFUSALS = (TemplateError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What a template ends with that was not written for the conversation it gets."""


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


@dataclass(frozen=True)
class Piece:
    """One token as a person sees it."""

    text: str
    """Its characters; empty for a token that is the rest of a character begun before it."""
    id: int
    trained: bool
    """Whether it carries loss."""


def pieces(rendered: Rendered) -> list[Piece]:
    """The tokens of a sequence in order, joined their texts are its text."""
    found: list[Piece] = []
    shown = 0
    for token, label, (_, end) in zip(rendered.ids, rendered.labels, rendered.offsets, strict=True):
        found.append(Piece(rendered.text[shown : max(shown, end)], token, label != IGNORED))
        shown = max(shown, end)
    return found


class Renderer:
    """The chat template and tokenizer of one model folder."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self._variables = _template_variables(folder)
        sources = _template_sources(folder)
        self._template = _compiled(sources["default"])
        self._with_tools = _compiled(sources["tool_use"]) if "tool_use" in sources else self._template

    def text(self, messages: Sequence[Message], *, prompt: bool = False, tools: Tools = ()) -> str:
        """The conversation as the model reads it; with ``prompt``, up to where the assistant begins to write.

        Raises ``ModelError`` where the template refuses the conversation.
        """
        template = self._with_tools if tools else self._template
        given = {"tools": list(tools) or None, "documents": None, **self._variables}
        try:
            return template.render(messages=as_template_reads(messages), add_generation_prompt=prompt, **given)
        except _REFUSALS as error:
            raise ModelError("models.template_refused", reason=str(error) or type(error).__name__) from None

    def prompt_ids(self, messages: Sequence[Message], tools: Tools = ()) -> list[int]:
        """Token ids of the prompt that asks for the next assistant turn."""
        return self.encoded(self.text(messages, prompt=True, tools=tools))[0]

    def encoded(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Ids of ``text`` as it stands, and where each lies in it."""
        encoded = self.tokenizer.encode(text, add_special_tokens=False)
        return list(encoded.ids), [(int(start), int(end)) for start, end in encoded.offsets]

    def render(self, messages: Sequence[Message], tools: Tools = ()) -> list[Rendered]:
        """Sequences that train every assistant turn that is to be trained.

        One sequence where the template only ever appends; else one a turn, each ending with that turn.
        Empty when there is no such turn. Raises ``ModelError`` where the template refuses the conversation, and
        where it would leave out the tools, the calls or the tools' answers: a model would learn a call it never
        sees.
        """
        turns = [at for at, message in enumerate(messages) if message.role == "assistant" and message.trained]
        if not turns:
            return []
        if self.leaves_out(messages, tools):
            raise ModelError("models.template_without_tools")
        whole = self.text(messages[: turns[-1] + 1], tools=tools)
        spans = [self._span(messages, index, tools) for index in turns]
        if all(whole.startswith(self.text(messages[: index + 1], tools=tools)) for index in turns):
            return [self._sequence(whole, tuple(spans))]
        parts = zip(turns, spans, strict=True)
        return [self._sequence(self.text(messages[: index + 1], tools=tools), (span,)) for index, span in parts]

    def leaves_out(self, messages: Sequence[Message], tools: Tools = ()) -> frozenset[str]:
        """What of the conversation the template never writes: ``tools``, ``calls``, ``answers``; mostly nothing."""
        needed = {"tools"} if tools else set()
        needed |= {"calls" for message in messages if message.calls}
        needed |= {"answers" for message in messages if message.role == "tool"}
        return frozenset(needed - self._writes) if needed else frozenset()

    @cached_property
    def _writes(self) -> frozenset[str]:
        """Which of tools, calls and answers the template writes, tried on a small conversation."""
        call = ToolCall("probe_called", '{"probe_key": "probe_value"}', "probe0001")
        asked, called = Message("user", "?"), Message("assistant", "", (call,))
        answered = Message("tool", "probe_answered", name="probe_called", call="probe0001")
        function = {"name": "probe_offered", "description": "", "parameters": {"type": "object", "properties": {}}}
        tries = {
            "tools": ((asked,), ("probe_offered",)),
            "calls": ((asked, called, answered, Message("assistant", "!")), ("probe_called", "probe_value")),
            "answers": ((asked, called, answered, Message("assistant", "!")), ("probe_answered",)),
        }
        found = set()
        for name, (messages, marks) in tries.items():
            try:
                text = self.text(messages, tools=[{"type": "function", "function": function}])
            except ModelError:
                continue
            if all(mark in text for mark in marks):
                found.add(name)
        return frozenset(found)

    def _span(self, messages: Sequence[Message], index: int, tools: Tools) -> tuple[int, int]:
        """Characters of the assistant turn ``index``: text and end-of-turn mark, without the line break after."""
        before = self.text(messages[:index], prompt=True, tools=tools)
        through = self.text(messages[: index + 1], tools=tools)
        start, end = len(before), len(through.rstrip("\n"))
        if not through.startswith(before):
            start = self._begin(messages[index], before, through)
        return start, max(start, end)

    @staticmethod
    def _begin(message: Message, before: str, through: str) -> int:
        """Where a turn begins in a template that writes something else for a past turn than for the prompt."""
        pairs = zip(before, through, strict=False)
        same = next((at for at, (one, other) in enumerate(pairs) if one != other), min(len(before), len(through)))
        content = message.content.strip()
        place = through.find(content, max(0, same - len(content) + 1)) if content else -1
        # Between the last character that both have and the content stands what the template adds of its own; a
        # call before the content is the model's to write, so only a turn without calls begins at its content.
        return place if place >= 0 and not message.calls else same

    def _sequence(self, text: str, spans: tuple[tuple[int, int], ...]) -> Rendered:
        ids, offsets = self.encoded(text)
        labels = tuple(
            token if any(start < end and a < end and b > start for a, b in spans) else IGNORED
            for token, (start, end) in zip(ids, offsets, strict=True)
        )
        return Rendered(text, tuple(ids), labels, tuple(offsets), spans)


@lru_cache(maxsize=8)
def renderer(folder: Path) -> Renderer:
    """The renderer of a model folder, read once."""
    return Renderer(folder)


def agrees(folder: Path) -> bool | None:
    """Whether the ids made here were those of the model's own library when it was fetched; ``None``: not compared.

    Where they were not, only a process with that library renders for the model (``lab.engine.reference``).
    """
    found = (read_json(folder / VERDICT) or {}).get("agrees")
    return found if isinstance(found, bool) else None


def as_template_reads(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The messages as chat templates expect them: plain dicts, arguments of calls as objects."""
    return [_as_template_reads(message) for message in messages]


def _as_template_reads(message: Message) -> dict[str, Any]:
    made: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.calls:
        made["tool_calls"] = [_call(call) for call in message.calls]
    if message.role == "tool":
        named = {"name": message.name, "tool_call_id": message.call}
        made |= {name: value for name, value in named.items() if value}
    return made


def _call(call: ToolCall) -> dict[str, Any]:
    made: dict[str, Any] = {"id": call.id} if call.id else {}
    function = {"name": call.name, "arguments": json.loads(call.arguments)}
    return {**made, "type": "function", "function": function}


class _Generation(Extension):
    """``{% generation %}`` marks the assistant's part for other tools; here its content stands as it is."""

    tags = {"generation"}  # noqa: RUF012 (as Jinja declares it)

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    """As transformers renders templates: same trimming, same filters, same functions."""
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, loopcontrols]
    )

    def tojson(
        value: Any,
        ensure_ascii: bool = False,
        indent: int | None = None,
        separators: tuple[str, str] | None = None,
        sort_keys: bool = False,
    ) -> str:
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def raise_exception(message: str) -> None:
        raise TemplateError(message)

    environment.filters["tojson"] = tojson
    environment.globals["raise_exception"] = raise_exception
    environment.globals["strftime_now"] = lambda pattern: datetime.now().strftime(pattern)
    return environment


def _compiled(source: str) -> Template:
    try:
        return _environment().from_string(source)
    except _REFUSALS as error:
        raise ModelError("models.template_refused", reason=str(error) or type(error).__name__) from None


def _template_sources(folder: Path) -> dict[str, str]:
    """``default``, and ``tool_use`` where the model has a template of its own for tools."""
    named = {path.stem: path.read_text("utf-8") for path in folder.glob("additional_chat_templates/*.jinja")}
    path = folder / "chat_template.jinja"
    if path.is_file():
        return {**named, "default": path.read_text("utf-8")}
    template = (read_json(folder / "tokenizer_config.json") or {}).get("chat_template")
    if isinstance(template, list):
        named |= {str(entry["name"]): str(entry["template"]) for entry in template}
    elif template:
        named["default"] = str(template)
    if "default" not in named:
        raise ModelError("models.no_template", folder=str(folder))
    return named


def _template_variables(folder: Path) -> dict[str, Any]:
    """The special tokens a template may name."""
    config = read_json(folder / "tokenizer_config.json") or {}
    values = {name: config.get(name) for name in _SPECIAL if config.get(name)}
    return {name: value["content"] if isinstance(value, dict) else value for name, value in values.items()}
