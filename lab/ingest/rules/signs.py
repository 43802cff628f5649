"""Signs in a text that something went wrong before it came here.

Knows: placeholders, marks of other models' prompt formats, refusals, loops, left-over HTML, wrongly decoded text and
answers that stop in the middle, in Chinese and English. Must not know rows or rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

PLACEHOLDER = re.compile(
    r"\{\{\s*[A-Za-z_]\w*\s*\}\}"
    r"|\[(?:INSERT|YOUR|ENTER|ADD|FILL IN)\b[ \w'/-]{0,40}\]"
    r"|\[(?:(?:FULL|FIRST|LAST|COMPANY|PRODUCT|CLIENT|CUSTOMER|RECIPIENT|SENDER)[ _])?NAME\]"
    r"|<(?:your|insert|enter)[ _-][ \w-]{1,40}>"
    r"|[【\[(（<](?:请?(?:在此)?(?:填写|填入|输入|插入|替换)|此处(?:填写|插入|输入))[^】\])）>\n]{0,20}[】\])）>]"
    r"|[【\[](?:你|您)的(?:姓名|名字|公司|电话|邮箱|地址)[】\]]"
    r"|\bLorem ipsum\b",
    re.IGNORECASE,
)
CONTROL = re.compile(
    r"<\|[\w ]{2,40}\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|</s>|(?:^|(?<=\n))<s>|\[(?:BOS|EOS|PAD)\]"
    r"|<｜[^｜>\n]{2,40}｜>"
)
TEMPLATES = (
    ("ChatML", re.compile(r"<\|im_start\|>")),
    ("Llama 2 / Mistral", re.compile(r"\[INST\]|<<SYS>>")),
    ("Llama 3", re.compile(r"<\|(?:start_header_id|begin_of_text|eot_id)\|>")),
    ("Gemma", re.compile(r"<start_of_turn>")),
    ("DeepSeek", re.compile(r"<｜(?:User|Assistant|begin▁of▁sentence)｜>")),
    ("Alpaca", re.compile(r"^#{2,3} ?(?:Instruction|Response|Input):?\s*$|^#{2,3} ?(?:指令|回答|输入)[:：]\s*$", re.M)),
    ("Human / Assistant", re.compile(r"^(?:Human|USER|ASSISTANT|Assistant): |\n\nHuman:\s*$")),
)
"""Marks of the prompt formats of other models: name and pattern; the last is one also where both speakers stand."""
_ASKED = re.compile(r"^[^\S\n]*(?:Human|USER|User): ", re.M)
_ANSWERED = re.compile(r"^[^\S\n]*(?:Assistant|ASSISTANT|AI):", re.M)
_HELPS = (
    r"(?:assist|help|comply|fulfil?l|engage|provide|answer|perform|generate|create|offer|discuss|support|order|book"
    r"|predict|browse|access|share|give (?:you )?(?:medical|legal|financial)|do that)\b"
)
REFUSAL = re.compile(
    r"\bas (?:an? )?(?:ai|artificial intelligence|large language model|language model)(?: language)?"
    r"(?: model| assistant| chatbot)?,? (?:i|my|it)\b"
    r"|\bi(?:'m| am) (?:sorry|afraid),? (?:but )?(?:that )?(?:as an ai"
    r"|i(?:'m| am)? (?:can ?not|can't|unable to|not able to|won't)(?: directly)? " + _HELPS + r""
    r"|i (?:do not|don't) have (?:the (?:ability|capability|capabilities)|real-time))"
    r"|\bi (?:can ?not|can't|won't|will not|am unable to|am not able to)(?: directly)?"
    r" (?:assist|help|comply|fulfil?l|engage)(?: you)?"
    r" (?:with|in) (?:that|this|your|such|those|any|making|creating|book|order)"
    r"|\bi apologi[sz]e,? but i (?:(?:can ?not|can't|am unable to|am not able to) "
    + _HELPS
    + r"|don't have (?:the )?(?:ability|capab))"
    r"|\bmy (?:knowledge|training) (?:cut-?off|data (?:only )?(?:goes|extends))"
    r"|作为(?:一个|一名|一款)?(?:AI|人工智能|大型?语言|语言)(?:语言)?(?:模型|助手|助理|程序)?[，,]?\s*我?(?:无法|不能|没有|不具备|并?不会|不提供)"
    r"|(?:抱歉|对不起|不好意思)[，,。！!\s]*(?:但)?(?:是)?(?:作为.{0,12}[，,])?我(?:现在|目前|暂时)?(?:无法|不能|没有办法|没办法)"
    r"(?:回答|提供|协助|帮助|帮|满足|完成|执行|处理|生成|给出|讨论)"
    r"|我(?:无法|不能)(?:回答|满足|协助)(?:您|你)?(?:的|这|这个|该|此|此类)(?:请求|问题|要求)"
    r"|我的(?:知识|训练数据)(?:库)?(?:只|仅)?(?:截止|更新到|更新至)",
    re.IGNORECASE,
)
_TAG = r"</?(?:p|br|div|span|b|i|u|strong|em|a|ul|ol|li|table|tr|td|th|font|img|h[1-6])(?:\s[^<>]{0,200})?/?>"
TAG = re.compile(_TAG, re.IGNORECASE)
HTML = re.compile(rf"{_TAG}|&(?:nbsp|amp|lt|gt|quot|#\d{{2,5}});", re.IGNORECASE)
CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
ABOUT_HTML = re.compile(r"html|web ?page|xml|css|markdown|网页|前端|标签", re.IGNORECASE)
MOJIBAKE = re.compile(
    r"锟斤拷|烫烫烫|屯屯屯|\ufffd|Ã[\u0080-\u00bf©¨ª«¬®¯°±²³´µ¶·¸¹º»¼½¾¿]|â€[™œ\u009d“”˜¦\u0094\u0093]|Â[\u00a0°©®·»«]"
    r"|ï¼[Œ\u008c\u009a\u0081]|(?:[äåæçèé][\u0080-\u00bf‚-›Ÿ¡-¿]{2}){2}"
)
TRANSLATES = re.compile(
    r"translat|翻译|译成|译为|英文|英语|中文|汉语|日语|法语|\b(?:in|into|to) (?:english|chinese|mandarin)|改写成"
    r"|cypher|sql|code|代码|语句|脚本|程序|函数|命令|公式",
    re.IGNORECASE,
)
HAN = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[A-Za-z]")
_ENDED = re.compile(r"[.!?。！？…~～)）\]】}>》」』”\"'’`*_|:：;；%％\d=/@#$€￥\-—→√☀-➿\U0001f300-\U0001faff]")
_HANGS = re.compile(r"(?:[,，、(（]|\b(?:and|or|but|the|an|of|to|in|with|for|by|from|that|which|is|are)|[和与及或])\Z")
_LIST_LINE = re.compile(r"\s*(?:[-*•·]|\d+[.)、])")
_LONG_ENOUGH = 60
BEGINNING = 200
"""Characters in which a refusal is looked for."""
_END = 8
"""Characters of an end: the longest word an answer hangs on and what stands before it."""
_LONGEST_UNIT = 200
_LEAST_TIMES = 8


def template_of(text: str) -> tuple[str, str] | None:
    """The prompt format whose marks stand in ``text``, and the mark; ``None`` when there is none."""
    for name, pattern in TEMPLATES[:-1]:
        if found := pattern.search(text):
            return name, found.group()
    name, pattern = TEMPLATES[-1]
    asked = _ASKED.search(text)
    if asked and (answered := _ANSWERED.search(text, asked.end())):
        return name, text[asked.start() : answered.end()]
    last = pattern.search(text)
    return (name, last.group()) if last else None


def refusal_in(text: str) -> re.Match[str] | None:
    """Where a text declines to answer as a model does; looked for at its beginning, for later it only qualifies."""
    return REFUSAL.search(text[:BEGINNING].replace("’", "'"))


def loop_in(text: str) -> tuple[str, int] | None:
    """A piece repeated over and over at the end of a long text, and how often; ``None`` where there is none.

    It must come at least eight times in a row and fill half of the text or 400 characters.
    """
    end = text.rstrip()[-4000:]
    if len(end) < 120:
        return None
    for size in _units(end):
        unit, times, place = end[-size:], 1, len(end) - size
        if not any(char.isalnum() for char in unit):
            continue
        while place >= size and end.startswith(unit, place - size):
            times, place = times + 1, place - size
        if times >= _LEAST_TIMES and times * size >= min(len(text) / 2, 400):
            whole = len(text.rstrip()) // size if place < size else times
            return unit, whole
    return None


def _units(end: str) -> Iterator[int]:
    """Lengths, the shortest first, of pieces that a text may end with over and over."""
    most = min(_LONGEST_UNIT, len(end) // _LEAST_TIMES)
    last, behind, place = end[-1], len(end) - 1, len(end) - 1
    while (place := end.rfind(last, behind - most, place)) >= 0:
        size = behind - place
        if end.endswith(end[-2 * size : -size]):
            yield size


def hangs(answer: str) -> bool:
    """Whether an answer of some length ends on a comma or a word that nothing follows."""
    return len(answer) >= _LONG_ENOUGH and bool(_HANGS.search(_end(answer))) and not _ends_in_list(answer)


def ends(answer: str) -> bool:
    """Whether an answer ends as a whole one may: with a mark, a digit, in a list, or because it is short."""
    if len(answer) < _LONG_ENOUGH or _ends_in_list(answer) or not (_LETTER.search(answer) or HAN.search(answer)):
        return True
    return bool(_ENDED.match(_end(answer)[-1:]))


def _end(text: str) -> str:
    return text.rstrip()[-_END:]


def _ends_in_list(text: str) -> bool:
    return bool(_LIST_LINE.match(text[: -1 if text.endswith("\n") else None].rsplit("\n", 1)[-1]))


_WRONG = re.compile("[锟烫屯\ufffdÃâÂïäåæçèé]")
_DECLINING = (
    "as a", "language model", "sorry", "afraid", "unable", "not able", "cannot", "can not", "can't", "can’t",
    "won't", "won’t", "will not", "apolog", "my knowledge", "my training", "don't have", "don’t have", "do not have",
    "real-time",
)  # fmt: skip
_DECLINING_HAN = ("作为", "抱歉", "对不起", "不好意思", "我无法", "我不能", "我的")


def cannot_hold(text: str, answers: str) -> set[str]:
    """Which rules cannot apply to a conversation whose texts are ``text``: characters are missing that each needs.

    ``answers``: how the answers begin (``refusal_in`` looks no further).

    A few searches for plain characters take the place of seventy for patterns in nearly every row, which would be
    most of the time a row takes.
    """
    never = set()
    marks = "<" in text or "[" in text
    small, declining, is_foreign = text.lower(), answers.lower(), not text.isascii()
    if not (marks or "{" in text or "(" in text or "ipsum" in small or (is_foreign and ("【" in text or "（" in text))):
        never.add("placeholder")
    if not (marks or "#" in text or "human" in small or "user" in small or "assistant" in small):
        never.add("foreign_template")
    if not marks:
        never.add("control_tokens")
    if not any(map(declining.__contains__, _DECLINING)) and not (
        is_foreign and any(map(declining.__contains__, _DECLINING_HAN))
    ):
        never.add("refusal")
    if not (is_foreign and _WRONG.search(text)):
        never.add("mojibake")
    if not ("<" in text or "&" in text):
        never.add("html_left")
    if not is_foreign:
        never.add("other_language")
    return never
