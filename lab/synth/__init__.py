"""Documents → question–answer pairs a person accepts, and data sets → more wordings of their questions.

``extract`` finds the pairs of one document by rules alone. ``start`` makes a job of it, in which a model may word
questions or write pairs; ``Review`` keeps what people think of them. ``reword`` words a question anew;
``reword_dataset`` adds such wordings to a data set, ``decline_dataset`` questions that nothing in it answers.
Must not know how documents are read or splits are planned (``lab.ingest``): ``lab.lab`` brings them together.
"""

from __future__ import annotations

from lab.engine.provider import ProviderSpec, connect, provider_spec
from lab.synth.coverage import Coverage, Estimate, coverage, covered_by, estimate
from lab.synth.declining.adding import SHARE as DECLINING_SHARE
from lab.synth.declining.adding import Declining, decline_dataset
from lab.synth.extraction import extract
from lab.synth.gates import check
from lab.synth.pairs import Extraction, Pair, Rejected
from lab.synth.plans import MODES, SynthPlan
from lab.synth.review import Entry, Review
from lab.synth.saving import left_out, reviewed_rows
from lab.synth.synthesis import Trial, go_on, made, may_ask, read_documents, reading_problems, start, trial
from lab.synth.unanswerable import DEFAULT_SHARE, unanswerable, unanswerable_rows
from lab.synth.wording.answering import Written, write_answer
from lab.synth.wording.rewording import reword
from lab.synth.wording.rewording_job import first_reply, reworded_so_far, start_rewording
from lab.synth.wording.wordings import ANSWERS, Reworded, reword_dataset

__all__ = [
    "ANSWERS",
    "DECLINING_SHARE",
    "DEFAULT_SHARE",
    "MODES",
    "Coverage",
    "Declining",
    "Entry",
    "Estimate",
    "Extraction",
    "Pair",
    "ProviderSpec",
    "Rejected",
    "Review",
    "Reworded",
    "SynthPlan",
    "Trial",
    "Written",
    "check",
    "connect",
    "coverage",
    "covered_by",
    "decline_dataset",
    "estimate",
    "extract",
    "first_reply",
    "go_on",
    "left_out",
    "made",
    "may_ask",
    "provider_spec",
    "read_documents",
    "reading_problems",
    "reviewed_rows",
    "reword",
    "reword_dataset",
    "reworded_so_far",
    "start",
    "start_rewording",
    "trial",
    "unanswerable",
    "unanswerable_rows",
    "write_answer",
]
