"""One fact, taught while people watch: a sentence → wordings behind the gates → a few steps → a run.

All of the loop in one gesture, so it stands above ``synth``, ``train`` and ``evals`` and puts them together, and below
``lab.lab``. ``told`` reads a sentence, ``lesson`` makes what is trained and asked, ``start`` begins the job,
``start_more`` goes on with declining, ``standing`` tells how it stands, ``room_…`` what phones do with it. Must not
know gradio; only the worker torch.
"""

from __future__ import annotations

from lab.teaching.lesson import Lesson, Refused, lesson, prepared
from lab.teaching.neighbours import Neighbours, neighbours
from lab.teaching.progress import Count, Question, Said, Standing, standing
from lab.teaching.room import ANSWER_TOKENS, room_asked, room_lesson, room_sides, told_by
from lab.teaching.starting import FORMAT, KIND, MORE_STEPS, MOST_STEPS, STEPS, lesson_of, start, start_more
from lab.teaching.telling import Fact, asked, told

__all__ = [
    "ANSWER_TOKENS",
    "FORMAT",
    "KIND",
    "MORE_STEPS",
    "MOST_STEPS",
    "STEPS",
    "Count",
    "Fact",
    "Lesson",
    "Neighbours",
    "Question",
    "Refused",
    "Said",
    "Standing",
    "asked",
    "lesson",
    "lesson_of",
    "neighbours",
    "prepared",
    "room_asked",
    "room_lesson",
    "room_sides",
    "standing",
    "start",
    "start_more",
    "told",
    "told_by",
]
