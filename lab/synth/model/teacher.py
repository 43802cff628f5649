"""A model writes question and answer and quotes its evidence; what it did not quote from the text is refused.

Knows: how a section is asked about, and how a quote becomes the document's own text before any gate sees it. Must
not know who answers, nor which documents there are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lab import words
from lab.likeness import folded, likeness
from lab.records import Decoding, Message
from lab.synth import gates
from lab.synth.model.lines import Item, items
from lab.synth.model.phrase import SAME_WORDING, Ask, is_about, recovered
from lab.synth.model.quoting import exactly, holds, located, sentence_with
from lab.synth.outcomes import Outcome, Said
from lab.synth.pairs import Pair, Rejected
from lab.synth.plans import Piece, SynthPlan

ITEM_TOKENS = 110
"""Tokens one item may take; a small model that repeats itself is cut off soon."""


def ask_piece(piece: Piece, index: int, text: str, plan: SynthPlan, ask: Ask) -> Outcome:
    """The pairs a model writes about one piece. What cannot be read at all is asked for once more, without chance."""
    prompt = prompt_of(piece, text)
    longest = min(plan.max_tokens, ITEM_TOKENS * (piece.quota + 1))
    decoding = Decoding(plan.temperature, max_tokens=longest, seed=plan.seed)
    reply = ask(prompt, decoding)
    said, found = [Said("items", reply.text, reply.seconds, reply.tokens)], items(reply.text)
    if not found and plan.temperature > 0:
        reply = ask(prompt, replace(decoding, temperature=0.0))
        said.append(Said("again", reply.text, reply.seconds, reply.tokens))
        found = items(reply.text)
    kept: list[Pair] = []
    rejected: list[Rejected] = []
    for item in found[: 2 * piece.quota]:
        pair, code = grounded(item, piece, text, kept)
        if not code and plan.verify:
            same, heard = recovered(pair, text[piece.start : piece.end], ask)
            said.append(heard)
            code = "" if same else "not_recovered"
        if code:
            rejected.append(Rejected(pair, code))
        elif len(kept) < piece.quota:
            kept.append(pair)
        else:
            rejected.append(Rejected(pair, "over_quota"))
    state = "done" if found else "not_parsed"
    made = Outcome(piece.id, index, piece.document, piece.section, state, tuple(kept), tuple(rejected), tuple(said))
    return replace(made, seconds=sum(one.seconds for one in said))


def grounded(item: Item, piece: Piece, text: str, kept: list[Pair]) -> tuple[Pair, str]:
    """The item as a pair about the document's own text, and why it cannot be used (empty if it can)."""
    place = _place(item, piece, text)
    start, end = place or (piece.start, piece.start)
    answer, at = item.answer, -1
    if place:
        own = exactly(answer, text, start, end) if answer else place
        answer, at = (text[slice(*own)], own[0]) if own else (answer, -1)
    pair = Pair(
        question=item.question,
        answer=answer or item.evidence,
        evidence=text[start:end] if place else item.evidence,
        start=start,
        end=end,
        rule="teacher",
        language=piece.language,
        section=piece.section,
        document=piece.document,
        at=at,
    )
    if not place:
        return pair, "quote_not_found"
    pair = _same_fact(pair, kept)
    code = gates.reason(pair, text) or _said_before(pair, kept)
    if not code and holds(pair.question, pair.answer):
        code = "answer_in_question"
    return pair, code or ("" if is_about(pair) else "off_topic")


def _place(item: Item, piece: Piece, text: str) -> tuple[int, int] | None:
    """Where the evidence stands; without any, the one sentence that holds the answer."""
    if item.evidence:
        return located(item.evidence, text, piece.start, piece.end)
    return sentence_with(item.answer, text, piece.start, piece.end)


def _same_fact(pair: Pair, kept: list[Pair]) -> Pair:
    """The pair with the evidence of an earlier one that gives the same answer at the same place: one fact."""
    for other in kept:
        if folded(other.answer) == folded(pair.answer) and other.start < pair.end and pair.start < other.end:
            same: dict[str, Any] = {
                "answer": other.answer,
                "start": other.start,
                "end": other.end,
                "evidence": other.evidence,
            }
            return replace(pair, **same, at=other.at)
    return pair


def _said_before(pair: Pair, kept: list[Pair]) -> str:
    for other in kept:
        if other.fact == pair.fact and likeness(other.question, pair.question) >= SAME_WORDING:
            return "duplicate"
        if folded(other.question) == folded(pair.question):
            return "question_twice"
    return ""


def prompt_of(piece: Piece, text: str) -> tuple[Message, ...]:
    """Asks for the piece's quota of items, after an example; the headings say what the passage is about."""
    language = piece.language
    about = " › ".join(piece.path) or piece.document
    passage = text[piece.start : piece.end].strip()
    asked = words.say("synth_model.teacher_ask", language, heading=about, passage=passage, count=piece.quota)
    return (
        Message("system", words.say("synth_model.teacher_system", language)),
        Message("user", words.say("synth_model.teacher_example", language)),
        Message("assistant", words.say("synth_model.teacher_example_reply", language)),
        Message("user", asked),
    )
