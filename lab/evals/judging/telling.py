"""What a judging says, in both languages: sentences, tables of words, examples, and a section for a report.

Knows: which sentences follow from a result. Must not compute figures, nor know any page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from lab import words
from lab.evals.judging import comparing, exam, parsing
from lab.evals.judging.comparing import Grades, Wins
from lab.evals.judging.lengths import FEWEST
from lab.evals.judging.records import ORDERS, Case, Said, ask_id
from lab.evals.judging.reliability import PASS, Standing, percent
from lab.evals.judging.result import Result
from lab.evals.judging.votes import Agreement
from lab.evals.statistics import FEW_GROUPS, FEW_ITEMS

Names = Mapping[str, str]
"""What contestants are called."""
Judged = tuple[comparing.Pair, comparing.Opinion]
EXAMPLES = 6
_QUOTED = 600


@dataclass(frozen=True)
class Example:
    """One thing the judge was asked, and its raw words."""

    label: str
    question: str
    reference: str
    answers: tuple[tuple[str, str], ...]
    """Name and text of each answer."""
    replies: tuple[str, ...]
    """As they came, one an order."""
    outcome: str
    """A sentence."""
    good: bool | None
    """Whether it was right, where that is known."""


def both(made: Result) -> dict[str, str]:
    """``{"zh": …, "en": …}``: what the judge says, or why it is withheld."""
    return {language: ("" if language == "zh" else " ").join(sentences(made, language)) for language in words.LANGUAGES}


def reasons(made: Result) -> dict[str, dict[str, list[str]]]:
    """Part → language → why it is withheld."""
    return {
        one.part: {language: [reason.text(language) for reason in one.reasons] for language in words.LANGUAGES}
        for one in made.standings
    }


def sentences(made: Result, language: str, names: Names | None = None) -> list[str]:
    """What came of the judging, the answer first."""
    told = [said for one in made.standings for said in _part(made, one, language, names or {})]
    if made.judging.itself:
        who = _listed([called(name, names) for name in made.judging.itself], language)
        told.append(words.say("judge.judges_itself", language, models=who))
    return told


def called(name: str, names: Names | None) -> str:
    """What a contestant or judge is called."""
    return (names or {}).get(name, name)


def exam_sentences(one: Standing, language: str) -> list[str]:
    """The marks of one part of the exam, each beside its pass mark."""
    mark = one.mark
    if mark is None:
        return []
    told = []
    if mark.accuracy:
        bounds = {"low": percent(mark.accuracy.low), "high": percent(mark.accuracy.high)}
        told.append(
            words.say(
                "judge.exam_accuracy",
                language,
                right=mark.right,
                n=mark.scored,
                cases=mark.cases,
                share=percent(mark.accuracy.value),
                mark=percent(PASS["accuracy"]),
                **bounds,
            )
        )
    read, came = mark.parsed
    told.append(words.say("judge.exam_parsed", language, read=read, n=came, mark=percent(PASS["parsed"])))
    kept, pairs = mark.same_choice
    if pairs:
        told.append(words.say("judge.exam_kept", language, kept=kept, n=pairs, mark=percent(PASS["same_choice"])))
    first, sides = mark.first_side
    if sides:
        p = mark.first_side_p or 0.0
        chance = "p < 0.001" if p < 0.001 else f"p = {p:.2g}"
        told.append(words.say("judge.exam_position", language, first=first, n=sides, p=chance))
    longer, asked = mark.longer_lost
    if asked:
        told.append(words.say("judge.exam_length", language, longer=longer, shorter=mark.shorter_lost[0], n=asked))
    return told


def exam_table(one: Standing, language: str) -> list[list[str]]:
    """The exam by kind of case, its heading row first."""
    head = [words.say(f"judge.column_{name}", language) for name in ("kind", "right", "not_scored")]
    rows = [
        [case_name(one.part, kind.kind, language), f"{kind.right}/{kind.n}" if kind.n else "—", str(kind.not_scored)]
        for kind in (one.mark.kinds if one.mark else ())
    ]
    return [head, *rows]


def case_name(part: str, kind: str, language: str) -> str:
    """What a kind of case tries."""
    own = f"judge.grade_case_{kind}"
    return words.say(own if part == "grades" and words.has(own) else f"judge.case_{kind}", language)


def wins_table(made: Result, language: str, names: Names | None = None) -> list[list[str]]:
    """Win rates by slice and contestant, the heading row first."""
    columns = ("slice", "model", "wins", "ties", "losses", "win_rate", "interval", "at_equal_length", "lengths", "n")
    head = [words.say(f"judge.column_{name}", language) for name in (*columns, "not_scored")]
    return [head, *(_wins_row(row, language, names) for row in made.wins)]


def length_note(language: str) -> str:
    """How the win rate at equal length is told, and from how many pairs on."""
    return words.say("judge.length_method", language, need=FEWEST)


def grades_table(made: Result, language: str, names: Names | None = None) -> list[list[str]]:
    """Grades by slice and contestant, the heading row first."""
    columns = ("slice", "model", "grade_2", "grade_1", "grade_0", "mean", "interval", "difference", "n", "not_scored")
    head = [words.say(f"judge.column_{name}", language) for name in columns]
    return [head, *(_grades_row(row, language, names) for row in made.grades)]


def votes_sentences(found: Agreement | None, language: str) -> list[str]:
    """How far the judge agrees with people."""
    if found is None:
        return []
    told = []
    if found.same:
        values = {"n": found.n, "share": percent(found.same.value)}
        bounds = {"low": percent(found.same.low), "high": percent(found.same.high)}
        told.append(words.say("judge.votes_same", language, **values, **bounds))
    if found.kappa:
        low, high = found.kappa.low, found.kappa.high
        bounds = {"low": "—" if low is None else f"{low:.2f}", "high": "—" if high is None else f"{high:.2f}"}
        told.append(words.say("judge.votes_kappa", language, kappa=f"{found.kappa.value:.2f}", **bounds))
    elif found.n:
        told.append(words.say("judge.votes_no_kappa", language))
    told += [words.say(why, language, n=n) for why, n in found.left_out.items()]
    return told


def exam_examples(made: Result, part: str, language: str) -> list[Example]:
    """Cases of the exam with the judge's raw words, one of each kind, those it got wrong first."""
    mine = [case for case in made.judging.cases if case.part == part and _is_asked(case, made.replies)]
    ranked = sorted(mine, key=lambda case: exam.outcome(case, made.replies) is True)
    chosen = list({case.kind: case for case in reversed(ranked)}.values())[:EXAMPLES]
    return [_exam_example(case, made.replies, language) for case in sorted(chosen, key=ranked.index)]


def pair_examples(made: Result, language: str, names: Names | None = None) -> list[Example]:
    """Answers the judge compared, those where the base was better first, then ties, then wins."""
    if not made.passed("pairs"):
        return []
    order = {"second": 0, "tie": 1, "first": 2}
    judged = [(pair, comparing.opinion(pair, made.replies)) for pair in comparing.pairs(made.records, made.judging)]
    asked = [(pair, one) for pair, one in judged if one.winner is not None and one.asked]
    asked.sort(key=lambda both: (both[0].mine.slice != made.headline, order[both[1].winner or ""]))
    found = []
    for pair, one in _spread(asked):
        mine, base = called(pair.mine.contestant, names), called(pair.base.contestant, names)
        ids = [ask_id("pair", pair.mine.item, pair.mine.contestant, order) for order in ORDERS]
        key = "judge.outcome_turned" if one.winner == "tie" and not one.agreed else f"judge.outcome_{one.winner}"
        found.append(
            Example(
                label=words.say(f"evals.slice_{pair.mine.slice}", language),
                question=pair.mine.question,
                reference=pair.mine.reference,
                answers=((mine, _quoted(pair.mine.answer)), (base, _quoted(pair.base.answer))),
                replies=tuple(_raw(made.replies.get(name), language) for name in ids),
                outcome=words.say(key, language, model=mine, base=base),
                good=None,
            )
        )
    return found


def section(made: Result, language: str, names: Names | None = None) -> str:
    """The judging as plain HTML below a heading of its own, for a report."""
    body = f"<p>{escape(about(made, language, names))}</p>"
    body += "".join(f"<p>{escape(one)}</p>" for one in sentences(made, language, names))
    for one in made.standings:
        heading = words.say(f"judge.exam_{one.part}", language)
        body += f"<h3>{escape(heading)}</h3><ul>"
        body += "".join(f"<li>{escape(said)}</li>" for said in exam_sentences(one, language)) + "</ul>"
        body += _plain_table(exam_table(one, language))
    if made.wins:
        body += (
            _plain_table(wins_table(made, language, names)) + f"<p><small>{escape(length_note(language))}</small></p>"
        )
    body += _plain_table(grades_table(made, language, names)) if made.grades else ""
    return body + "".join(f"<p>{escape(one)}</p>" for one in votes_sentences(made.votes, language))


def about(made: Result, language: str, names: Names | None = None) -> str:
    """Who judged, with which weights, against whom."""
    one, against = made.judging, called(made.judging.against, names)
    if one.judge.url:
        url, _, model = one.fingerprint.rpartition("#")
        return words.say("judge.about_url", language, url=url, model=model, against=against)
    values = {"judge": called(one.judge.name, names), "fingerprint": one.fingerprint}
    return words.say("judge.about", language, against=against, **values)


def _part(made: Result, one: Standing, language: str, names: Names) -> list[str]:
    if one.state == "unfinished":
        return [words.say(f"judge.unfinished_{one.part}", language)]
    if one.state == "withheld":
        by_votes = any(reason.key == "judge.votes_disagree" for reason in one.reasons)
        first = "judge.withheld_pairs_votes" if by_votes else f"judge.withheld_{one.part}"
        return [words.say(first, language), *(reason.text(language) for reason in one.reasons)]
    if one.part == "pairs":
        return [_wins_sentence(row, language, names) for row in made.wins if row.slice == made.headline]
    return [_grades_sentence(row, language, names) for row in made.grades if row.slice == made.headline]


def _wins_sentence(row: Wins, language: str, names: Names) -> str:
    who = {"model": called(row.model, names), "base": called(row.base, names)}
    if row.rate is None:
        return words.say("judge.wins_nothing", language, n=row.not_scored, **who)
    counts = {"wins": row.wins, "ties": row.ties, "losses": row.losses, "n": row.n}
    rate = {"rate": percent(row.rate.value), "low": percent(row.rate.low), "high": percent(row.rate.high)}
    need = {"need": FEW_ITEMS, "need_groups": FEW_GROUPS}
    said = words.say(f"judge.wins_{row.state}", language, **who, **counts, **rate, **need)
    if row.adjusted and row.adjusted.value is not None:
        bounds = {"low": percent(row.adjusted.low), "high": percent(row.adjusted.high)}
        more = words.say("judge.equal_length", language, rate=percent(row.adjusted.value), **bounds)
        said += ("" if language == "zh" else " ") + more
    return said


def _grades_sentence(row: Grades, language: str, names: Names) -> str:
    who = called(row.model, names)
    if row.mean is None:
        return words.say("judge.grades_nothing", language, model=who, n=row.not_scored)
    low, high = (_grade(bound) for bound in (row.mean.low, row.mean.high))
    values = {"mean": _grade(row.mean.value), "low": low, "high": high, "n": row.n, "right": row.counts[2]}
    return words.say("judge.grades", language, model=who, **values)


def _wins_row(row: Wins, language: str, names: Names | None) -> list[str]:
    rate, adjusted = row.rate, row.adjusted
    equal = "—"
    if adjusted and adjusted.value is not None:
        equal = f"{percent(adjusted.value)} % [{percent(adjusted.low)} … {percent(adjusted.high)}]"
    elif adjusted:
        equal = words.say(adjusted.why, language)
    return [
        words.say(f"evals.slice_{row.slice}", language),
        called(row.model, names),
        str(row.wins),
        words.say("judge.ties_of", language, n=row.ties, alike=row.alike, turned=row.turned),
        str(row.losses),
        f"{percent(rate.value)} %" if rate else "—",
        f"{percent(rate.low)} … {percent(rate.high)} %" if rate else "—",
        equal,
        f"{row.tokens[0]:.1f} / {row.tokens[1]:.1f}",
        str(row.n),
        _left_out(row.not_scored, row.why, language),
    ]


def _grades_row(row: Grades, language: str, names: Names | None) -> list[str]:
    mean, less = row.mean, row.difference
    difference = "—"
    if less:
        low, high = ("—" if bound is None else f"{bound:+.2f}" for bound in (less.low, less.high))
        difference = f"{less.value:+.2f} [{low} … {high}]"
    return [
        words.say(f"evals.slice_{row.slice}", language),
        called(row.model, names),
        *(str(count) for count in row.counts[::-1]),
        _grade(mean.value if mean else None),
        f"{_grade(mean.low)} … {_grade(mean.high)}" if mean else "—",
        difference,
        str(row.n),
        _left_out(row.not_scored, row.why, language),
    ]


def _left_out(count: int, why: Mapping[str, int], language: str) -> str:
    """How many were not scored, and why."""
    if not count:
        return "0"
    told = [f"{_why(key, language)}: {n}" for key, n in why.items()]
    return f"{count} ({_listed(told, language)})"


def _exam_example(case: Case, replies: Mapping[str, Said], language: str) -> Example:
    known = exam.outcome(case, replies)
    names = ("judge.answer_first", "judge.answer_second") if case.part == "pairs" else ("judge.answer_graded",)
    texts = (case.first, case.second)[: len(names)]
    if known is None:
        outcome = _why_not(case, replies, language)
    else:
        outcome = words.say("judge.outcome_right" if known else "judge.outcome_wrong", language)
    return Example(
        label=case_name(case.part, case.kind, language),
        question=case.question,
        reference=case.reference,
        answers=tuple((words.say(name, language), _quoted(text)) for name, text in zip(names, texts, strict=True)),
        replies=tuple(_raw(replies.get(ask.id), language) for ask in exam.asks(case)),
        outcome=outcome,
        good=known,
    )


def _why_not(case: Case, replies: Mapping[str, Said], language: str) -> str:
    if case.part == "pairs":
        key = exam.opinion(case, replies).why
    else:
        said = replies.get(ask_id("exam", case.id))
        key = parsing.score(said)[1] if said else "judge.not_asked_yet"
    return words.say("judge.outcome_unread", language, reason=_why(key, language))


def _why(key: str, language: str) -> str:
    """Why a reply counts for nothing; of an error elsewhere only that there was none."""
    return words.say(key if key.startswith("judge.") else "judge.no_reply", language)


def _is_asked(case: Case, replies: Mapping[str, Said]) -> bool:
    return all(ask.id in replies for ask in exam.asks(case))


def _spread(
    judged: Sequence[tuple[comparing.Pair, comparing.Opinion]],
) -> list[tuple[comparing.Pair, comparing.Opinion]]:
    """A few of each outcome."""
    kinds: dict[str, list[tuple[comparing.Pair, comparing.Opinion]]] = {}
    for one in judged:
        kinds.setdefault(one[1].winner or "", []).append(one)
    return [one for same in kinds.values() for one in same[: EXAMPLES // 2]]


def _raw(said: Said | None, language: str) -> str:
    """The judge's own words, or why there are none."""
    if said is None:
        return words.say("judge.not_asked_yet", language)
    if said.text is None:
        return words.say(said.error, language, **said.error_values) if words.has(said.error) else said.error
    return _quoted(said.text) or words.say("judge.said_nothing", language)


def _quoted(text: str | None) -> str:
    plain = (text or "").strip()
    return plain if len(plain) <= _QUOTED else plain[:_QUOTED] + "…"


def _grade(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f}"


def _listed(parts: Sequence[str], language: str) -> str:
    return ("、" if language == "zh" else ", ").join(parts)


def _plain_table(rows: Sequence[Sequence[str]]) -> str:
    head, *body = rows
    cells = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    lines = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in body)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table>"
