"""A model words the question, rules have fixed the answer: the model is never the source of a fact.

Knows: how it is asked, and what its question must still pass: the gates, being about the passage at all, and, if
wanted, that the model finds the same answer again when it is asked its own question. Must not know who answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from lab import words
from lab.engine.provider import Reply
from lab.likeness import folded, likeness
from lab.records import Decoding, Message
from lab.synth import gates
from lab.synth.model.lines import single_question, unquoted
from lab.synth.model.quoting import holds
from lab.synth.outcomes import Outcome, Said
from lab.synth.pairs import Pair, Rejected
from lab.synth.plans import Piece, SynthPlan

Ask = Callable[[tuple[Message, ...], Decoding], Reply]
"""A provider bound to a way of waiting."""

SAME_WORDING = 0.8
"""Likeness from which two questions about one answer are one question."""
ANSWER_TOKENS = 96
_HAN_PAIR = re.compile(r"(?=([\u3400-\u9fff]{2}))")
_EMPTY_ZH = {"什么", "多少", "哪里", "怎么", "如何", "哪些", "是什", "为什", "的是", "是多", "请问", "么时", "时候"}
_EMPTY_EN = {
    "what",
    "which",
    "when",
    "where",
    "does",
    "that",
    "this",
    "with",
    "many",
    "much",
    "have",
    "from",
    "according",
    "passage",
    "text",
    "would",
    "could",
    "about",
}


def ask_piece(piece: Piece, index: int, text: str, plan: SynthPlan, ask: Ask) -> Outcome:
    """What comes of asking for one wording of the question to the piece's answer."""
    pair = piece.pair
    if pair is None:
        raise ValueError("a piece of phrase has a pair")
    reply = ask(question_prompt(piece, text), Decoding(plan.temperature, max_tokens=ANSWER_TOKENS, seed=plan.seed))
    said = [Said("question", reply.text, reply.seconds, reply.tokens)]
    question = single_question(reply.text)
    made = Outcome(piece.id, index, piece.document, piece.section, seconds=reply.seconds)
    if not question:
        return replace(made, state="not_parsed", said=tuple(said))
    worded = replace(pair, question=question, rule="phrase")
    code = refusal(worded, pair, text)
    if not code and plan.verify:
        check = recovered(worded, text[piece.start : piece.end], ask)
        said.append(check[1])
        code = "" if check[0] else "not_recovered"
    rejected = (Rejected(worded, code),) if code else ()
    seconds = sum(one.seconds for one in said)
    return replace(made, pairs=() if code else (worded,), rejected=rejected, said=tuple(said), seconds=seconds)


def refusal(worded: Pair, pair: Pair, text: str) -> str:
    """The reason a model's question cannot stand for the rules' own; empty if it can."""
    code = gates.reason(worded, text)
    if code:
        return code
    if folded(worded.question) == folded(pair.question) or likeness(worded.question, pair.question) >= SAME_WORDING:
        return "duplicate"
    return "" if is_about(worded) else "off_topic"


def is_about(pair: Pair) -> bool:
    """Whether the question shares a word of substance with the evidence or the headings, its answer aside."""
    around = f"{pair.section} {pair.evidence}"
    if pair.language == "zh":
        asked = set(_HAN_PAIR.findall(pair.question)) - _EMPTY_ZH
        return bool(asked & set(_HAN_PAIR.findall(around))) or bool(_latin(pair.question) & _latin(around))
    return bool(_latin(pair.question) & _latin(around))


def _latin(text: str) -> set[str]:
    found = re.findall(r"[a-z0-9][a-z0-9'’-]{2,}", text.casefold())
    return {word[:5] for word in found if word not in _EMPTY_EN}


def recovered(pair: Pair, passage: str, ask: Ask) -> tuple[bool, Said]:
    """Whether the model, asked the question with the passage before it, gives the answer; and what it said."""
    reply = ask(answer_prompt(pair.question, passage, pair.language), Decoding(max_tokens=ANSWER_TOKENS))
    answer, told = folded(pair.answer), folded(unquoted(reply.text))
    whole = answer in told and (len(answer) > 4 or holds(reply.text, pair.answer))
    same = bool(told) and (whole or (told in answer and 2 * len(told) >= len(answer)))
    return same, Said("answer", reply.text, reply.seconds, reply.tokens)


def question_prompt(piece: Piece, text: str) -> tuple[Message, ...]:
    """Asks for one question to the answer the rules fixed, after an example."""
    language = piece.language
    passage, answer = text[piece.start : piece.end].strip(), piece.pair.answer if piece.pair else ""
    return (
        Message("system", words.say("synth_model.phrase_system", language)),
        Message("user", words.say("synth_model.phrase_example", language)),
        Message("assistant", words.say("synth_model.phrase_example_reply", language)),
        Message("user", words.say("synth_model.phrase_ask", language, passage=passage, answer=answer)),
    )


def answer_prompt(question: str, passage: str, language: str) -> tuple[Message, ...]:
    """Asks the question with the passage before it."""
    asked = words.say("synth_model.answer_ask", language, passage=passage.strip(), question=question)
    return (Message("system", words.say("synth_model.answer_system", language)), Message("user", asked))
