"""Repairs that a person can ask for: each a pure function from a row to a row, or to none.

Knows: which problem each repair solves, and how to show it before it is made. A repair makes a new row (``edited``)
or leaves one out; what it leaves out is told. Must not know files or where rows are kept.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lab import words
from lab.errors import UsageError
from lab.ingest.rules import signs
from lab.ingest.rules.oddities import row_problems
from lab.ingest.rules.watch import Conflicts, CutAnswers, Duplicates
from lab.records import Message, Problem, Row

Given = Mapping[str, str]
"""What a person gives with a repair: ``{placeholder: text}``, or ``{file: system prompt}``."""
Change = Callable[[Row], Row | None]
"""Row in, row out; the very same row where nothing is to be done, ``None`` to leave it out."""


@dataclass(frozen=True)
class Fix:
    """One repair."""

    code: str
    solves: tuple[str, ...]
    """Codes of the problems it takes away."""
    start: Callable[[Given], Change]
    """A fresh change for one walk over the rows, in order."""
    drops: bool = False
    """Whether it leaves rows out instead of changing them."""
    asks: bool = False
    """Whether it needs something of the person (``Given``)."""
    while_reading: bool = False
    """Made while the file is read, for it needs more than a row holds; as a change it does nothing."""

    @property
    def about(self) -> str:
        """Words key: what it does."""
        return f"data_rules.fix_{self.code}"


@dataclass(frozen=True)
class Chosen:
    """A repair as a person asked for it."""

    code: str
    given: Given


def parse(text: str) -> Chosen:
    """A repair written ``code`` or ``code=name=text,name=text``; one text without a name is for every placeholder.

    Raises ``UsageError`` for a code that does not exist, or where something needed is not given.
    """
    code, _, rest = text.partition("=")
    code = code.strip()
    if code not in FIXES:
        raise UsageError("data.bad_fix", value=text, allowed=", ".join(FIXES))
    given: dict[str, str] = {}
    # A comma parts two placeholders only where another name follows it: “Acme, Inc.” is one text.
    for part in re.split(r",(?=[^,=]+=)", rest) if "=" in rest else [rest] if rest else []:
        name, mark, value = part.partition("=")
        given[name.strip() if mark else ""] = value if mark else name
    if code == "fill_placeholders" and not given:
        raise UsageError("data_rules.fix_needs_value", fix=code)
    return Chosen(code, given)


def apply(
    rows: Iterable[Row], fixes: Sequence[Chosen | str], told: Callable[[Problem], None] | None = None
) -> Iterator[Row]:
    """The rows with the repairs made, one after another in the order given.

    A changed row has the status ``edited`` and keeps its id. ``drop_cut_answers`` holds all rows at once, for it must
    know them all; every other repair passes them on one by one. Each row left out, and each row changed, is told as a
    problem of severity ``info`` with its place.
    """
    chosen = [parse(fix) if isinstance(fix, str) else fix for fix in fixes]
    changes = [(fix.code, FIXES[fix.code].start(fix.given)) for fix in chosen]
    if any(fix.code == "drop_cut_answers" for fix in chosen):
        rows = list(rows)
        changes = [(code, _cut_dropper(rows) if code == "drop_cut_answers" else change) for code, change in changes]
    for row in rows:
        after: Row | None = row
        for code, change in changes:
            before = after
            after = change(before) if before else None
            if told and before is not after and before:
                outcome = "row_changed" if after else "row_left_out"
                told(Problem(row.line, outcome, "info", row.file, {"fix": code}))
            if after is None:
                break
        if after is not None:
            yield after if after is row else replace(after, status="edited")


def preview(rows: Iterable[Row], fix: Chosen | str, limit: int = 5) -> list[tuple[Row, Row | None]]:
    """The first rows that the repair would touch, each before and after (``None``: left out). Changes nothing."""
    chosen = parse(fix) if isinstance(fix, str) else fix
    if chosen.code == "drop_cut_answers":
        rows = list(rows)
        change = _cut_dropper(rows)
    else:
        change = FIXES[chosen.code].start(chosen.given)
    found: list[tuple[Row, Row | None]] = []
    for row in rows:
        after = change(row)
        if after is not row:
            found.append((row, after and replace(after, status="edited")))
            if len(found) >= limit:
                break
    return found


def placeholders(rows: Iterable[Row]) -> dict[str, int]:
    """Each unfilled placeholder and in how many rows it stands: what ``fill_placeholders`` can be given."""
    counts: dict[str, int] = {}
    for row in rows:
        for found in {match.group() for m in row.messages for match in signs.PLACEHOLDER.finditer(m.content)}:
            counts[found] = counts.get(found, 0) + 1
    return counts


def _texts(change: Callable[[str], str]) -> Callable[[Given], Change]:
    """A change of every turn's text but those of tools. A row that would have an empty turn is left as it is."""

    def made(row: Row) -> Row:
        turns = tuple(_turn(message, change) for message in row.messages)
        emptied = any(
            not new.content.strip() and old.content.strip() for new, old in zip(turns, row.messages, strict=True)
        )
        return row if turns == row.messages or emptied else replace(row, messages=turns)

    return lambda given: made


def _turn(message: Message, change: Callable[[str], str]) -> Message:
    text = message.content if message.role == "tool" else change(message.content)
    return message if text == message.content else replace(message, content=text)


def _dropper(*codes: str) -> Callable[[Given], Change]:
    """Leaves out the rows that a rule over one row speaks of."""

    def made(row: Row) -> Row | None:
        return None if any(problem.code in codes for problem in row_problems(row)) else row

    return lambda given: made


def _set_dropper(rule: type[Duplicates] | type[Conflicts]) -> Callable[[Given], Change]:
    """Leaves out the rows that a rule over many speaks of: the later ones."""

    def start(given: Given) -> Change:
        watch = rule()
        return lambda row: None if list(watch.see(row)) else row

    return start


def _cut_dropper(rows: Iterable[Row]) -> Change:
    """Whether long answers were cut shows beside all others only, so the rows are walked before."""
    watch = CutAnswers()
    for row in rows:
        list(watch.see(row))
    cut = {(problem.file, problem.line) for problem in watch.end()}
    plain = _dropper("cut_answer")({})
    return lambda row: None if (row.file, row.line) in cut else plain(row)


def _fill(given: Given) -> Change:
    """Puts what was given in the place of placeholders; those without a text stay."""

    def text_of(match: re.Match[str]) -> str:
        return given.get(
            match.group(), given.get(match.group().strip("{}[]<>【】（）() "), given.get("", match.group()))
        )

    return _texts(lambda text: signs.PLACEHOLDER.sub(text_of, text))(given)


def _without_marks(text: str) -> str:
    """The text without control tokens and without the marks of other prompt formats."""
    if not signs.CONTROL.search(text) and not signs.template_of(text):
        return text
    for _, pattern in signs.TEMPLATES:
        if pattern.search(text) and pattern.pattern.startswith(("^#", "^(?:Human")):
            text = pattern.sub("", text)
    text = re.sub(r"<\|im_start\|>(?:system|user|assistant)?\n?", "", text)
    text = re.sub(r"<\|start_header_id\|>\w*<\|end_header_id\|>\n*", "", text)
    text = re.sub(r"<start_of_turn>(?:user|model)?\n?", "", text)
    return signs.CONTROL.sub("", text).strip()


def _without_html(text: str) -> str:
    """Tags out, entities as characters, line breaks kept; what stands in code stays."""
    if not signs.HTML.search(signs.CODE.sub("", text)):
        return text
    parts, place = [], 0
    for code in signs.CODE.finditer(text):
        parts += [_plain(text[place : code.start()]), code.group()]
        place = code.end()
    return "".join([*parts, _plain(text[place:])]).strip()


def _plain(text: str) -> str:
    text = re.sub(r"<br\s*/?>|</p>|</div>|</tr>|</li>|</h[1-6]>", "\n", text, flags=re.IGNORECASE)
    text = re.sub(r"<li(?:\s[^<>]*)?>", "- ", text, flags=re.IGNORECASE)
    text = html.unescape(signs.TAG.sub("", text)).replace("\u00a0", " ")
    return re.sub(r"\n{3,}", "\n\n", text)


def _repaired(text: str) -> str:
    """UTF-8 that was read as Windows-1252, read again; the text itself where that is not certain."""
    if not signs.MOJIBAKE.search(text):
        return text
    try:
        again = b"".join(map(_byte, text)).decode("utf-8")
    except UnicodeError:
        return text
    return text if signs.MOJIBAKE.search(again) else again


def _byte(char: str) -> bytes:
    """The byte that Windows-1252 reads as ``char``; bytes it has no character for stay what they are."""
    try:
        return char.encode("cp1252")
    except UnicodeEncodeError:
        return char.encode("latin-1")


def _prompted(given: Given) -> Change:
    """Gives rows without a system prompt that of their file."""

    def made(row: Row) -> Row:
        prompt = given.get(row.file, given.get("", ""))
        if not prompt or row.messages[0].role == "system":
            return row
        return replace(row, messages=(Message("system", prompt), *row.messages))

    return made


def _same(given: Given) -> Change:
    return lambda row: row


FIXES: dict[str, Fix] = {
    fix.code: fix
    for fix in (
        Fix("strip_spaces", ("outer_spaces",), _texts(str.strip)),
        Fix("remove_control_tokens", ("control_tokens", "foreign_template"), _texts(_without_marks)),
        Fix("fill_placeholders", ("placeholder",), _fill, asks=True),
        Fix("drop_placeholders", ("placeholder",), _dropper("placeholder"), drops=True),
        Fix("drop_duplicates", ("duplicate",), _set_dropper(Duplicates), drops=True),
        Fix("keep_first_answer", ("conflicting_answers",), _set_dropper(Conflicts), drops=True),
        Fix("drop_refusals", ("refusal",), _dropper("refusal"), drops=True),
        Fix("drop_loops", ("loop",), _dropper("loop"), drops=True),
        Fix("drop_cut_answers", ("cut_answer", "cut_answer_long"), _dropper("cut_answer"), drops=True),
        Fix("drop_repeats", ("answer_repeats_question",), _dropper("answer_repeats_question"), drops=True),
        Fix("repair_mojibake", ("mojibake",), _texts(_repaired)),
        Fix("remove_html", ("html_left",), _texts(_without_html)),
        Fix("drop_other_language", ("other_language",), _dropper("other_language"), drops=True),
        Fix("system_as_prompt", ("system_only",), _prompted),
        Fix("system_as_document", ("system_only",), _same, while_reading=True),
        Fix("use_chosen", ("preference_pairs",), _same, while_reading=True),
        Fix("recognise_text", ("pdf_scanned_ocr",), _same, while_reading=True),
    )
}
"""Every repair by its code."""


def table(language: str) -> list[dict[str, str]]:
    """The repairs for a person: ``code``, ``solves`` and ``about``."""
    return [
        {"code": fix.code, "solves": ", ".join(fix.solves), "about": words.say(fix.about, language)}
        for fix in FIXES.values()
    ]
