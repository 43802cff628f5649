"""Help pages and usage errors of the command line, in the person's language.

Knows: how a command's page is laid out, and that its sentences are words: ``help.command_<path>`` for a command,
``help.option_<name>`` (or ``help.option_<path>_<name>`` where one command means something else by it) for an option.
Must not know any command.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from lab import words
from lab.settings import language

PROGRAM = "python -m lab"
_WIDEST, _NARROWEST, _COLUMN = 110, 60, 34
_STOPS = frozenset("，。；：！？、）”》,.;:!?)")
"""A line does not begin with one of these."""


class Command(TyperCommand):
    """A command whose help follows the language."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page."""
        formatter.write(page(self, ctx))


class Group(TyperGroup):
    """A group of commands whose help follows the language."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page."""
        formatter.write(page(self, ctx))


def speaking(app: typer.Typer) -> typer.Typer:
    """``app`` with every command's help in the person's language."""
    app.info.cls = Group
    for command in app.registered_commands:
        command.cls = Command
    for group in app.registered_groups:
        if group.typer_instance:
            speaking(group.typer_instance)
    return app


def page(command: Any, ctx: Any) -> str:
    """The help page of a command or group."""
    path = _path(ctx)
    shown = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
    arguments = [parameter for parameter in shown if _is_argument(parameter)]
    options = [parameter for parameter in shown if not _is_argument(parameter)]
    text = about(path, command)
    parts = [_usage(path, arguments, options, command), *(_lines(text, 2) if text else [])]
    if arguments:
        parts += ["", _say("arguments"), *_table((_metavar(one), option(path, one)) for one in arguments)]
    helped = ("--help", _say("option_help"))
    parts += ["", _say("options"), *_table([*((_named(one), option(path, one)) for one in options), helped])]
    if hasattr(command, "commands"):
        known = ((name, about((*path, name), one).split("\n")[0]) for name, one in command.commands.items())
        parts += ["", _say("commands"), *_table(known)]
    return "\n".join(parts) + "\n"


def about(path: Sequence[str], command: Any) -> str:
    """What a command does; as the code says it where there are no words yet."""
    key = "_".join(("command", *path)).replace("-", "_")
    return _say(key) if words.has(f"help.{key}") else str(command.help or "")


def option(path: Sequence[str], parameter: Any) -> str:
    """What an option or argument means, and what it is when it is not given."""
    key = key_of(path, parameter)
    text = words.say(key, language()) if words.has(key) else str(getattr(parameter, "help", None) or "")
    default = parameter.default
    if parameter.required and not _is_argument(parameter):
        return text + _say("required")
    if isinstance(default, bool) or default in (None, "", (), []) or callable(default):
        return text
    return text + _say("default", value=default)


def key_of(path: Sequence[str], parameter: Any) -> str:
    """The words key of an option or argument."""
    name = max(parameter.opts, key=len).lstrip("-").replace("-", "_").lower()
    special = "_".join(("option", *path, name)).replace("-", "_")
    return f"help.{special}" if words.has(f"help.{special}") else f"help.option_{name}"


def error_lines(error: Any) -> str:
    """A usage error as a sentence, with the page that helps."""
    ctx: Any = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        return str(ctx.get_help())
    text = _sentence(error)
    where = " ".join((PROGRAM, *_path(ctx))) if ctx else PROGRAM
    return text + "\n" + _say("see", command=f"{where} --help")


def _sentence(error: Any) -> str:
    """What is wrong with a command line; a message nobody foresaw stays as it is."""
    kind, message = type(error).__name__, error.format_message()
    parameter = getattr(error, "param", None)
    if kind == "MissingParameter" and parameter is not None:
        return _say("missing_argument" if _is_argument(parameter) else "missing_option", name=_name(parameter))
    if kind == "NoSuchOption":
        known = ", ".join(error.possibilities or ())
        return _say("no_such_option_like" if known else "no_such_option", name=error.option_name, known=known)
    if kind == "BadParameter" and parameter is not None:
        return _say("bad_value", name=_name(parameter), reason=_reason(str(error.message)))
    for key, pattern in _MESSAGES.items():
        found = re.search(pattern, message)
        if found:
            return _say(key, name=found[1])
    return str(message)


def _reason(message: str) -> str:
    """Why a value cannot be used."""
    for key, pattern in _REASONS.items():
        found = re.search(pattern, message)
        if found:
            return _say(key, limit=found[1])
    return message


_REASONS = {
    "at_least": r"greater than or equal to (\S+)",
    "at_most": r"less than or equal to (\S+)",
    "whole_number": r"valid (integer)",
    "number": r"valid (number)",
}
_MESSAGES = {
    "no_such_command": r"No such command '([^']*)'",
    "unexpected_argument": r"unexpected extra argument(?:s|\(s\))? \((.*)\)",
    "needs_value": r"Option '?([^' ]+)'? requires (?:an|\d+) argument",
    "takes_no_value": r"Option '?([^' ]+)'? does not take a value",
    "missing_command": r"(Missing command)",
}
"""What the parser says in English → the words for it."""


def _say(name: str, /, **values: Any) -> str:
    return words.say(f"help.{name}", language(), **values)


def _path(ctx: Any) -> tuple[str, ...]:
    """The names of the command behind ``ctx`` without the program."""
    names = []
    while ctx is not None and ctx.parent is not None:
        names.append(str(ctx.info_name))
        ctx = ctx.parent
    return tuple(reversed(names))


def _usage(path: Sequence[str], arguments: list[Any], options: list[Any], command: Any) -> str:
    needed = [_named(one) for one in options if one.required]
    rest = [_say("command_here")] if hasattr(command, "commands") else [*map(_metavar, arguments), *needed]
    optional = [] if hasattr(command, "commands") else [_say("options_here")]
    return f"{_say('usage')} " + " ".join([PROGRAM, *path, *rest, *optional]) + "\n"


def _is_argument(parameter: Any) -> bool:
    return str(parameter.param_type_name) == "argument"


def _name(parameter: Any) -> str:
    return _metavar(parameter) if _is_argument(parameter) else max(parameter.opts, key=len)


def _metavar(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _named(parameter: Any) -> str:
    """An option with what follows it."""
    names = ", ".join((*parameter.opts, *parameter.secondary_opts))
    return names if parameter.is_flag else f"{names} {_metavar(parameter)}"


def _table(pairs: Any) -> Iterator[str]:
    for left, right in pairs:
        head = f"  {left}"
        lines = list(_lines(right, _COLUMN))
        if _width(head) < _COLUMN - 1 and lines:
            lines[0] = head + " " * (_COLUMN - _width(head)) + lines[0].lstrip()
            yield from lines
        else:
            yield head
            yield from lines


def _lines(text: str, indent: int) -> Iterator[str]:
    """``text`` in lines that fit the terminal: broken at spaces, and between Chinese characters."""
    most = min(max(shutil.get_terminal_size((80, 20)).columns, _NARROWEST), _WIDEST) - indent
    for part in text.split("\n"):
        line = ""
        for piece in re.findall(r"[\u2e80-\u9fff\uff00-\uffef“”]|[^\s\u2e80-\u9fff\uff00-\uffef“”]+\s*|\s+", part):
            if line and _width(line + piece.rstrip()) > most and piece.strip() not in _STOPS:
                yield " " * indent + line.rstrip()
                line = ""
            line += piece
        yield (" " * indent + line.rstrip()).rstrip()


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
