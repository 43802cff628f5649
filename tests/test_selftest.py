"""The self-test holds here, and says so where a value differs."""

from __future__ import annotations

import json
from dataclasses import replace

from typer.testing import CliRunner

from lab.cli import app
from lab.selftest import Compared, document, self_test


def test_every_known_value_is_ours_too() -> None:
    tested = self_test()
    assert [one.vector.metric for one in tested if not one.passed] == []
    assert len(tested) > 35


def test_a_value_that_differs_is_told() -> None:
    one = self_test()[0]
    assert not Compared(replace(one.vector, wanted=0.0), one.value).passed
    assert not Compared(one.vector, float("nan")).passed


def test_the_command_prints_one_document_in_both_languages() -> None:
    done = CliRunner().invoke(app, ["score", "--self-test", "--json"])
    told = json.loads(done.stdout)
    assert done.exit_code == 0 and told["failed"] == 0 and told == json.loads(json.dumps(document(self_test())))
    assert all(set(one["metric"]) == {"zh", "en"} for one in told["vectors"])
