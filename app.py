"""Opens the lab in a browser: settings → lab → page and API → launch. No logic."""

from __future__ import annotations

import os
import sys

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # building one Blocks otherwise looks up an address
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

from lab import hosting
from lab.api import routes
from lab.errors import LabError
from lab.lab import Lab
from lab.settings import Settings, language
from lab.ui.launch import launch


def main() -> int:
    """Serve the page until interrupted; returns the exit status."""
    try:
        lab = Lab(hosting.settled(Settings.read()))
        launch(lab, routes(lab), open_browser="--open" in sys.argv[1:])
    except LabError as error:
        sys.stderr.write(error.sentence(language()) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
