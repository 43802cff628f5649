"""Ids by the model's own library, for the models whose ids ``lab.rendering`` was found not to give.

Knows: ``lab.rendering`` and transformers; runs in processes that have it (engine, training). A verdict beside the
model (``lab.rendering.agrees``) says which of the two renders. Must not know weights or HTTP.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from transformers import AutoTokenizer

from lab.errors import ModelError
from lab.records import Message
from lab.rendering import Rendered, Renderer, Tools, agrees, as_template_reads


class ReferenceRenderer(Renderer):
    """A renderer whose text and ids are made by the model's own library."""

    def __init__(self, folder: Path) -> None:
        self._theirs = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
        self.tokenizer = self._theirs.backend_tokenizer

    def text(self, messages: Sequence[Message], *, prompt: bool = False, tools: Tools = ()) -> str:
        """As of ``Renderer``."""
        try:
            made = self._theirs.apply_chat_template(
                as_template_reads(messages), tools=list(tools) or None, add_generation_prompt=prompt, tokenize=False
            )
        except Exception as error:  # whatever a template ends with is its refusal, told as one
            raise ModelError("models.template_refused", reason=str(error) or type(error).__name__) from None
        return str(made)

    def encoded(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """As of ``Renderer``."""
        made = self._theirs(text, add_special_tokens=False, return_offsets_mapping=True)
        return list(made["input_ids"]), [(int(start), int(end)) for start, end in made["offset_mapping"]]


@lru_cache(maxsize=4)
def renderer_for(folder: Path) -> Renderer:
    """What renders for the model in ``folder``: the lab itself, unless its ids were found to differ."""
    return ReferenceRenderer(folder) if agrees(folder) is False else Renderer(folder)


def rendered(folder: Path, messages: Sequence[Message], tools: Tools) -> list[Rendered]:
    """The training sequences of a conversation."""
    return renderer_for(folder).render(messages, tools)
