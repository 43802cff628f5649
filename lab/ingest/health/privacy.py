"""Personal data and secrets that stand in a text, by their shape.

Knows: e-mail addresses, Chinese mobile and identity numbers (with checksum), bank cards (Luhn), public IP addresses,
passport numbers named as such, API keys, private keys, tokens and passwords. Names of people are not looked for. A
hint is a hint: what is found may be made up. Must not know rows or what is done about a find.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address


@dataclass(frozen=True)
class Found:
    """One find."""

    kind: str
    value: str
    start: int
    end: int

    @property
    def masked(self) -> str:
        """Enough to know it by, too little to use."""
        return masked(self.value, self.kind)


@dataclass(frozen=True)
class Shape:
    """One kind of thing and how it is told."""

    kind: str
    secret: bool
    gate: Callable[[str], bool]
    """Cheap and never false where there is a find."""
    pattern: re.Pattern[str]
    """Group 1 is the value."""
    holds: Callable[[str], bool] = lambda value: True


def masked(value: str, kind: str = "") -> str:
    """``value`` with its middle hidden; an e-mail keeps its first letter and its domain's ending."""
    if kind == "email":
        name, _, domain = value.partition("@")
        return f"{name[:1]}***@***.{domain.rsplit('.', 1)[-1]}"
    if kind in {"password", "private_key"}:
        return f"{value[:1]}***" if kind == "password" else "-----BEGIN ***"
    kept = 3 if len(value) >= 10 else 1
    return f"{value[:kept]}***{value[-2:] if len(value) >= 10 else ''}"


def find(text: str) -> Iterator[Found]:
    """The finds in ``text``, kind by kind; a place that one kind has taken is not told as another."""
    taken: list[tuple[int, int]] = []
    for shape in SHAPES:
        if not shape.gate(text):
            continue
        for match in shape.pattern.finditer(text):
            start, end = match.span(1)
            free = all(end <= low or start >= high for low, high in taken)
            if free and shape.holds(match.group(1)):
                taken.append((start, end))
                yield Found(shape.kind, match.group(1), start, end)


def _digits(value: str) -> str:
    return re.sub(r"\D", "", value)


def _is_id(value: str) -> bool:
    """Date and check digit of an 18-digit Chinese identity number."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    month, day = int(value[10:12]), int(value[12:14])
    total = sum(int(digit) * weight for digit, weight in zip(value, weights, strict=False))
    return 1 <= month <= 12 and 1 <= day <= 31 and value[:2] != "00" and "10X98765432"[total % 11] == value[17].upper()


def _is_card(value: str) -> bool:
    """Length, issuer and check digit of a bank card; a number of one repeated digit is none."""
    digits = _digits(value)
    if not 14 <= len(digits) <= 19 or len(set(digits)) < 4 or digits[0] not in "3456":
        return False
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(number // 10 + number % 10 for number in doubled) % 10 == 0


def _is_public(value: str) -> bool:
    """An IPv4 address that some machine on the internet may have; 1.2.3.4 is more often a version or a list."""
    try:
        return IPv4Address(value).is_global and len(_digits(value)) >= 7 and not value.endswith(".0")
    except AddressValueError:
        return False


def _is_mail(value: str) -> bool:
    domain = value.rpartition("@")[2].casefold()
    ending = domain.rsplit(".", 1)[-1]
    shown = {"example", "test", "invalid", "localhost", "png", "jpg", "gif", "svg", "js", "py"}
    made_up = re.search(r"(?:^|\.)(?:example|domain|test|company|your\w*)\.", domain)
    return ending not in shown and not made_up


def _is_password(value: str) -> bool:
    """A value that looks chosen: letters and digits or marks together, no placeholder."""
    told = value.strip("<>{}[]*.·•xX_-%$")
    mixed = bool(re.search(r"\d", told)) and bool(re.search(r"[A-Za-z!@#$%^&*]", told))
    return len(told) >= 4 and mixed and len(set(told)) > 2


_AT = r"(?<![\w.+-])"
_NUMBER = r"(?<![\d.\w-])"
_NUMBER_END = r"(?![\d\w])(?!\.\d)"


def _has(*needles: str) -> Callable[[str], bool]:
    return lambda text: any(needle in text for needle in needles)


def _has_word(pattern: str) -> Callable[[str], bool]:
    seen = re.compile(pattern, re.IGNORECASE)
    return lambda text: bool(seen.search(text))


SHAPES: tuple[Shape, ...] = (
    Shape(
        "private_key",
        True,
        _has("PRIVATE KEY"),
        re.compile(r"(-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----[\w+/=\s]{0,400})"),
    ),
    Shape(
        "api_key",
        True,
        _has("sk-", "AKIA", "ASIA", "gh", "xox", "AIza", "hf_", "glpat-", "LTAI", "SG.", "sk_live", "rk_live", "AKID"),
        re.compile(
            r"(?<![\w-])(sk-(?:proj-|ant-|or-)?[A-Za-z0-9_-]{20,}|(?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{30,}"
            r"|github_pat_\w{40,}|xox[abprs]-[A-Za-z0-9-]{10,}|AIza[\w-]{35}|hf_[A-Za-z0-9]{30,}|glpat-[\w-]{20,}"
            r"|LTAI[A-Za-z0-9]{12,24}|AKID[A-Za-z0-9]{32}|SG\.[\w-]{20,}\.[\w-]{20,}|[sr]k_live_[A-Za-z0-9]{16,})(?![\w-])"
        ),
        lambda value: len(set(value)) >= 10,
    ),
    Shape("token", True, _has("eyJ"), re.compile(r"(?<![\w-])(eyJ[\w-]{15,}\.eyJ[\w-]{15,}\.[\w-]{10,})(?![\w-])")),
    Shape(
        "password",
        True,
        _has_word(r"pass|pwd|密码|口令"),
        re.compile(
            r"(?:\b(?:password|passwd|pwd|passphrase)\b[\"']?\s*(?:is\s+|[:=]\s*)|(?:密码|口令)[\"”]?\s*(?:是|为|[:：=])\s*)"
            r"[\"'“]?([!-~]{4,64}?)(?=[\"'”，。；、,;\s]|\.(?:\s|$)|$)",
            re.IGNORECASE,
        ),
        _is_password,
    ),
    Shape(
        "email",
        False,
        _has("@"),
        re.compile(
            rf"{_AT}([\w.+-]{{1,64}}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{{0,62}})\.)+[A-Za-z]{{2,24}})(?![\w-])", re.ASCII
        ),
        _is_mail,
    ),
    Shape(
        "id_cn", False, _has_word(r"\d{17}"), re.compile(r"(?<![\d.])(?<![A-Za-z])(\d{17}[\dXx])(?![\dA-Za-z])"), _is_id
    ),
    Shape(
        "bank_card",
        False,
        _has_word(r"\d{4}[ -]?\d{4}[ -]?\d{4}"),
        re.compile(rf"{_NUMBER}(\d{{14,19}}|\d{{4}}(?:[ -]\d{{4}}){{2}}[ -]\d{{2,7}}){_NUMBER_END}", re.ASCII),
        _is_card,
    ),
    Shape(
        "mobile_cn",
        False,
        _has_word(r"1[3-9]\d"),
        re.compile(
            r"(?<![\dA-Za-z.])(?:\+?86[ -]?)?(1[3-9]\d{9}|1[3-9]\d[ -]\d{4}[ -]\d{4})(?![\dA-Za-z])(?!\.\d)", re.ASCII
        ),
        lambda value: len(set(_digits(value)[3:])) > 2,
    ),
    Shape(
        "ip",
        False,
        _has_word(r"\d\.\d{1,3}\.\d{1,3}\.\d"),
        re.compile(r"(?<![\d.\w])(?<![Vv]ersion )((?:\d{1,3}\.){3}\d{1,3})(?![\d\w])(?!\.\d)", re.ASCII),
        _is_public,
    ),
    Shape(
        "passport",
        False,
        _has_word(r"passport|护照"),
        re.compile(
            r"(?:passport|护照)[^\n\d]{0,24}?(?<![A-Za-z0-9])((?:[A-Z]{1,2}\d{7,8}|\d{9}))(?![A-Za-z0-9])",
            re.IGNORECASE,
        ),
    ),
)
"""Looked for in this order: secrets first, then the narrower kinds."""

SECRETS = frozenset(shape.kind for shape in SHAPES if shape.secret)
