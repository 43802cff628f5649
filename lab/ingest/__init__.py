"""Files of a person to rows and documents, and to frozen data sets.

Knows: formats, encodings, rules, splits, the shipped samples and exports. Content, not the file's ending, decides
between rows and documents. Nothing is dropped without a problem that names file, line and reason. Must not know
training, evaluation or the page.
"""

from lab.checks import KINDS as CHECK_KINDS
from lab.checks import exercised, exercises
from lab.checks import parse as parse_check
from lab.ingest.adding import FIXES, add, fixed
from lab.ingest.files.sources import Cancelled
from lab.ingest.intake import Intake, Repairs, is_large
from lab.ingest.large import Options, submit
from lab.ingest.problems import as_json, describe, places
from lab.ingest.reading import FileReading, Reading, RowStream, language_of, read, stream
from lab.ingest.samples import Sample, sample, samples
from lab.ingest.splitting.splits import MODES, Plan, plan, with_groups
from lab.ingest.versions.balancing import Balance, balance, balanced, rebalance
from lab.ingest.versions.comparing import Difference, diff
from lab.ingest.versions.editing import Edited, Edits, apply, edit, new_row, reworded, rewritten, written
from lab.ingest.versions.merging import POLICIES, Conflict, Conflicts, Merged, conflicts, merge
from lab.ingest.writing.export import FORMATS, export

__all__ = [
    "CHECK_KINDS",
    "FIXES",
    "FORMATS",
    "MODES",
    "POLICIES",
    "Balance",
    "Cancelled",
    "Conflict",
    "Conflicts",
    "Difference",
    "Edited",
    "Edits",
    "FileReading",
    "Intake",
    "Merged",
    "Options",
    "Plan",
    "Reading",
    "Repairs",
    "RowStream",
    "Sample",
    "add",
    "apply",
    "as_json",
    "balance",
    "balanced",
    "conflicts",
    "describe",
    "diff",
    "edit",
    "exercised",
    "exercises",
    "export",
    "fixed",
    "is_large",
    "language_of",
    "merge",
    "new_row",
    "parse_check",
    "places",
    "plan",
    "read",
    "rebalance",
    "reworded",
    "rewritten",
    "sample",
    "samples",
    "stream",
    "submit",
    "with_groups",
    "written",
]
