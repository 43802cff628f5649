"""The lab as a process of its own, to be started, killed and started again over the same workspace."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from lab.settings import PROJECT


@dataclass
class App:
    """The running lab, and how to kill and start it again over the same workspace."""

    home: Path
    models: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)
    """More of the environment, by its ``LAB_`` names."""
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        environment = {**os.environ, "LAB_HOME": str(self.home), "LAB_MODELS": str(self.models)}
        environment |= {"LAB_PORT": str(self.port), "LAB_HOST": "127.0.0.1", **self.settings}
        log = (self.home.parent / "app.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=PROJECT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        log.close()
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=5):
                    return
            except OSError:
                assert self.process.poll() is None, (self.home.parent / "app.log").read_text("utf-8")
                time.sleep(0.1)
        raise AssertionError("the page did not come up")

    def kill(self) -> None:
        """End the web process as a power cut would."""
        assert self.process
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
