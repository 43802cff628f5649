"""The command line explains itself, in the person's language."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from lab import cli, words
from lab.cli import guide

HAN = re.compile(r"[一-鿿]")
ROOT = typer.main.get_command(cli.app)


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, (*path, name))


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["lab", *arguments])
    return cli.main()


def test_every_command_and_option_is_explained_in_words() -> None:
    missing = []
    for path, command in _commands(ROOT):
        key = "help." + "_".join(("command", *path)).replace("-", "_")
        keys = [key, *(guide.key_of(path, parameter) for parameter in command.params)]
        missing += [f"{' '.join(path)}: {one}" for one in keys if not words.has(one)]
    assert missing == []


@pytest.mark.parametrize("path", [path for path, _ in _commands(ROOT)], ids=" ".join)
def test_a_page_is_in_the_language_and_fits_the_terminal(
    path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    pages = {}
    for language in ("zh", "en"):
        monkeypatch.setenv("LAB_LANG", language)
        assert _run(monkeypatch, *path, "--help") == 0
        pages[language] = capsys.readouterr().out
    assert HAN.search(pages["zh"]) and not HAN.search(pages["en"])
    assert "用法：" in pages["zh"] and "Usage:" in pages["en"]
    for line in "\n".join(pages.values()).split("\n"):
        width = sum(2 if HAN.match(letter) or letter in "，。；：、（）" else 1 for letter in line)
        assert width <= 82 or not line.startswith(" " * 30)


@pytest.mark.parametrize(
    ("arguments", "zh", "en"),
    [
        (("data", "add"), "缺少 FILE…", "FILE… is missing"),
        (("data", "add", "x"), "缺少选项 --name", "option --name is missing"),
        (("data", "ad"), "没有命令 ad", "no command ad"),
        (("data", "add", "x", "--nam", "y"), "没有选项 --nam", "no option --nam"),
        (("data", "add", "x", "--name"), "--name 后面要有一个值", "--name needs a value"),
        (("data", "add", "x", "--name", "n", "--seed", "x"), "必须是整数", "whole number"),
        (("data", "show", "x", "--first", "0"), "不能小于 1", "at least 1"),
        (("data", "list", "x"), "多出了参数 x", "x is one argument too many"),
        (("data", "list", "--json=1"), "--json 不带值", "--json takes no value"),
    ],
)
def test_a_wrong_command_line_is_told_in_the_language(
    arguments: tuple[str, ...],
    zh: str,
    en: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for language, expected in (("zh", zh), ("en", en)):
        monkeypatch.setenv("LAB_LANG", language)
        assert _run(monkeypatch, *arguments) == 2
        captured = capsys.readouterr()
        assert captured.out == "" and expected in captured.err
        assert "--help" in captured.err and captured.err.count("\n") == 2


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, "Can be trained: 0 rows."), (1, "Can be trained: 1 row."), (2, "Can be trained: 2 rows.")],
)
def test_one_row_is_one_row(count: int, expected: str) -> None:
    assert words.say("data.trainable", "en", ok=count) == expected


def test_the_number_is_the_one_before_the_word() -> None:
    values = {"source": "hub:o/n", "revision": "1", "size": "1"}
    assert "3 files" in words.say("hub.offered", "en", count=3, **values)
    assert "1 file," in words.say("hub.offered", "en", count=1, **values)
