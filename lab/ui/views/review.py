"""What the review of a synthesis shows: an estimate before, progress, pairs beside their passage, what is covered.

Knows: pairs, marks, samples and sections as HTML; a card's buttons report ``act`` and ``pair`` (``labReview`` in
``review.js``). Must not know gradio or where anything is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from lab import words
from lab.jobs import JobView
from lab.synth import Entry, Extraction, Trial
from lab.synth.coverage import Coverage, Estimate, SectionCoverage, Segment, covered_by
from lab.synth.review import Mark, Sample, State
from lab.synth.sections import Section, sections
from lab.ui.present import badge, duration, empty, meter, number, percent, table, tag, text

A_PAGE = 10
CONTEXT = 110
"""Characters of a document shown on either side of the evidence."""
LINES = 2
"""Lines of it with text, besides those the evidence begins and ends in."""
LONGEST_EVIDENCE = 700
UNCOVERED_SHOWN = 30
SECTIONS_SHOWN = 200
STATUS_KINDS = {"accepted": "good", "edited": "good", "rejected": "bad", "refused": "warn", "stale": "warn", "new": ""}
KEYS = (("j", "next"), ("k", "before"), ("a", "accept"), ("e", "edit"), ("r", "reject"), ("u", "undo"))


def estimate(found: Sequence[Estimate], language: str) -> str:
    """Before anything runs: the sections of each document, the share that will yield, and how many questions."""
    say = _sayer(language)
    head = [text(say(f"column_{name}")) for name in ("document", "sections", "share", "pairs", "density")]
    rows = []
    for one in found:
        per = 1000 * one.pairs / one.characters if one.characters else 0.0
        about = "" if one.is_whole else "≈ "
        counted = [str(one.sections), percent(one.share, language), f"{about}{one.pairs}", number(per, 1)]
        rows.append([text(one.document), *counted])
    totals = {"pairs": sum(one.pairs for one in found), "sections": sum(one.sections for one in found)}
    bare = "" if totals["pairs"] else empty(say("no_pairs_title"), say("no_pairs"))
    listed = "".join(_section_list(one.document, one.parts, language, counted=one.is_whole) for one in found)
    told = tag("p", text(say("estimate", **totals)), class_="count") + table(head, rows)
    return told + listed + bare


def _section_list(document: str, parts: Sequence[SectionCoverage], language: str, *, counted: bool = True) -> str:
    """The sections of a document, folded: each heading with its text, the share asked about and its questions."""
    say = _sayer(language)
    rows = []
    for part in parts[:SECTIONS_SHOWN]:
        title = " › ".join(one for one in (*part.path, part.title) if one) or say("no_heading")
        asked = [percent(part.share, language), str(part.pairs)] if counted and part.characters else ["–", "–"]
        rows.append([text(title), str(part.characters), *asked])
    head = [text(say(f"column_{name}")) for name in ("section", "characters", "share", "pairs")]
    more = len(parts) - SECTIONS_SHOWN
    inside = table(head, rows) + (tag("p", text(say("and_more", n=more)), class_="fine") if more > 0 else "")
    summary = tag("summary", text(say("sections_of", document=document, n=len(parts))))
    return tag("details", summary + inside, class_="more sections")


def trial(one: Trial, language: str) -> str:
    """How one piece went: what the model wrote, what passed, how long all of it would take."""
    outcome = one.outcome
    say = _sayer(language)
    how = say(
        "tried",
        section=one.heading,
        seconds=number(outcome.seconds, 1),
        rate=number(one.tokens_per_second, 1),
        pieces=one.pieces,
        time=duration(one.eta_seconds, language),
    )
    parsed = say("tried_parsed" if outcome.state == "done" else "tried_not_parsed")
    kept = say("tried_kept", kept=len(outcome.pairs), refused=len(outcome.rejected))
    reasons = "".join(
        tag("li", text(f"{item.pair.question} — {words.say(f'synth.gate_{item.code}', language)}"))
        for item in outcome.rejected
    )
    good = "".join(tag("li", tag("b", text(p.question)) + " " + text(p.answer)) for p in outcome.pairs)
    said = "\n\n".join(reply.text.strip() for reply in outcome.said)
    inside = tag("summary", text(say("raw"))) + tag("pre", text(said), class_="line")
    raw = tag("details", inside, class_="more", open=outcome.state != "done")
    listed = tag("ul", good) if good else ""
    listed += tag("ul", reasons, class_="fine") if reasons else ""
    return tag("p", text(how)) + tag("p", text(f"{parsed} {kept}"), class_="count") + listed + raw


def progress(job: JobView, state: State, language: str) -> str:
    """How far the synthesis is, and why it ended where it did."""
    say = _sayer(language)
    status = job.status
    share = status.step / status.total if status.total else 0.0
    parts = [words.say(f"jobs.state_{job.state}", language)]
    if not job.is_final:
        parts.append(words.say(status.phase, language) if words.has(status.phase) else "")
        parts.append(f"{status.step}/{status.total}" if status.total else "")
        if status.rate:
            parts.append(say("left", time=duration((status.total - status.step) / status.rate, language)))
    parts.append(say("made", pairs=len(state.made.pairs), refused=len(state.made.rejected)))
    line = tag("p", text(" · ".join(part for part in parts if part)), class_="meter-note")
    bar = meter(share, job.spec.name) if not job.is_final else ""
    why = ""
    if job.state == "failed" and words.has(status.error):
        why = words.say(status.error, language, **status.error_values)
    elif job.state in {"interrupted", "stopped"}:
        why = say("can_go_on")
    bad, raw = state.made.not_parsed, ""
    if bad:
        shown = "\n\n".join(reply.text.strip() for one in bad[:3] for reply in one.said[:1])
        label = tag("summary", text(say("not_parsed", n=len(bad))))
        raw = tag("details", label + tag("pre", text(shown), class_="line"), class_="more")
    note = "" if job.is_final else tag("p", text(say("may_close")), class_="fine")
    return bar + line + (tag("p", text(why), class_="caution") if why else "") + raw + note


def cards(shown: Sequence[Entry], state: State, current: str, editing: str, language: str) -> str:
    """One page of pairs, each beside the passage it came from; keys work inside."""
    say = _sayer(language)
    if not shown:
        return empty(say("nothing_title"), say("nothing"))
    items = "".join(_card(entry, state, entry.id == current, entry.id == editing, language) for entry in shown)
    keys = "".join(tag("span", tag("kbd", key) + text(say(f"key_{name}"))) for key, name in KEYS)
    return tag("p", keys, class_="keys") + tag("ol", items, class_="review-list", data_now=current)


def _card(entry: Entry, state: State, current: bool, editing: bool, language: str) -> str:
    say = _sayer(language)
    pair = entry.pair
    marks = badge(say(f"status_{entry.status}"), STATUS_KINDS[entry.status]) + badge(rule_name(pair.rule, language))
    if entry.drawn:
        marks += badge(say("drawn"))
    if entry.is_disputed:
        marks += badge(say("disputed"), "warn")
    if entry.marks and not entry.is_read:
        marks += badge(say("unread"), "warn")
    said = tag("p", text(pair.question), class_="question") + tag("p", text(pair.answer), class_="answer")
    why = tag("p", text(words.say(f"synth.gate_{entry.code}", language)), class_="why") if entry.code else ""
    who = "".join(tag("li", text(_mark(mark, language))) for mark in entry.marks)
    buttons = "".join(
        tag("button", text(say(f"key_{act}")), type="button", class_="quiet", data_act=act, data_pair=entry.id)
        for act in ("accept", "edit", "reject")
    )
    left = tag("header", marks) + said + why + (tag("ul", who, class_="who-said") if who else "")
    left += tag("div", buttons, class_="row-buttons")
    source = state.made.documents.get(pair.document, "")
    right = tag("p", text(f"{pair.document} › {pair.section}" if pair.section else pair.document), class_="place")
    right += _passage(source, pair.start, pair.end, pair.answer) if pair.evidence else tag("p", text(say("no_passage")))
    inside = tag("div", left, class_="said") + tag("div", right, class_="from")
    return tag(
        "li",
        inside,
        class_=f"review-card {entry.status}{' editing' if editing else ''}",
        data_card=entry.id,
        data_current=current,
        tabindex="0" if current else "-1",
        aria_label=pair.question,
    )


def _mark(mark: Mark, language: str) -> str:
    said = words.say(f"ui_review.status_{mark.status}", language)
    parts = [f"{mark.reviewer}: {said}"]
    if mark.sample:
        low, high = round(100 * mark.sample["low"]), round(100 * mark.sample["high"])
        values = {"right": mark.sample["right"], "of": mark.sample["of"], "low": low, "high": high}
        parts.append(words.say("ui_review.by_sample", language, **values))
    if mark.note:
        parts.append(mark.note)
    return " · ".join([*parts, mark.time[:16].replace("T", " ")])


def _passage(document: str, start: int, end: int, answer: str) -> str:
    """The document around the evidence, the evidence marked, and in it the answer where it stands word for word."""
    before, after = _lead(document[max(0, start - CONTEXT) : start]), _tail(document[end : end + CONTEXT])
    evidence = document[start:end]
    at = evidence.find(answer) if len(answer) < len(evidence) else -1
    if at >= 0:
        tail = at + len(answer)
        inner = text(evidence[:at]) + tag("strong", text(answer)) + text(evidence[tail : tail + LONGEST_EVIDENCE])
        inner = inner if at <= LONGEST_EVIDENCE else "…" + text(evidence[at - 80 : at]) + tag("strong", text(answer))
    else:
        inner = text(evidence[:LONGEST_EVIDENCE]) + ("…" if len(evidence) > LONGEST_EVIDENCE else "")
    lead, end_mark = ("…" if start > CONTEXT else ""), ("…" if end + CONTEXT < len(document) else "")
    return tag("blockquote", f"{lead}{text(before)}{tag('mark', inner)}{text(after)}{end_mark}")


def _lead(before: str) -> str:
    """The last lines of what stands before, so that the passage itself is in sight."""
    lines = before.split("\n")
    kept = [line for line in lines[:-1] if line.strip()][-LINES:]
    return "".join(f"{line}\n" for line in kept) + lines[-1]


def _tail(after: str) -> str:
    lines = after.split("\n")
    kept = [line for line in lines[1:] if line.strip()][:LINES]
    return lines[0] + "".join(f"\n{line}" for line in kept)


def rules(state: State, language: str) -> str:
    """What each rule gave and how good its sample was, with the buttons to draw one and to accept the rest."""
    say = _sayer(language)
    usable: Counter[str] = Counter(e.pair.rule for e in state.entries if not e.code)
    refused: Counter[str] = Counter(e.pair.rule for e in state.entries if e.code)
    unmarked: Counter[str] = Counter(e.pair.rule for e in state.entries if e.status == "new")
    samples = {sample.rule: sample for sample in state.samples}
    rows = []
    for rule in sorted({*usable, *refused}, key=lambda name: -usable[name]):
        rows.append(
            [
                text(rule_name(rule, language)),
                str(usable[rule]),
                str(refused[rule]),
                str(unmarked[rule]),
                _sample(samples.get(rule), unmarked[rule], rule, language),
            ]
        )
    head = [text(say(f"column_{name}")) for name in ("rule", "usable", "refused", "unmarked", "sample")]
    return tag("h3", text(say("rules_title"))) + table(head, rows)


def _sample(sample: Sample | None, unmarked: int, rule: str, language: str) -> str:
    """What the rule's sample says, and what can be done with it."""
    say = _sayer(language)
    told, buttons = "", []
    if sample and sample.interval:
        low, high = (round(100 * value) for value in sample.interval)
        told = say("sample_says", right=sample.right, of=sample.drawn, low=low, high=high)
    elif sample:
        told = say("sample_going", marked=sample.marked, drawn=sample.drawn)
        buttons.append(("sample", say("show_sample")))
    if unmarked and (sample is None or sample.interval):
        buttons.append(("draw", say("draw")))
    if unmarked and sample and sample.interval:
        buttons.append(("rest", say("accept_rest", n=unmarked)))
    made = [tag("button", text(x), type="button", class_="quiet", data_act=act, data_pair=rule) for act, x in buttons]
    return tag("span", text(told)) + "".join(made)


def coverage(state: State, language: str) -> str:
    """For each document a strip of its sections, darker where more is asked, and the headings nothing asks about."""
    say = _sayer(language)
    parts = []
    for name, source in state.made.documents.items():
        usable = [
            e.pair for e in state.entries if e.status in {"new", "accepted", "edited"} and e.pair.document == name
        ]
        found = covered_by(Extraction(name, source, _sections(source), (), ()), usable)
        label = say("covered", document=name, share=round(100 * found.share), pairs=len(usable))
        parts.append(tag("p", text(label), class_="fine"))
        strip = "".join(_band(segment, found, language) for segment in found.segments)
        parts.append(tag("div", strip, class_="heat", role="img", aria_label=label))
        if found.uncovered:
            listed = "".join(tag("li", text(title)) for title in found.uncovered[:UNCOVERED_SHOWN])
            more = len(found.uncovered) - UNCOVERED_SHOWN
            listed += tag("li", text(say("and_more", n=more))) if more > 0 else ""
            summary = tag("summary", text(say("uncovered", n=len(found.uncovered))))
            parts.append(tag("details", summary + tag("ul", listed), class_="more"))
        parts.append(_section_list(name, found.sections, language))
    legend = "".join(
        tag("span", tag("i", "", class_=level) + text(say(f"legend_{name}")))
        for name, level in (("many", "level-3"), ("few", "level-1"), ("none", "level-0"), ("no_text", "no-text"))
    )
    return tag("h3", text(say("coverage_title"))) + tag("p", legend, class_="fine legend") + "".join(parts)


def _band(segment: Segment, found: Coverage, language: str) -> str:
    level = 0 if not segment.pairs else 1 if segment.pairs == 1 else 2 if segment.pairs <= 3 else 3
    kind = f"level-{level}" if segment.pairs or segment.is_text else "no-text"
    section = next((one for one in found.sections if one.start <= segment.start < one.end), None)
    title = section.title if section and section.title else words.say("ui_review.no_heading", language)
    told = words.say("ui_review.band", language, title=title, pairs=segment.pairs)
    return tag("i", "", class_=kind, style=f"flex:{segment.end - segment.start}", title=told)


@lru_cache(maxsize=32)
def _sections(document: str) -> tuple[Section, ...]:
    return tuple(sections(document))


def totals(state: State, language: str) -> str:
    """How many pairs stand how, and who has marked."""
    say = _sayer(language)
    counts = " · ".join(f"{say(f'status_{status}')} {n}" for status, n in state.counts.items() if n)
    parts = [tag("p", text(counts), class_="count")]
    if state.reviewers:
        parts.append(tag("p", text(say("reviewers", names=words.listed(state.reviewers, language))), class_="fine"))
    if state.changed:
        parts.append(tag("p", text(say("changed", documents=words.listed(state.changed, language))), class_="caution"))
    return "".join(parts)


def rule_name(rule: str, language: str) -> str:
    """What a rule is called on the page."""
    key = f"ui_review.rule_{rule}"
    return words.say(key, language) if words.has(key) else rule


def choices(values: Mapping[str, int], names: Mapping[str, str], everything: str) -> list[tuple[str, str]]:
    """Choices of a filter with their counts, everything first."""
    return [(everything, "")] + [(f"{names.get(value, value)} ({n})", value) for value, n in values.items() if n]


def _sayer(language: str) -> Callable[..., str]:
    """Sentences of this area, by their short key."""

    def say(key: str, **values: object) -> str:
        return words.say(f"ui_review.{key}", language, **values)

    return say
