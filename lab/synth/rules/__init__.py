"""The rules that find questions a document answers by its own structure: no model, nothing invented.

Knows which rules there are and in what order they count. A rule looks at one section and yields pairs; a new one
is added to ``RULES``. Must not know which pairs are good enough (``lab.synth.gates``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lab.synth.pairs import Pair
from lab.synth.rules.asking import Place
from lab.synth.rules.definitions import announced_lists, definitions
from lab.synth.rules.faq import faq_lines, question_headings, section_leads
from lab.synth.rules.listings import key_values, tables
from lab.synth.rules.quantities import quantities
from lab.synth.rules.statements import statements
from lab.synth.rules.steps import points, steps

Rule = Callable[[Place], Iterator[Pair | None]]

RULES: tuple[Rule, ...] = (
    question_headings,
    faq_lines,
    definitions,
    key_values,
    tables,
    announced_lists,
    steps,
    statements,
    quantities,
    points,
)
"""In order of trust: of two pairs with the same answer at the same place the earlier rule's is kept."""

LAST_RESORT: Rule = section_leads
"""For sections in which no pair of the other rules is kept."""
