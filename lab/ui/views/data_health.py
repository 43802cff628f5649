"""The health of rows as a person would rather look at it: bars, a histogram, shares with their targets.

Knows: a ``Health`` record as HTML; pictures are plain boxes and a little SVG, each with its numbers in words beside it.
Must not know gradio or how anything was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lab import words
from lab.ingest.health import (
    Balance,
    Cluster,
    Health,
    Hint,
    Leak,
    Lengths,
    Part,
    Place,
    Service,
    Share,
)
from lab.ingest.versions.balancing import SAMPLING
from lab.ui.present import badge, number, table, tag, text

NAMES_SHOWN = 12
"""Labels or tags drawn before the rest is folded away."""
CLUSTERS_SHOWN = 8
HEIGHT, WIDTH = 120, 600
WAY = " way"
"""Name of the field that says how targets are reached; no tag begins with a space."""
GOOD, FAIR = 90, 70
"""Scores from which the data counts as in good and in fair health."""


def card(health: Health, language: str, *, may_balance: bool = False) -> str:
    """Everything measured, the score and its parts first; with a form of target shares where tags may be evened out."""
    say = _say(language)
    drawn = [
        _box(say("ui_data_health.lengths"), _lengths(health.lengths, say), wide=True),
        _box(say("ui_data_health.copies"), _copies(health, say)),
        _box(say("ui_data_health.leakage"), _leakage(health, say)),
        _box(say("ui_data_health.private"), _hints(health.hints, say)),
        _box(say("ui_data_health.languages"), _shares(health.languages, say)),
    ]
    for balance in (health.labels, health.tags):
        if balance:
            inside = _shares(balance, say) + (_targets(balance, say) if may_balance and balance.kind == "tag" else "")
            drawn.append(_box(say(f"ui_data_health.{balance.kind}s"), inside, wide=True))
    drawn.append(_box(say("ui_data_health.elsewhere"), _services(health.services, say)))
    return _score(health, say) + tag("div", "".join(drawn), class_="health-grid")


def _score(health: Health, say: Callable[..., str]) -> str:
    level = "good" if health.score >= GOOD else "fair" if health.score >= FAIR else "poor"
    figure = tag("strong", str(health.score), class_="num") + tag("span", text(say("ui_data_health.of_100")))
    told = tag("p", text(say(f"ui_data_health.score_{level}")), class_="why")
    told += tag("p", text(say("ui_data_health.score_made_of", rows=health.rows)), class_="fine")
    head = tag("div", tag("div", figure, class_="score-figure") + tag("div", told), class_=f"score {level}")
    return head + tag("ul", "".join(_part(part, say) for part in health.parts), class_="score-parts")


def _part(part: Part, say: Callable[..., str]) -> str:
    name = tag("span", text(say(f"ui_data_health.part_{part.name}")), class_="part-name")
    if not part.n:
        return tag("li", name + tag("span", text(say("ui_data_health.part_unknown")), class_="fine"))
    bar = tag("span", tag("span", "", style=f"width:{100 * part.value:.1f}%"), class_="part-bar", aria_hidden="true")
    key = "ui_data_health.part_missing" if part.name == "enough" else "ui_data_health.part_bad"
    told = say(key, bad=part.bad, n=part.n) if part.bad else say("ui_data_health.part_fine")
    points = say("ui_data_health.points", got=number(part.value * part.weight, 1), of=part.weight)
    return tag("li", name + bar + tag("span", text(points), class_="num") + tag("span", text(told), class_="fine"))


def _lengths(lengths: Lengths, say: Callable[..., str]) -> str:
    unit = say(f"ui_data_health.unit_{lengths.unit}")
    told = say(
        "ui_data_health.lengths_told",
        unit=unit,
        median=number(lengths.median),
        p95=number(lengths.p95),
        longest=number(lengths.longest),
    )
    drawn = _histogram(lengths, unit, say) + tag("p", text(told), class_="fine")
    if lengths.limit is None:
        return drawn + tag("p", text(say("ui_data_health.no_limit")), class_="fine")
    key = "ui_data_health.over" if lengths.over else "ui_data_health.none_over"
    over = say(key, n=lengths.over, limit=number(lengths.limit))
    drawn += tag("p", text(over), class_="caution" if lengths.over else "fine")
    if lengths.not_counted:
        drawn += tag("p", text(say("ui_data_health.not_counted", n=lengths.not_counted)), class_="fine")
    return drawn + _places(lengths.over_places, say)


def _histogram(lengths: Lengths, unit: str, say: Callable[..., str]) -> str:
    """Bars by length, with the model's limit as a line where it lies among them."""
    if not lengths.counts:
        return ""
    most, last = max(lengths.counts), lengths.edges[-1] or 1
    limit = lengths.limit if lengths.limit and lengths.limit <= last else None
    bars = ""
    for low, high, count in zip(lengths.edges, lengths.edges[1:], lengths.counts, strict=False):
        tall = max(2.0, HEIGHT * count / most) if count else 0
        left, wide = WIDTH * low / last, max(1.0, WIDTH * (high - low) / last - 1.5)
        told = tag("title", text(say("ui_data_health.bar", low=number(low), high=number(high), unit=unit, n=count)))
        over = " over" if limit is not None and low >= limit else ""
        bars += (
            f'<rect class="length{over}" x="{left:.1f}" y="{HEIGHT - tall:.1f}" '
            f'width="{wide:.1f}" height="{tall:.1f}">{told}</rect>'
        )
    if limit is not None:
        at = WIDTH * limit / last
        bars += f'<line class="limit" x1="{at:.1f}" x2="{at:.1f}" y1="0" y2="{HEIGHT}"/>'
    label = say("ui_data_health.histogram", unit=unit, n=lengths.n)
    drawing = (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{text(label)}">'
        f"{bars}</svg>"
    )
    ends = tag("span", "0") + tag("span", text(f"{number(last)} {unit}"))
    return tag("div", drawing + tag("div", ends, class_="axis num"), class_="histogram")


def _copies(health: Health, say: Callable[..., str]) -> str:
    copies = health.copies
    if not copies.exact + copies.near:
        return tag("p", text(say("ui_data_health.no_copies")), class_="fine")
    told = _figures([(say("ui_data_health.exact"), copies.exact), (say("ui_data_health.near"), copies.near)])
    items = "".join(_cluster(cluster, say) for cluster in copies.clusters[:CLUSTERS_SHOWN])
    return told + _fold(say("ui_data_health.largest_groups"), tag("ul", items, class_="found"))


def _cluster(cluster: Cluster, say: Callable[..., str]) -> str:
    first = cluster.places[0].text if cluster.places else ""
    head = badge(say(f"ui_data_health.kind_{cluster.kind}")) + " " + tag("b", f"{cluster.size}×", class_="num")
    return tag("li", f"{head} {text(first)} {_where(cluster.places)}")


def _leakage(health: Health, say: Callable[..., str]) -> str:
    leakage = health.leakage
    if not leakage.held_out:
        return tag("p", text(say("ui_data_health.nothing_held_out")), class_="fine")
    if not leakage.leaked:
        told = say("ui_data_health.no_leak", held_out=leakage.held_out, trained=leakage.trained)
        return tag("p", text(told), class_="fine")
    told = tag("p", text(say("ui_data_health.leaked", n=leakage.leaked, of=leakage.held_out)), class_="caution")
    items = "".join(_leak(leak, say) for leak in leakage.leaks[:CLUSTERS_SHOWN])
    return told + _fold(say("ui_data_health.which"), tag("ul", items, class_="found"))


def _leak(leak: Leak, say: Callable[..., str]) -> str:
    pair = say("ui_data_health.leak_pair", tested=leak.tested.text, trained=leak.trained.text)
    mark = badge(say(f"ui_data_health.kind_{leak.kind}"))
    return tag("li", f"{mark} {text(pair)} {_where((leak.tested, leak.trained))}")


def _hints(hints: Sequence[Hint], say: Callable[..., str]) -> str:
    if not hints:
        return tag("p", text(say("ui_data_health.no_hints")), class_="fine")
    items = ""
    for hint in hints:
        kind, look = ("secret", "bad") if hint.secret else ("personal", "warn")
        mark = badge(say(f"ui_data_health.{kind}"), look)
        masked = " · ".join(dict.fromkeys(place.text for place in hint.places[:3]))
        told = say("ui_data_health.hint", kind=say(f"ui_data_health.hint_{hint.kind}"), n=hint.count, rows=hint.rows)
        items += tag("li", f"{mark} {text(told)} {tag('code', text(masked))} {_where(hint.places[:3])}")
    return tag("ul", items, class_="found") + tag("p", text(say("ui_data_health.masked")), class_="fine")


def _shares(balance: Balance, say: Callable[..., str]) -> str:
    """A bar for each name, with its target as a mark across the bar."""
    most = max([share.share for share in balance.shares] + [share.target or 0.0 for share in balance.shares] + [0.001])
    lines = [_share(share, balance, most, say) for share in balance.shares]
    drawn = tag("ul", "".join(lines[:NAMES_SHOWN]), class_="share-bars")
    if len(lines) > NAMES_SHOWN:
        rest = tag("ul", "".join(lines[NAMES_SHOWN:]), class_="share-bars")
        drawn += _fold(say("ui_data_health.all_names", n=balance.names), rest)
    told = []
    if balance.evenness is not None and balance.kind != "language":
        told.append(say("ui_data_health.evenness", value=number(100 * balance.evenness, 0)))
    if balance.not_counted:
        told.append(say(f"ui_data_health.without_{balance.kind}", n=balance.not_counted))
    return drawn + tag("p", text(" ".join(told)), class_="fine") * bool(told)


def _tag(name: str, say: Callable[..., str]) -> str:
    """The word for a tag of ours; any other name as it is."""
    key, values = words.tag_key(name)
    return say(key, **values) if key else name


def _targets(balance: Balance, say: Callable[..., str]) -> str:
    """A field for the target share of each of the first tags, and how they are to be reached."""
    fields = "".join(
        tag(
            "label",
            tag("span", text(_tag(share.name, say))) + f'<input name="{text(share.name)}" inputmode="decimal">',
            class_="field",
        )
        for share in balance.shares[:NAMES_SHOWN]
    )
    options = "".join(tag("option", text(say(f"ui_data_health.sampling_{mode}")), value=mode) for mode in SAMPLING)
    way = tag(
        "label", tag("span", text(say("ui_data_health.sampling"))) + tag("select", options, name=WAY), class_="field"
    )
    button = tag("button", text(say("ui_data_health.sampling_look")), type="submit")
    inside = tag("p", text(say("ui_data_health.sampling_lead")), class_="fine") + tag(
        "div", fields + way, class_="field-row"
    )
    form = tag("form", inside + tag("div", button, class_="form-buttons"), data_form="look")
    return tag("div", _fold(say("ui_data_health.sampling_title"), form), class_="needs-write")


def sampled(
    counts: dict[str, tuple[int, int]], kept: Sequence[tuple[str, str]], notes: Sequence[str], language: str
) -> str:
    """Training rows of each tag before and after, and the button that saves it so."""
    say = _say(language)
    lines = [[text(_tag(name, say)), number(before), number(after)] for name, (before, after) in counts.items()]
    heads = [text(say(f"ui_data_health.sampling_{name}")) for name in ("tag", "before", "after")]
    told = "".join(tag("p", text(note), class_="caution") for note in notes)
    fields = "".join(f'<input type="hidden" name="{text(name)}" value="{text(value)}">' for name, value in kept)
    button = tag("button", text(say("ui_data_health.sampling_save")), type="submit", class_="act")
    title = tag("h3", text(say("ui_data_health.sampling_result")))
    return (
        title
        + table(heads, lines)
        + told
        + tag("form", fields + tag("div", button, class_="form-buttons"), data_form="save")
    )


def _share(share: Share, balance: Balance, most: float, say: Callable[..., str]) -> str:
    key = f"ui_data.language_{share.name}"
    named = say(key) if balance.kind == "language" and words.has(key) else _tag(share.name, say)
    fill = tag("span", "", class_="fill", style=f"width:{100 * share.share / most:.1f}%")
    if share.target is not None and balance.kind != "language":
        fill += tag("i", "", class_="target", style=f"left:{100 * share.target / most:.1f}%")
    told = say("ui_data_health.share", n=number(share.count), percent=number(100 * share.share, 1))
    if share.target is not None and balance.kind != "language":
        told += " · " + say("ui_data_health.target", percent=number(100 * share.target, 1))
    bar = tag("span", fill, class_="share-bar", aria_hidden="true")
    name = tag("span", text(named), class_="share-name", title=named)
    return tag("li", name + bar + tag("span", text(told), class_="num fine"))


def _services(services: Sequence[Service], say: Callable[..., str]) -> str:
    rows = []
    for service in services:
        name = say(f"ui_data_health.service_{service.name}")
        verdict, look = ("accepts", "good") if service.accepts else ("refuses", "warn")
        mark = badge(say(f"ui_data_health.{verdict}"), look)
        why = " ".join(say(f"data_rules.about_{code}") for code in service.reasons)
        rows.append([text(name), mark, text(why)])
    heads = [text(say(f"ui_data_health.column_{name}")) for name in ("service", "says", "why")]
    return table(heads, rows, class_="plain prose-cells")


def _figures(pairs: Sequence[tuple[str, int]]) -> str:
    items = "".join(tag("li", tag("b", number(count), class_="num") + " " + text(name)) for name, count in pairs)
    return tag("ul", items, class_="legend")


def _places(places: Sequence[Place], say: Callable[..., str]) -> str:
    if not places:
        return ""
    items = "".join(tag("li", f"{text(place.text)} {_where((place,))}") for place in places[:CLUSTERS_SHOWN])
    return _fold(say("ui_data_health.which"), tag("ul", items, class_="found"))


def _where(places: Sequence[Place]) -> str:
    told = ", ".join(f"{place.file}:{place.line}" if place.line else place.file for place in places[:4])
    return tag("span", text(told), class_="place")


def _box(title: str, inside: str, *, wide: bool = False) -> str:
    return tag("section", tag("h3", text(title)) + inside, class_="health-box wide" if wide else "health-box")


def _fold(title: str, inside: str) -> str:
    return tag("details", tag("summary", text(title)) + inside, class_="more")


def _say(language: str) -> Callable[..., str]:
    return lambda key, **values: words.say(key, language, **values)
