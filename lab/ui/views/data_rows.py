"""Rows as a person reads, finds and changes them: as chats, as a table, as a form, as the model sees them.

Knows: rows and rendered pieces as HTML; a drawn button or form reports what was chosen (``page.js``). Must not know
gradio or where rows are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from lab import words
from lab.records import Message, Row, ToolCall
from lab.rendering import Piece
from lab.ui.present import badge, empty, tag, text

CHATS_A_PAGE = 6
ROWS_A_PAGE = 20
SPLITS = ("train", "validation", "test")
ROLES = ("system", "user", "assistant", "tool")
LONG = 2500
"""Characters of drawn turns from which they scroll in their place, also by keyboard."""
TICKED = "ticked-rows"
CLIPPED = 160
"""Characters of a turn shown in a table."""


@dataclass(frozen=True)
class Shown:
    """One page of rows, and what is open among them."""

    rows: Sequence[Row]
    language: str
    system: str = ""
    """The system prompt all rows share: said once above them."""
    may_edit: bool = False
    open: str = ""
    """Id of the row that is open."""
    inside: str = ""
    """What is drawn within the open row."""
    changed: frozenset[str] = frozenset()
    """Ids of rows with changes that are not saved yet."""
    gone: frozenset[str] = frozenset()
    """Ids of rows that are taken out, but not saved so yet."""
    writing: str = ""
    """The form of a new row, drawn above all others."""


def chats(shown: Shown) -> str:
    """The rows, each as the conversation it is, with its place, split and tags."""
    if not shown.rows and not shown.writing:
        return _nothing(shown.language)
    drawn = "".join(_article(row, shown) for row in shown.rows)
    return _shared_system(shown) + _writing(shown) + tag("div", drawn, class_="chats")


def table(shown: Shown) -> str:
    """The rows as lines of a table; with boxes to tick, where rows may be changed."""
    if not shown.rows and not shown.writing:
        return _nothing(shown.language)
    say = _say(shown.language)
    heads = ["", *(say(f"ui_data_rows.column_{name}") for name in ("question", "answer", "where"))]
    if not shown.may_edit:
        heads = heads[1:]
    head = tag("tr", "".join(tag("th", text(name), scope="col") for name in heads))
    body = "".join(_line(row, shown, len(heads)) for row in shown.rows)
    whole = tag("table", tag("thead", head) + tag("tbody", body), class_="plain row-table")
    drawn = _shared_system(shown) + _writing(shown) + tag("div", whole, class_="scroll")
    if not shown.may_edit:
        return drawn
    # The boxes belong to the form below by its id: a form around the table could not hold the form of an open row.
    return drawn + tag("form", _with_ticked(shown.language), data_form="ticked", id=TICKED)


def chat(row: Row, language: str, without_system: bool = False) -> str:
    """One conversation without anything to press, as in a preview."""
    turns = [m for m in row.messages if not (without_system and m.role == "system")]
    drawn = "".join(turn(m, language) for m in turns)
    said = tag("div", drawn, class_="turns", tabindex="0" if len(drawn) > LONG else None)
    return tag("article", tag("header", marks(row, language)) + said, class_="chat")


def marks(row: Row, language: str) -> str:
    """Split, status, tags and place of a row."""
    say = _say(language)
    drawn = badge(say(f"ui_data.split_{row.split}"), f"split-{row.split}") if row.split else ""
    if row.status != "ok" and words.has(f"ui_data_rows.status_{row.status}"):
        drawn += badge(say(f"ui_data_rows.status_{row.status}"))
    drawn += "".join(tag("span", text(words.tag_name(name, language)), class_="tag") for name in row.tags)
    place = f"{row.file}:{row.line}" if row.line else row.file
    return drawn + tag("span", text(place), class_="place")


def turn(message: Message, language: str) -> str:
    """One message, with who says it, the tools it calls, and a mark where it is not learned."""
    key = f"ui_data.role_{message.role}"
    who = tag("span", text(words.say(key, language) if words.has(key) else message.role), class_="who")
    said = tag("p", text(message.content)) if message.content or not message.calls else ""
    said += "".join(_call(call, language) for call in message.calls)
    if message.role == "assistant" and not message.trained:
        said += badge(words.say("ui_data_rows.not_trained", language))
    return tag("div", who + tag("div", said, class_="said"), class_=f"turn {message.role}")


def form(row: Row | None, language: str) -> str:
    """The turns, tags and split of a row as fields; of a new one where there is none."""
    say = _say(language)
    turns = row.messages if row else (Message("user", ""), Message("assistant", ""))
    fields = "".join(_turn_field(number, message, language) for number, message in enumerate(turns))
    more = tag("button", text(say("ui_data_rows.add_turn")), type="button", data_more=True, class_="quiet")
    tags = _field(say("ui_data_rows.tags"), f'<input name="tags" value="{text(", ".join(row.tags if row else ()))}">')
    splits = "".join(
        tag("option", text(say(f"ui_data.split_{split}")), value=split, selected=row is not None and row.split == split)
        for split in SPLITS
    )
    split = _field(say("ui_data_rows.split"), tag("select", splits, name="split"))
    buttons = tag("button", text(say("ui_data_rows.keep_change")), type="submit", class_="act")
    buttons += tag("button", text(say("ui_data_rows.cancel")), type="button", data_pick="close:", data_cancel=True)
    hint = tag("span", text(say("ui_data_rows.keys_hint")), class_="fine")
    inside = tag("div", fields, class_="turn-fields") + more
    inside += tag("div", tags + split, class_="field-row") + tag("div", buttons + hint, class_="form-buttons")
    return tag("form", inside, data_form="row", data_row=row.id if row else "", class_="row-form")


def as_model_sees(pieces: Iterable[Piece], tokens: int, trained: int, language: str) -> str:
    """The rendered text of a row, token by token; those that carry loss are underlined, not coloured only."""
    drawn = "".join(_piece(piece) for piece in pieces)
    told = words.say("ui_data_rows.tokens", language, n=tokens, trained=trained)
    legend = tag("span", text(words.say("ui_data_rows.legend_loss", language)), class_="token loss")
    legend += tag("span", text(words.say("ui_data_rows.legend_plain", language)), class_="token")
    head = tag("p", text(told), class_="fine num") + tag("p", legend, class_="token-legend")
    return head + tag("pre", drawn, class_="tokens", tabindex="0")


def _piece(piece: Piece) -> str:
    shown = text(piece.text).replace("\n", "<i aria-hidden='true'>↵</i>\n")
    return tag("span", shown, class_="token loss" if piece.trained else "token")


def _article(row: Row, shown: Shown) -> str:
    is_open = row.id == shown.open
    header = tag("header", marks(row, shown.language) + _buttons(row, shown))
    if is_open and shown.inside.startswith("<form"):
        inside = shown.inside
    else:
        turns = [m for m in row.messages if not (shown.system and m.role == "system")]
        said = "".join(turn(m, shown.language) for m in turns) + _tools(row, shown.language)
        inside = tag("div", said, class_="turns", tabindex="0" if len(said) > LONG else None)
        inside += shown.inside if is_open else ""
    classes = "chat" + (" open" if is_open else "") + _state(row, shown)
    return tag("article", header + inside, class_=classes)


def _line(row: Row, shown: Shown, columns: int) -> str:
    box = ""
    if shown.may_edit:
        label = words.say("ui_data_rows.tick", shown.language) + ": " + _clip(row.question)
        about = f'form="{TICKED}" name="row" value="{text(row.id)}" aria-label="{text(label)}"'
        box = tag("td", f'<input type="checkbox" {about}>')
    cells = tag("td", text(_clip(row.question)), class_="prose") + tag("td", text(_clip(row.answer)), class_="prose")
    where = tag("td", marks(row, shown.language) + _buttons(row, shown))
    line = tag("tr", box + cells + where, class_=_state(row, shown).strip() or None)
    if row.id == shown.open:
        line += tag("tr", tag("td", shown.inside, colspan=columns), class_="open")
    return line


def _state(row: Row, shown: Shown) -> str:
    return " gone" if row.id in shown.gone else " changed" if row.id in shown.changed else ""


def _writing(shown: Shown) -> str:
    """The form of a new row, if one is being written."""
    if not shown.writing:
        return ""
    title = tag("h3", text(words.say("ui_data_rows.new_row", shown.language)))
    return tag("article", title + shown.writing, class_="chat open new-row")


def _buttons(row: Row, shown: Shown) -> str:
    """What can be done with one row."""
    if row.id in shown.gone:
        mark = badge(words.say("ui_data_rows.is_deleted", shown.language), "warn")
        return tag("span", mark + _button("restore", row, shown), class_="row-buttons")
    mark = badge(words.say("ui_data_rows.is_changed", shown.language), "warn") if row.id in shown.changed else ""
    names = ["seen", "edit", "delete"] if shown.may_edit else ["seen"]
    return tag("span", mark + "".join(_button(name, row, shown) for name in names), class_="row-buttons")


def _button(name: str, row: Row, shown: Shown) -> str:
    opens = name in ("seen", "edit")
    is_open = opens and row.id == shown.open and (name == "edit") == shown.inside.startswith("<form")
    return tag(
        "button",
        text(words.say(f"ui_data_rows.{name}", shown.language)),
        type="button",
        class_="quiet",
        data_pick="close:" if is_open else f"{name}:{row.id}",
        aria_expanded=("true" if is_open else "false") if opens else None,
    )


def _with_ticked(language: str) -> str:
    """What can be done with all ticked rows."""
    say = _say(language)
    name = _field(say("ui_data_rows.ticked_name"), '<input name="tag">')
    buttons = "".join(
        tag("button", text(say(f"ui_data_rows.ticked_{do}")), type="submit", name="do", value=do)
        for do in ("tag", "untag", "delete")
    )
    return tag("div", name + tag("div", buttons, class_="form-buttons"), class_="field-row ticked")


def _turn_field(number: int, message: Message, language: str) -> str:
    roles = "".join(
        tag("option", text(words.say(f"ui_data.role_{role}", language)), value=role, selected=role == message.role)
        for role in ROLES
    )
    named = words.say("ui_data_rows.turn_role", language, n=number + 1)
    said = words.say("ui_data_rows.turn_text", language, n=number + 1)
    role = tag("select", roles, name="role", aria_label=named)
    lines = min(12, 1 + message.content.count("\n") + len(message.content) // 70)
    area = tag("textarea", "\n" + text(message.content), name="content", rows=lines, aria_label=said)
    return tag("div", role + area, class_="turn-field")


def _field(label: str, control: str) -> str:
    return tag("label", tag("span", text(label)) + control, class_="field")


def _call(call: ToolCall, language: str) -> str:
    told = words.say("ui_data_rows.calls", language, name=call.name)
    return tag("p", text(told) + " " + tag("code", text(call.arguments)), class_="tool-call")


def _tools(row: Row, language: str) -> str:
    if not row.tools:
        return ""
    names = [str(tool.get("function", {}).get("name", "")) for tool in row.tools]
    told = words.say("ui_data_rows.tools", language, names=words.listed(filter(None, names), language))
    return tag("p", text(told), class_="fine")


def _shared_system(shown: Shown) -> str:
    if not shown.system:
        return ""
    label = words.say("ui_data.shared_system", shown.language)
    return tag("details", tag("summary", text(label)) + tag("p", text(shown.system)), class_="system")


def _nothing(language: str) -> str:
    return empty(words.say("ui_data_rows.none_title", language), words.say("ui_data_rows.none", language))


def _clip(content: str) -> str:
    return content if len(content) <= CLIPPED else content[: CLIPPED - 1] + "…"


def _say(language: str) -> Callable[..., str]:
    return lambda key, **values: words.say(key, language, **values)
