"""Documents → question–answer pairs a person accepts, and data sets → more wordings of their questions.

``extract`` finds the pairs of one document by rules alone; ``rows_of`` turns the accepted ones into rows, still
without a split. ``reword`` words a question anew; ``reword_dataset`` adds such wordings to a data set.
Must not know how documents are read or splits are planned (``lab.ingest``): ``lab.lab`` brings them together.
"""

from __future__ import annotations

from lab.synth.extraction import extract, rows_of, unused
from lab.synth.pairs import Extraction, Pair, Rejected
from lab.synth.rewording import reword
from lab.synth.wordings import Reworded, reword_dataset

__all__ = ["Extraction", "Pair", "Rejected", "Reworded", "extract", "reword", "reword_dataset", "rows_of", "unused"]
