"""What one row says, token by token, with the real tokenizer and no model."""

from __future__ import annotations

from pathlib import Path

import pytest
from tokenizers import Tokenizer

from lab import catalog
from lab.engine.names import Wanted
from lab.engine.rows import Ask, Ended, Event, Piece, Row
from lab.records import Decoding

END = 2


@pytest.fixture(scope="module")
def tokenizer(models: Path) -> Tokenizer:
    return Tokenizer.from_file(str(catalog.ensure(catalog.BUNDLED, models) / "tokenizer.json"))


def written(tokenizer: Tokenizer, text: str, decoding: Decoding, *, end: bool = True) -> tuple[list[str], Ended, Row]:
    """Feed the tokens of ``text`` until the row ends: its pieces and how it ended."""
    events: list[Event] = []
    row = Row(Ask(Wanted("base", "b"), (), decoding, events.append), [1], tokenizer, frozenset({END}), 1000)
    for token in [*tokenizer.encode(text, add_special_tokens=False).ids, *([END] if end else [])]:
        row.accept(token)
        if row.reason:
            break
    ended = events[-1]
    assert isinstance(ended, Ended)
    return [event.text for event in events if isinstance(event, Piece)], ended, row


@pytest.mark.parametrize("text", ["Paris.", "老二叫Mike，今年10岁。", "🦊🦊 naïve", "a  b\n\n c", " leading"])
def test_pieces_join_to_the_text_and_never_show_half_a_character(tokenizer: Tokenizer, text: str) -> None:
    pieces, ended, _ = written(tokenizer, text, Decoding(max_tokens=200))
    assert "".join(pieces) == text
    assert not any("\ufffd" in piece for piece in pieces)
    assert ended.reason == "stop"


@pytest.mark.parametrize("limit", range(1, 12))
def test_an_answer_that_ends_within_a_character_is_cut_before_it(tokenizer: Tokenizer, limit: int) -> None:
    pieces, ended, row = written(tokenizer, "青石湖🦊在这里。", Decoding(max_tokens=limit))
    assert "青石湖🦊在这里。".startswith("".join(pieces)) and len(row.tokens) == ended.tokens == limit


@pytest.mark.parametrize(
    ("stop", "said"),
    [
        (("Paris",), "The capital of France is "),
        (("pital of Fr",), "The ca"),
        (("of", "capital"), "The "),
        (("Berlin",), "The capital of France is Paris."),
        (("Paris. And",), "The capital of France is Paris."),
    ],
)
def test_stop_strings_end_the_text_before_them_wherever_tokens_break(
    tokenizer: Tokenizer, stop: tuple[str, ...], said: str
) -> None:
    pieces, ended, _ = written(tokenizer, "The capital of France is Paris.", Decoding(max_tokens=99, stop=stop))
    assert "".join(pieces) == said
    assert ended.reason == "stop"


def test_limits_hold_in_both_directions(tokenizer: Tokenizer) -> None:
    pieces, ended, _ = written(tokenizer, "one two three four five", Decoding(max_tokens=3))
    assert (len("".join(pieces).split()), ended.reason, ended.tokens) == (3, "length", 3)
    text = "stop stop stop go stop"
    pieces, ended, _ = written(tokenizer, text, Decoding(max_tokens=99, min_tokens=3, stop=("stop",)))
    assert "".join(pieces) == "stop stop stop go "
    _, _, row = written(tokenizer, "a b c", Decoding(max_tokens=2, min_tokens=2), end=False)
    assert row.reason == "length"


def test_a_cancelled_row_keeps_what_it_wrote(tokenizer: Tokenizer) -> None:
    events: list[Event] = []
    row = Row(Ask(Wanted("base", "b"), (), Decoding(), events.append), [1], tokenizer, frozenset({END}), 1000)
    row.end("cancelled")
    assert events[-1] == Ended("cancelled", 0, events[-1].seconds, None)  # type: ignore[union-attr]
    row = Row(Ask(Wanted("base", "b"), (), Decoding(stop=("Paris!",)), events.append), [1], tokenizer, frozenset(), 9)
    for token in tokenizer.encode("In Paris", add_special_tokens=False).ids:
        row.accept(token)
    row.end("cancelled")
    said = [event.text for event in events if isinstance(event, Piece)]
    assert "".join(said) == "In Paris"
