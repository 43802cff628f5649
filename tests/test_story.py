"""The one-file report: whole, in both languages, nothing fetched, nothing given away."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lab import evals, story
from lab.errors import LabError
from lab.lab import Lab
from lab.recorded import bring_in
from lab.settings import Settings

RUN = "ft-family-zh-recorded"


@pytest.fixture
def shown(tmp_path: Path) -> Lab:
    made = Lab(Settings(home=tmp_path / "workspace"))
    bring_in(made.workspace)
    return made


class _Read(HTMLParser):
    """What a browser would fetch, run, or show."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.said: dict[str, str] = {"en": "", "zh": ""}
        self._within = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        told = dict(attributes)
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attributes if name in {"src", "href", "action", "data"}]
        assert not any(name.startswith("on") for name in told), told
        if tag == "main":
            self._within = told["class"] or ""

    def handle_data(self, data: str) -> None:
        if self._within:
            self.said[self._within] += data


def test_the_file_holds_verdict_curve_answers_and_evidence_in_both_languages_and_fetches_nothing(shown: Lab) -> None:
    run = shown.runs.get(RUN)
    made = shown.story(run)
    page = story.html(made, "zh")
    read = _Read(page)
    assert read.addresses == [] and not {"script", "link", "img", "iframe", "object"} & set(read.tags)
    assert "url(" not in page and "@import" not in page and "http" not in re.sub(r'http-equiv="[^"]*"', "", page)
    assert '<html lang="zh-Hans">' in page and "@media print" in page and read.tags.count("svg") == 2
    assert made.board is not None
    for language in ("zh", "en"):
        assert all(one in read.said[language] for one in evals.verdict(made.board).told(language))
        asked = [one for one in made.records if one.slice != "trained"]
        assert all(one.question in read.said[language] and (one.answer or "") in read.said[language] for one in asked)
        assert run.adapter_hash in read.said[language] and made.board.evaluation.id in read.said[language]
    points = re.search(r'points="([^"]*)"', page)
    assert points is not None and len(points[1].split()) == run.steps


def test_what_people_and_models_said_is_text_and_places_and_keys_stay_here(shown: Lab) -> None:
    run = shown.runs.get(RUN)
    shown.runs.save(replace(run, base="/home/anna/models/mine"))
    path = shown.workspace.job(shown.story(run).board.evaluation.id) / "items.jsonl"  # type: ignore[union-attr]
    records = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    held = next(one for one in records if one["slice"] != "trained" and one["contestant"] == RUN)
    held["answer"] = "<script>alert(1)</script> & <b>"
    path.write_text("".join(json.dumps(one) + "\n" for one in records), "utf-8")
    page = story.html(shown.story(shown.runs.get(RUN)))
    assert "<script>" not in page and "&lt;script&gt;alert(1)" in page
    assert "/home/" not in page and "mine" in page
    held["answer"] = "Use " + "sk-proj-" + "9dK2fLq7Zx8WmT3vB6nR1yHc5Gj0PsAe4UiO"
    path.write_text("".join(json.dumps(one) + "\n" for one in records), "utf-8")
    with pytest.raises(LabError) as caught:
        shown.story(run)
    assert held["answer"][4:] not in str(caught.value) and held["file"] in str(caught.value)


def test_a_run_without_evaluation_or_curve_says_so_and_claims_nothing(shown: Lab) -> None:
    run = shown.runs.get(RUN)
    page = story.html(story.Story(run, (), None, ()), "en")
    assert "nothing is claimed" in page and "No step" in page and "<svg" not in page
    seen = [{"step": 1, "loss": 2.0}, {"step": 2, "loss": 1.0, "eval_loss": 1.5}]
    assert story.curve(seen, "en").count("<circle") == 1
