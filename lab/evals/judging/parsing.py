"""What a judge's reply says: the last line's tag, or the reason why the reply cannot be counted.

Knows: the tags of both languages and the ways models decorate them. Nothing is fished out of prose: a reply without
its tag, or with two that disagree, says nothing. Must not know what was asked.
"""

from __future__ import annotations

import re
import unicodedata

from lab.evals.judging.records import Said

_THINKING = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_DRESS = r"[\s*_`#>\-\[\]【】()\"'“”]*"
_WINNER = re.compile(rf"^{_DRESS}(?:winner|verdict|胜者|胜出|更好的回答)\W*?:{_DRESS}(.*?){_DRESS}[.。!]?{_DRESS}$")
_SCORE = re.compile(rf"^{_DRESS}(?:score|grade|评分|得分|分数)\W*?:{_DRESS}(.*?){_DRESS}[.。!]?{_DRESS}$")
_REASON = re.compile(rf"^{_DRESS}(?:reason|why|理由|原因)\W*?:{_DRESS}(.*)$")
_SIDES = {
    **dict.fromkeys(("a", "answer a", "回答a", "回答 a"), "a"),
    **dict.fromkeys(("b", "answer b", "回答b", "回答 b"), "b"),
    **dict.fromkeys(("tie", "平", "平局", "a tie", "一样"), "tie"),
}
_GRADES = {**{str(n): n for n in (0, 1, 2)}, **{f"{n}分": n for n in (0, 1, 2)}, **{f"{n}/2": n for n in (0, 1, 2)}}


def winner(said: Said) -> tuple[str, str]:
    """``(a, b or tie, "")``, or ``("", words key of why not)``."""
    found, why = _tagged(said, _WINNER)
    side = _SIDES.get(found, "")
    return (side, "") if side else ("", why or "judge.no_such_side")


def score(said: Said) -> tuple[int | None, str]:
    """``(0, 1 or 2, "")``, or ``(None, words key of why not)``."""
    found, why = _tagged(said, _SCORE)
    value = _GRADES.get(found)
    return (value, "") if value is not None else (None, why or "judge.no_such_grade")


def reason(said: Said | None) -> str:
    """The sentence the judge gave as its reason; empty where it gave none."""
    for line in _lines(said.text or "") if said else ():
        found = _REASON.match(line)
        if found:
            return found[1].strip()
    return ""


def _tagged(said: Said, tag: re.Pattern[str]) -> tuple[str, str]:
    """What stands behind the tag, folded; or the words key of why nothing can be read."""
    if said.text is None:
        return "", said.error or "judge.no_reply"
    found = [match[1].strip() for line in _lines(said.text.casefold()) if (match := tag.match(line))]
    if len(set(found)) == 1:
        return found[0], ""
    if found:
        return "", "judge.several_verdicts"
    return "", "judge.cut_short" if said.cut else "judge.no_verdict_line"


def _lines(text: str) -> list[str]:
    return unicodedata.normalize("NFKC", _THINKING.sub("", text)).splitlines()
