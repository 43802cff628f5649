"""The review on the Data tab, its handlers called as methods."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from lab import synth
from lab.errors import DataError, EngineError, UsageError
from lab.lab import Lab
from lab.settings import PROJECT
from lab.synth.outcomes import keep
from lab.synth.pairs import Pair
from lab.synth.review import EditRefused
from lab.synth.synthesis import by_rules
from lab.ui.page import Page, Selection
from lab.ui.tabs.data import DataTab
from lab.ui.tabs.review import Reviewing, ReviewPanel
from lab.ui.views import review as view
from lab.words import say

HANDBOOK = PROJECT / "data" / "handbook_en.md"


def _tab(lab: Lab, language: str = "en") -> DataTab:
    with gr.Blocks():
        tab = DataTab(Page(lab, language, gr.State(Selection()), gr.Timer(active=False), gr.Tabs()))
        tab.build()
    return tab


def _way(panel: ReviewPanel, mode: str = "extract", url: str = "", key: str = "", share: int = 0) -> list[Any]:
    who = "url" if url else "local"
    return [mode, share, who, url, "", key, False, *panel.making.form.values(synth.SynthPlan())]


def _begun(lab: Lab, language: str = "en", path: Path = HANDBOOK) -> tuple[DataTab, dict[Any, Any]]:
    tab = _tab(lab, language)
    showing = tab.intake.take_files([str(path)])[tab.showing]
    return tab, tab.review.making.begin(showing, Selection(), *_way(tab.review))


def _act(tab: DataTab, reviewing: Reviewing, act: str, pair: str = "", reviewer: str = "Ann") -> dict[Any, Any]:
    return tab.review.act(reviewing, reviewer, gr.EventData(None, {"act": act, "pair": pair}))


def test_what_will_come_is_told_before_anything_runs(lab: Lab) -> None:
    tab = _tab(lab)
    drawn = tab.intake.take_files([str(HANDBOOK)])
    told = drawn[tab.review.making.estimate]
    pairs = len(synth.extract(HANDBOOK.read_text("utf-8"), "handbook_en.md").pairs)
    assert "handbook_en.md" in told and f">{pairs}<" in told
    assert drawn[tab.review.sheet].visible is True and lab.jobs.all("synth") == []


def test_the_sections_are_told_before_anything_runs_and_again_with_what_asks_about_them(lab: Lab) -> None:
    tab = _tab(lab)
    told = tab.intake.take_files([str(HANDBOOK)])[tab.review.making.estimate]
    found = synth.extract(HANDBOOK.read_text("utf-8"), "handbook_en.md")
    titles = [section.title for section in found.sections if section.title]
    assert titles and all(view.text(title) in told for title in titles)
    tab, drawn = _begun(lab)
    covered = drawn[tab.review.coverage]
    assert (
        f"handbook_en.md: {len(found.sections)} sections" in covered and say("ui_review.legend_none", "en") in covered
    )


def test_a_rejected_pair_no_longer_covers_its_passage(lab: Lab) -> None:
    tab, drawn = _begun(lab)
    reviewing = drawn[tab.review.reviewing]
    after = _act(tab, reviewing, "reject", reviewing.current)
    assert after[tab.review.coverage] != drawn[tab.review.coverage]


def test_the_ways_are_named_by_what_they_do() -> None:
    for mode in synth.MODES:
        for language in ("en", "zh"):
            assert mode not in say(f"synth_model.mode_{mode}", language).lower()


def test_pairs_appear_beside_their_marked_passage_and_the_address_knows_them(lab: Lab) -> None:
    tab, drawn = _begun(lab)
    selection, reviewing = drawn[tab.page.selection], drawn[tab.review.reviewing]
    assert selection.review == reviewing.job and reviewing.current
    shown = drawn[tab.review.list]
    assert shown.count("data-card=") == view.A_PAGE and "<mark>" in shown and "<kbd>a</kbd>" in shown
    assert 'class="heat"' in drawn[tab.review.coverage]
    again = tab.refresh(Selection.read({"review": selection.review}))
    assert again[tab.review.list] == shown


def test_a_share_of_questions_without_an_answer_says_so(lab: Lab) -> None:
    tab = _tab(lab)
    showing = tab.intake.take_files([str(HANDBOOK)])[tab.showing]
    drawn = tab.review.making.begin(showing, Selection(), *_way(tab.review, share=20))
    state = synth.Review(lab.jobs.get(drawn[tab.page.selection].review).folder).state()
    declined = [entry for entry in state.entries if entry.pair.kind == "decline"]
    assert 0.1 <= len(declined) / len(state.entries) <= 0.2
    shown = tab.review._filtering("rule")(drawn[tab.review.reviewing], "unanswerable")[tab.review.list]
    assert "there is no passage" in shown and "<mark>" not in shown


def test_a_mark_moves_on_to_the_next_pair(lab: Lab) -> None:
    tab, drawn = _begun(lab)
    reviewing = drawn[tab.review.reviewing]
    ids = [entry.id for entry in synth.Review(lab.jobs.get(reviewing.job).folder).state().entries if not entry.code]
    for index, act in enumerate(["accept", "reject", "accept"]):
        assert reviewing.current == ids[index]
        reviewing = _act(tab, reviewing, act, ids[index])[tab.review.reviewing]
    counts = synth.Review(lab.jobs.get(reviewing.job).folder).state().counts
    assert (counts["accepted"], counts["rejected"]) == (2, 1)
    reviewing = _act(tab, reviewing, "undo")[tab.review.reviewing]
    assert reviewing.current == ids[2], "an undo goes back to what was undone"
    only_new = tab.review._filtering("status")(reviewing, "new")[tab.review.reviewing]
    first = only_new.current
    assert _act(tab, only_new, "accept", first)[tab.review.reviewing].current != first


def test_marks_that_came_while_the_lab_was_busy_are_kept_in_their_order(lab: Lab) -> None:
    tab, drawn = _begun(lab)
    reviewing = drawn[tab.review.reviewing]
    review = synth.Review(lab.jobs.get(reviewing.job).folder)
    ids = [entry.id for entry in review.state().entries if not entry.code]
    told = [{"act": act, "pair": ids[place]} for place, act in enumerate(["accept", "reject", "accept", "reject"])]
    event = gr.EventData(None, {"act": "marks", "marks": [*told, {"act": "reject", "pair": ids[2]}]})
    after = tab.review.act(reviewing, "Ann", event)[tab.review.reviewing]
    assert [review.state().entry(one).status for one in ids[:4]] == ["accepted", "rejected", "rejected", "rejected"]
    assert after.current == ids[3], "the one after that which was marked last"
    missing = gr.EventData(None, {"act": "marks", "marks": [{"act": "accept", "pair": "gone"}, told[0]]})
    with pytest.warns(UserWarning, match="gone"):
        tab.review.act(reviewing, "Bo", missing)
    assert review.state().entry(ids[0]).marks[-1].reviewer == "Bo", "one that cannot be kept stops no other"


def test_keys_go_over_the_edge_of_a_page(lab: Lab) -> None:
    tab, drawn = _begun(lab)
    reviewing = drawn[tab.review.reviewing]
    over = _act(tab, reviewing, "after")[tab.review.reviewing]
    assert over.page == 1
    assert _act(tab, over, "before")[tab.review.reviewing].page == 0
    assert _act(tab, reviewing, "before")[tab.review.reviewing].page == 0, "there is nothing before the first"


def test_an_edit_goes_through_the_gates(lab: Lab) -> None:
    tab, drawn = _begun(lab, "zh", PROJECT / "data" / "handbook_zh.md")
    reviewing = drawn[tab.review.reviewing]
    opened = _act(tab, reviewing, "edit", reviewing.current)
    assert opened[tab.review.edit].visible is True and opened[tab.review.question].endswith("？")
    editing = opened[tab.review.reviewing]
    with pytest.raises(EditRefused):
        tab.review.put(editing, opened[tab.review.question], "不在原文里的答案123", "", "小明")
    kept = tab.review.put(editing, "请问" + opened[tab.review.question], opened[tab.review.answer], "更客气", "小明")
    assert kept[tab.review.edit].visible is False and "小明: 已修改 · 更客气" in kept[tab.review.list]


def test_filters_narrow_by_rule_reason_and_section(lab: Lab) -> None:
    tab, drawn = _begun(lab)
    panel, reviewing = tab.review, drawn[tab.review.reviewing]
    entries = synth.Review(lab.jobs.get(reviewing.job).folder).state().entries
    rule, section = entries[-1].pair.rule, f"{entries[0].pair.document} › {entries[0].pair.section}"
    for name, value, wanted in (
        ("rule", rule, sum(e.pair.rule == rule and not e.code for e in entries)),
        ("section", section, sum(e.pair.section == entries[0].pair.section and not e.code for e in entries)),
        ("status", "refused", sum(e.status == "refused" for e in entries)),
        ("status", "accepted", 0),
    ):
        told = panel._filtering(name)(Reviewing(reviewing.job), value)
        assert f"of {wanted}<" in told[panel.where]


def test_a_sample_states_its_interval_and_offers_the_rest(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "fees.md"
    names = ["Boat", "Bike", "Tent", "Sauna", "Canoe", "Locker", "Parking", "Towel", "Guide", "Chair", "Radio", "Oven"]
    keys = [f"{name} {kind}" for kind in ("fee", "deposit", "fine") for name in names]
    path.write_text("# Camp\n\n" + "".join(f"- {key}: {n + 3} euros\n" for n, key in enumerate(keys)))
    tab, drawn = _begun(lab, path=path)
    reviewing = drawn[tab.review.reviewing]
    review = synth.Review(lab.jobs.get(reviewing.job).folder)
    rule = Counter(e.pair.rule for e in review.state().entries if e.status == "new").most_common(1)[0][0]
    drawn = _act(tab, reviewing, "draw", rule)
    reviewing = drawn[tab.review.reviewing]
    drawn_ids = [entry.id for entry in review.state().entries if entry.drawn]
    for pair in drawn_ids:
        drawn = _act(tab, reviewing, "accept", pair)
        reviewing = drawn[tab.review.reviewing]
    n = len(drawn_ids)
    assert f"{n} of {n} right" in drawn[tab.review.rules]
    rest = sum(e.pair.rule == rule and e.status == "new" for e in review.state().entries)
    assert rest > 0 and f"the other {rest}" in drawn[tab.review.rules]
    _act(tab, reviewing, "rest", rule)
    unread = [e for e in review.state().entries if e.counts and not e.is_read]
    assert len(unread) == rest and all(e.marks[-1].sample for e in unread)


def test_what_was_reviewed_is_saved_and_chosen(lab: Lab) -> None:
    tab, drawn = _begun(lab)
    reviewing = drawn[tab.review.reviewing]
    _act(tab, reviewing, "accept", reviewing.current)
    with pytest.raises(DataError):
        tab.review.keep(Reviewing(), "book", True, Selection())
    saved = tab.review.keep(reviewing, "book", False, Selection())
    assert saved[tab.page.selection].data == "book"
    (row,) = lab.datasets.rows(lab.datasets.get("book"))
    assert row.tags == ("reviewer:Ann",) and row.evidence


def test_all_is_taken_with_one_press(lab: Lab) -> None:
    tab = _tab(lab)
    showing = tab.intake.take_files([str(HANDBOOK)])[tab.showing]
    drawn = tab.review.making.take(showing, Selection(), 0)
    selection = drawn[tab.page.selection]
    rows = list(lab.datasets.rows(lab.datasets.get(selection.data)))
    assert len(rows) == len(synth.extract(HANDBOOK.read_text("utf-8"), "handbook_en.md").pairs)
    assert all("not-read" in row.tags for row in rows) and drawn[tab.review.reviewing].job == selection.review


def test_pairs_of_other_documents_do_not_stand_below_files_just_brought(lab: Lab, tmp_path: Path) -> None:
    tab, _ = _begun(lab)
    path = tmp_path / "inn.md"
    path.write_text("# Inn\n\n- Rooms: 12\n")
    drawn = tab.intake.take_files([str(path)])
    assert drawn[tab.review.work].visible is False and drawn[tab.review.reviewing] == Reviewing()


def test_the_passage_stands_in_sight_below_two_lines_of_its_document(lab: Lab) -> None:
    source = "# A\n\none\n\ntwo\n\nthree\n\nRooms: 12\n\nfour\n\nfive\n\nsix\n"
    start = source.index("Rooms")
    told = view._passage(source, start, start + 9, "12")
    assert "two\nthree\n<mark>Rooms: <strong>12</strong></mark>\nfour\nfive" in told
    assert "one" not in told and "six" not in told


def test_a_remote_address_says_that_text_leaves_and_wants_a_yes(lab: Lab) -> None:
    tab = _tab(lab)
    making = tab.review.making
    choice = making.choice
    shown = choice.choose("url", "https://models.example.com/v1")
    assert "models.example.com" in shown[choice.leaves] and shown[choice.send].visible is True
    assert choice.choose("url", "http://127.0.0.1:11434")[choice.send].visible is False
    assert making.choose_way("extract")[making.model].visible is False
    showing = tab.intake.take_files([str(HANDBOOK)])[tab.showing]
    way = _way(tab.review, "teacher", "https://models.example.com/v1", key="sk-12345678")
    for ask in (lambda: making.begin(showing, Selection(), *way), lambda: making.try_piece(showing, *way)):
        with pytest.raises(UsageError) as refused:
            ask()
        assert refused.value.key == "synth_model.leaves_machine"
    assert lab.jobs.all("synth") == []


def test_a_server_that_is_not_there_is_a_sentence_on_the_page(lab: Lab) -> None:
    tab = _tab(lab)
    showing = tab.intake.take_files([str(HANDBOOK)])[tab.showing]
    with pytest.raises(EngineError) as refused:
        tab.review.making.try_piece(showing, *_way(tab.review, "teacher", "http://127.0.0.1:9/v1"))
    assert refused.value.key == "synth_model.unreachable"
    started = tab.review.making.begin(showing, Selection(), *_way(tab.review, "teacher", "http://127.0.0.1:9/v1"))
    selection = started[tab.page.selection]
    assert lab.jobs.wait(selection.review).state == "failed"
    told = tab.watch(selection)
    assert "Nobody answers at http://127.0.0.1:9/v1" in told[tab.review.making.progress]
    assert told[tab.review.making.go_on].visible is True


def test_a_changed_document_is_noticed_when_it_is_dropped(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "lake.md"
    path.write_text("# Lake\n\n- Boat fee: 12 euros\n- Tent fee: 9 euros\n")
    tab, drawn = _begun(lab, path=path)
    path.write_text("# Lake\n\n- Boat fee: 14 euros\n- Tent fee: 9 euros\n")
    tab.intake.take_files([str(path)])
    again = tab.refresh(drawn[tab.page.selection])
    assert "lake.md changed since" in again[tab.review.totals] and "document changed" in again[tab.review.list]


def test_what_a_document_says_is_shown_as_text(lab: Lab, tmp_path: Path) -> None:
    document = "# X <script>alert(1)</script>\n\nThe <b>boat</b> fee is 12 euros.\n"
    path = tmp_path / "x.md"
    path.write_text(document)
    tab, drawn = _begun(lab, path=path)
    job = lab.jobs.get(drawn[tab.page.selection].review)
    evidence = "The <b>boat</b> fee is 12 euros."
    start = document.index(evidence)
    asked = Pair("How <i>much</i>?", "12 euros", evidence, start, start + len(evidence), "teacher", "en", "X", "x.md")
    outcome = by_rules(synth.extract(document, "x.md"), 5)
    keep(job.folder, type(outcome)("u", 5, "x.md", pairs=(asked,)))
    shown = tab.refresh(drawn[tab.page.selection])[tab.review.list]
    assert "<i>" not in shown and "<b>" not in shown and "<script>" not in shown
    assert "&lt;b&gt;boat&lt;/b&gt; fee is <strong>12 euros</strong>" in shown
