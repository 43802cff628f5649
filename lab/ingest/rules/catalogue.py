"""Every rule by its code: how severe, where it comes from, which fix there is.

Knows: the rules of this lab and of OpenAI, Azure and SiliconFlow that they stand for. What another service does with
such a row, and what the lab does, is the sentence ``data_rules.about_<code>``. Must not know how a rule is tested.
"""

from __future__ import annotations

from dataclasses import dataclass

from lab import words


@dataclass(frozen=True)
class Rule:
    """One rule."""

    code: str
    severity: str
    """``error``: the row or file is not used. ``warning``: it is. ``info``: nothing need be done."""
    sources: tuple[str, ...]
    """``siliconflow:1`` to ``siliconflow:7``, ``openai``, ``azure`` or ``lab``."""
    fix: str | None = None
    """Code of the first fix that is offered (``lab.ingest.rules.fixes``)."""

    @property
    def about(self) -> str:
        """Words key: what other services do about it, and what the lab does."""
        return f"data_rules.about_{self.code}"


_SILICON, _HOSTED = "siliconflow", ("openai", "azure")


def _silicon(*numbers: int) -> tuple[str, ...]:
    return tuple(f"{_SILICON}:{number}" for number in numbers)


_ALL = (
    Rule("invalid_json", "error", (*_silicon(1), *_HOSTED)),
    Rule("not_a_record", "error", (*_silicon(1), *_HOSTED)),
    Rule("no_messages", "error", (*_silicon(2), *_HOSTED)),
    Rule("turn_without_role", "error", (*_silicon(3), *_HOSTED)),
    Rule("content_not_text", "error", (*_silicon(3), *_HOSTED)),
    Rule("empty_content", "error", (*_silicon(3), *_HOSTED)),
    Rule("unknown_role", "error", (*_silicon(4), *_HOSTED)),
    Rule("system_not_first", "error", _silicon(5)),
    Rule("starts_with_assistant", "error", _silicon(6)),
    Rule("not_alternating", "error", _silicon(7)),
    Rule("no_assistant", "error", (*_silicon(7), *_HOSTED)),
    Rule("ends_with_user", "error", (*_silicon(7), *_HOSTED)),
    Rule("system_only", "error", (*_silicon(7), *_HOSTED), "system_as_prompt"),
    Rule("few_rows", "info", _HOSTED),
    Rule("tool_roles", "info", _silicon(4)),
    Rule("weights_used", "info", _silicon(3)),
    Rule("too_long_elsewhere", "info", _HOSTED),
    Rule("file_too_large_elsewhere", "info", ("azure",)),
    Rule("no_byte_order_mark", "info", ("azure",)),
    Rule("not_utf8", "info", (*_HOSTED, _SILICON)),
    Rule("too_long", "warning", (*_HOSTED, "lab")),
    Rule("duplicate", "warning", ("lab",), "drop_duplicates"),
    Rule("conflicting_answers", "warning", ("lab",), "keep_first_answer"),
    Rule("placeholder", "warning", ("lab",), "fill_placeholders"),
    Rule("foreign_template", "warning", ("lab",), "remove_control_tokens"),
    Rule("control_tokens", "warning", ("lab",), "remove_control_tokens"),
    Rule("refusal", "warning", ("lab",), "drop_refusals"),
    Rule("loop", "warning", ("lab",), "drop_loops"),
    Rule("cut_answer", "warning", ("lab",), "drop_cut_answers"),
    Rule("cut_answer_long", "warning", ("lab",), "drop_cut_answers"),
    Rule("answer_repeats_question", "warning", ("lab",), "drop_repeats"),
    Rule("repeated_turn", "info", ("lab",)),
    Rule("mojibake", "warning", ("lab",), "repair_mojibake"),
    Rule("html_left", "info", ("lab",), "remove_html"),
    Rule("other_language", "info", ("lab",), "drop_other_language"),
    Rule("outer_spaces", "info", ("lab",), "strip_spaces"),
    Rule("system_in_some", "info", ("azure", "lab")),
)

RULES = {rule.code: rule for rule in _ALL}
"""Every rule by code, those of other services first."""


def table(language: str) -> list[dict[str, str]]:
    """The rules for a person: ``code``, ``severity``, ``sources``, ``fix`` (its code or empty) and ``about``."""
    return [
        {
            "code": rule.code,
            "severity": words.say(f"data.severity_{rule.severity}", language),
            "sources": ", ".join(_source(source, language) for source in rule.sources),
            "fix": rule.fix or "",
            "about": words.say(rule.about, language),
        }
        for rule in RULES.values()
    ]


def line(rule: dict[str, str], language: str) -> str:
    """One entry of ``table`` as a line of text."""
    shown = {name: rule[name] for name in ("code", "severity", "sources", "about")}
    return words.say("data_rules.rule_line", language, **shown)


def _source(source: str, language: str) -> str:
    name, _, number = source.partition(":")
    return words.say(f"data_rules.source_{name}", language, **({"number": number} if number else {}))
