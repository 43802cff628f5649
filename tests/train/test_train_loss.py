"""The loss on labelled positions only is TRL's loss."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lab.settings import PROJECT, child_environment


def test_loss_and_gradient_equal_plain_trl_on_every_shape(models: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "bench.train_loss", "0"],
        capture_output=True,
        text=True,
        check=False,
        cwd=PROJECT,
        env=child_environment(LAB_MODELS=str(models)),
    )
    assert told.returncode == 0, told.stderr[-2000:]
    shapes = json.loads(told.stdout.splitlines()[-1])
    assert len(shapes) == 3
    for one in shapes.values():
        # Both multiply in bfloat16, in another order: three digits agree.
        assert one["our_loss"] == pytest.approx(one["plain_loss"], rel=5e-3)
        assert one["our_gradient"] == pytest.approx(one["plain_gradient"], rel=2e-2)
        assert 0 < one["labelled"] < one["positions"]
