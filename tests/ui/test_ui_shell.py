"""The frame: both pages build, the address carries the selection, and strangers cannot write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from event_loops import closed_at_the_end

from lab import access
from lab.access import Right, cookies
from lab.errors import DataError, UsageError
from lab.lab import Lab
from lab.settings import Settings
from lab.ui.loop import STAGES, Stage, bar, with_next
from lab.ui.page import FOLDER, NEEDS, Selection
from lab.ui.present import duration, guarded, number, tag, text
from lab.ui.seam import rights
from lab.ui.shell import TAB_KINDS, Shell, dress, pages


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[gr.Blocks]:
    """Both pages of a lab, built once."""
    with closed_at_the_end():
        yield pages(Lab(Settings(home=tmp_path_factory.mktemp("pages"))))


def test_both_pages_build_and_look_like_ours(demo: gr.Blocks) -> None:
    assert [path for path, _, _ in demo.pages] == ["", "zh"]
    assert "labPage" in dress()["head"]
    assert Path(dress()["favicon_path"]).is_file()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_heading_names_every_stage_and_the_other_language(lab: Lab, language: str) -> None:
    heading = Shell(lab, language).heading(Selection(data="family", tab="train"))
    assert heading.count("<li") == len(STAGES)
    other = "/zh" if language == "en" else "/"
    assert f'href="{other}?tab=train&amp;data=family"' in heading


class Waiting:
    """A tab whose drawing lasts until a job has ended."""

    def __init__(self, lab: Lab, job: str) -> None:
        self.lab, self.job = lab, job
        self.outputs = self.watched = [gr.HTML()]

    def build(self) -> None: ...

    def refresh(self, selection: Selection) -> dict[Any, Any]:
        return {self.watched[0]: self.lab.jobs.wait(self.job).state}

    watch = refresh


def test_a_clock_stops_only_at_a_tick_that_began_after_every_job_had_ended(lab: Lab, tmp_path: Path) -> None:
    with gr.Blocks() as demo:
        shell = Shell(lab, "en")
        shell.build(demo)
        job = lab.jobs.submit("fetch", "nowhere", {"base": str(tmp_path / "nowhere"), "models": str(tmp_path)})
        leaf = Waiting(lab, job.id)
        clock, tick = shell.clocks["board"], shell._tick("board", leaf)
        first, second, elsewhere = (tick(Selection(), opened) for opened in ("board", "board", "train"))
    assert first[leaf.watched[0]] == second[leaf.watched[0]] == "failed"
    assert clock not in first, "it was at work when this tick began: what was drawn before may be old"
    assert second[clock].active is False
    assert elsewhere[clock].active is False and elsewhere[shell.clocks["train"]].active is True
    assert leaf.watched[0] not in elsewhere, "a tab that is not open is not drawn"


def test_what_somebody_may_not_do_is_put_away_on_their_page(tmp_path: Path) -> None:
    hosted = Lab(Settings(home=tmp_path, host="0.0.0.0", password="correct horse", visitors="chat"))
    shell = Shell(hosted, "en")
    with access.acting(hosted.access.caller({}, "203.0.113.7")):
        assert 'data-lacks="teach write"' in shell.heading(Selection())
    token = hosted.access.sign_in("correct horse", "Ann", "203.0.113.7")
    with access.acting(
        hosted.access.caller({"cookie": f"{hosted.access.cookies.called(cookies.SESSION)}={token}"}, "203.0.113.7")
    ):
        assert "data-lacks" not in shell.heading(Selection()), "the host sees everything"
    assert "data-lacks" not in Shell(Lab(Settings(home=tmp_path)), "en").heading(Selection()), "at home everybody does"


@pytest.mark.parametrize("right", Right)
def test_each_right_but_reading_can_be_put_away(right: Right) -> None:
    sheet = (FOLDER / "sharing.css").read_text("utf-8")
    assert (f'[data-lacks~="{right}"]) .{NEEDS}{right}' in sheet) is (right is not Right.READ)


def test_whatever_needs_a_right_is_put_away_where_it_stands_or_with_what_it_stands_in(demo: gr.Blocks) -> None:
    sheet = (FOLDER / "sharing.css").read_text("utf-8")
    offered = []
    for event, right in rights(demo).items():
        for block, name in demo.fns[event].targets if right is not Right.READ else []:
            one, away = demo.blocks[block], {f"{NEEDS}{right}", f"{name}-{NEEDS}{right}"}
            classes = {known for known in away if f".{known}" in sheet}
            around = [one]
            while around[-1].parent is not None:
                around.append(around[-1].parent)
            if not classes & {known for each in around for known in each.elem_classes or []}:
                offered.append(f"{right}: {one} {name} of {demo.fns[event].fn}")
    assert offered == []


@pytest.mark.parametrize("shown", TAB_KINDS)
def test_only_the_clock_of_the_tab_that_is_shown_runs(lab: Lab, tmp_path: Path, shown: str) -> None:
    with gr.Blocks() as demo:
        shell = Shell(lab, "en")
        shell.build(demo)
        job = lab.jobs.submit("fetch", "nowhere", {"base": str(tmp_path / "nowhere"), "models": str(tmp_path)})
        drawn = shell._show(shown, Waiting(lab, job.id))(Selection())
    assert [name for name, clock in shell.clocks.items() if drawn[clock].active] == [shown]


def test_the_address_carries_the_selection_there_and_back() -> None:
    chosen = Selection(tab="compare", data="家庭", run="20261121-0931-train-a1b")
    pairs = dict(part.split("=") for part in chosen.query().removeprefix("?").split("&"))
    assert Selection.read({**pairs, "data": "家庭"}) == chosen
    assert Selection().query() == ""


def test_an_address_that_makes_no_sense_is_the_first_page() -> None:
    assert Selection.read({"tab": "<script>", "other": "x"}) == Selection()


@pytest.mark.parametrize(
    ("reached", "expected"), [((), "data"), (("data",), "baseline"), (("data", "train"), "compare"), (STAGES, None)]
)
def test_the_next_step_follows_the_last_one_reached(reached: tuple[str, ...], expected: str | None) -> None:
    marked = with_next([Stage(name, "x" if name in reached else "") for name in STAGES])
    assert next((stage.name for stage in marked if stage.next), None) == expected


def test_the_bar_tells_running_by_words_and_not_by_colour_alone() -> None:
    drawn = bar([Stage("train", "ft-family", share=0.42)], "en")
    assert "42 %" in drawn and 'role="progressbar"' in drawn


def test_an_error_made_for_people_shows_its_sentence_in_the_language_of_the_page() -> None:
    def fails() -> None:
        raise DataError("data.no_such_dataset", name="<x>", known="—")

    with pytest.raises(gr.Error) as caught:
        guarded(fails, "zh")()
    assert "没有名为 &lt;x&gt; 的数据集" in caught.value.message


def test_an_unexpected_error_shows_a_number_and_not_itself(caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> None:
        raise KeyError("secret detail")

    with pytest.raises(gr.Error) as caught:
        guarded(fails, "en")()
    assert "secret" not in caught.value.message
    number_shown = caught.value.message.split()[-1].rstrip(".")
    assert number_shown in caplog.text and "secret detail" in caplog.text


def test_a_streaming_handler_keeps_what_it_showed_before_it_failed() -> None:
    def streams() -> object:
        yield 1
        raise UsageError("ui_compare.no_question")

    shown = []
    with pytest.raises(gr.Error):
        for value in guarded(streams, "en")():
            shown.append(value)
    assert shown == [1]


def test_text_cannot_leave_its_element() -> None:
    assert (
        tag("p", text('<img src=x onerror="x">'), title='"')
        == '<p title="&quot;">&lt;img src=x onerror=&quot;x&quot;&gt;</p>'
    )


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "–"), (0.12345, "0.123"), (2.0, "2"), (1234.6, "1,235"), (7, "7"), (0.00012, "0.00012")]
)
def test_numbers_are_short(value: float | None, shown: str) -> None:
    assert number(value) == shown


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [(48.2, "48 s", "48 秒"), (200, "3 min 20 s", "3 分 20 秒"), (3900, "1 h 05 min", "1 小时 05 分")],
)
def test_durations_are_said_in_words(seconds: float, en: str, zh: str) -> None:
    assert (duration(seconds, "en"), duration(seconds, "zh")) == (en, zh)


def test_a_share_of_nothing_is_a_zero_and_not_a_gap() -> None:
    assert (number(0.0, 0), number(100.0, 0), number(0.0)) == ("0", "100", "0")
