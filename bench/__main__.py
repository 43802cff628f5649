"""``python -m bench [NAME …]``: run the measurements and print their tables. One alone: ``python -m bench.start``."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))

for name in sys.argv[1:] or NAMES:
    print(f"\n== {name}")
    runpy.run_module(f"bench.{name}", run_name="__main__")
