"""What a person does with rows on the Data tab: edit, repair, name columns, measure, check, compare, take away."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import gradio as gr
import pytest

from lab.errors import DataError, UsageError
from lab.lab import Lab
from lab.records import Version
from lab.ui.page import Page, Selection
from lab.ui.tabs.data import DataTab
from lab.ui.tabs.data_showing import Order, Showing, drafted
from lab.words import say

RULED = [{"question": f"Where is item {i}?", "answer": f"Item {i} is on shelf {i}."} for i in range(8)]


@pytest.fixture
def tab(lab: Lab) -> DataTab:
    with gr.Blocks():
        page = Page(lab, "en", gr.State(Selection()), gr.Timer(active=False), gr.Tabs())
        made = DataTab(page)
        made.build()
    return made


def _file(folder: Path, rows: list[dict[str, Any]], name: str = "rows.jsonl") -> str:
    path = folder / name
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return str(path)


def _saved(tab: DataTab, folder: Path) -> Version:
    return tab.lab.save_draft(drafted(tab.lab, Order((_file(folder, RULED),))), "items")


def _event(**told: Any) -> Any:
    return gr.EventData(None, told)


def _rewritten(row: str, answer: str, question: str = "Where?") -> Any:
    fields = [["role", "user"], ["content", question], ["role", "assistant"], ["content", answer], ["tags", "a, b"]]
    return _event(form="row", row=row, fields=fields)


def test_an_edit_is_pending_until_it_is_saved_as_the_next_version(tab: DataTab, tmp_path: Path) -> None:
    version = _saved(tab, tmp_path)
    row = next(tab.lab.datasets.rows(version))
    pending = tab.edits.take(Showing(dataset="items"), _rewritten(row.id, "On the new shelf."))
    assert "On the new shelf." in pending[tab.rows.rows] and "not saved yet" in pending[tab.rows.rows]
    assert "1 edited" in pending[tab.edits.told]
    assert tab.lab.datasets.get("items").version == version.version, "nothing is stored yet"
    tab.edits.keep(pending[tab.showing], "by hand", Selection())
    after = tab.lab.datasets.get("items")
    kept = next(tab.lab.datasets.rows(after))
    assert (kept.answer, kept.tags, after.note) == ("On the new shelf.", ("a", "b"), "by hand")


def test_each_change_can_be_undone_and_a_deleted_row_brought_back(tab: DataTab, tmp_path: Path) -> None:
    row = next(tab.lab.datasets.rows(_saved(tab, tmp_path)))
    gone = tab.rows.open(Showing(dataset="items"), _event(pick=f"delete:{row.id}"))[tab.showing]
    assert gone.edits.deleted == (row.id,)
    assert not tab.rows.open(gone, _event(pick=f"restore:{row.id}"))[tab.showing].edits
    assert not tab.edits.undo_last(gone)[tab.showing].edits


def test_ticked_rows_are_tagged_together_and_keep_their_other_tags(tab: DataTab, tmp_path: Path) -> None:
    rows = list(tab.lab.datasets.rows(_saved(tab, tmp_path)))[:2]
    tagged = [["row", rows[0].id], ["row", rows[1].id], ["tag", "shelf"], ["do", "tag"]]
    showing = tab.edits.take(Showing(dataset="items"), _event(form="ticked", row="", fields=tagged))[tab.showing]
    more = [["row", rows[0].id], ["tag", "first"], ["do", "tag"]]
    showing = tab.edits.take(showing, _event(form="ticked", row="", fields=more))[tab.showing]
    assert showing.edits.tags == {rows[0].id: ("shelf", "first"), rows[1].id: ("shelf",)}


def test_a_row_that_breaks_a_rule_is_refused_with_a_sentence(tab: DataTab, tmp_path: Path) -> None:
    row = next(tab.lab.datasets.rows(_saved(tab, tmp_path)))
    with pytest.raises(DataError):
        tab.edits.take(Showing(dataset="items"), _rewritten(row.id, ""))


def test_rows_are_found_by_words_and_by_tag(tab: DataTab, tmp_path: Path) -> None:
    _saved(tab, tmp_path)
    found = tab.rows.find(Showing(dataset="items"), "shelf 5", "")
    assert found[tab.rows.rows].count("<article") == 1 and "item 5" in found[tab.rows.rows]
    draft = Showing(Order((_file(tmp_path, RULED),)))
    assert tab.rows.find(draft, "SHELF 5", "")[tab.rows.rows].count("<article") == 1


def test_what_is_learned_is_underlined_in_the_models_view(tab: DataTab, tmp_path: Path) -> None:
    row = next(tab.lab.datasets.rows(_saved(tab, tmp_path)))
    drawn = tab.rows.open(Showing(dataset="items"), _event(pick=f"seen:{row.id}"))[tab.rows.rows]
    learned = drawn.split('class="token loss">')[2:]
    assert "".join(part.split("<")[0] for part in learned).startswith("Item 0 is on shelf 0.")


def test_a_repair_is_shown_before_it_is_made_and_can_be_taken_back(tab: DataTab, tmp_path: Path) -> None:
    rows = [{"question": "Who are you?", "answer": "I am {{name}}."}, *RULED]
    showing = Showing(Order((_file(tmp_path, rows),)))
    look = tab.problems.look(showing, _event(pick="try:placeholder:fill_placeholders"))
    assert "{{name}}" in look[tab.problems.list]
    given = _event(form="look:placeholder", row="fill_placeholders", fields=[["{{name}}", "Acme, Inc."]])
    tried = tab.problems.repair(look[tab.showing], given)
    assert "I am Acme, Inc.." in tried[tab.problems.list], "the change is seen"
    assert tried[tab.showing].order.fixes == (), "and not made yet"
    wanted = _event(form="fix", row="fill_placeholders={{name}}=Acme, Inc.", fields=[])
    made = tab.problems.repair(tried[tab.showing], wanted)[tab.showing]
    assert any(row.answer == "I am Acme, Inc.." for row in drafted(tab.lab, made.order).plan.rows)
    assert tab.problems.look(made, _event(pick="undo:0"))[tab.showing].order.fixes == ()


def test_unknown_columns_are_guessed_and_the_first_rows_shown(tab: DataTab, tmp_path: Path) -> None:
    path = tmp_path / "tickets.csv"
    lines = [f"{i},Subject {i},Text of the request number {i},What we wrote back to number {i}" for i in range(5)]
    path.write_text("\n".join(["id,subject,request,our_reply", *lines]), "utf-8")
    showing = Showing(Order((str(path),)))
    drawn = tab.columns.draw(showing)
    assert drawn[tab.columns.roles["answer"]].value == ["our_reply"]
    assert "What we wrote back to number 0" in drawn[tab.columns.preview]
    live = tab.columns.show(showing, ["subject"], ["our_reply"], "", "", "", "")
    assert "Subject 0" in live and "request number 0" not in live
    read = tab.columns.read(showing, ["subject", "request"], ["our_reply"], "", "", "", "")
    assert "5 of 5 rows can be trained" in read[tab.title]


def test_the_sentences_of_the_page_do_not_speak_of_the_command_line(tab: DataTab, tmp_path: Path) -> None:
    rows = [{"messages": [{"role": "system", "content": "Be brief."}]}, {"a": "x", "b": 1}, {"question": "Why?"}]
    drawn = tab.problems.draw(Showing(Order((_file(tmp_path, rows),))))
    assert "--" not in drawn[tab.problems.list]


def test_health_is_told_with_its_parts(tab: DataTab, tmp_path: Path) -> None:
    drawn = tab.health.measure(Showing(Order((_file(tmp_path, RULED),))))[tab.health.card]
    assert say("ui_data_health.part_unique", "en") in drawn and "<svg" in drawn
    _saved(tab, tmp_path)
    assert "<svg" in tab.health.measure(Showing(dataset="items"))[tab.health.card]


def test_tags_are_brought_to_the_shares_asked_for(tab: DataTab, tmp_path: Path) -> None:
    rows = [{**row, "tags": ["rare"] if number == 0 else ["common"]} for number, row in enumerate(RULED)]
    tab.lab.save_draft(drafted(tab.lab, Order((_file(tmp_path, rows),), shares=(100, 0, 0))), "tagged")
    fields = [["rare", "50 %"], ["common", "50"], [" way", "over"]]
    showing = Showing(dataset="tagged")
    assert ">7</td>" in tab.health.try_shares(showing, _event(form="look", row="", fields=fields))
    tab.health.keep_shares(showing, Selection(), _event(form="save", row="", fields=fields))
    tags = [row.tags for row in tab.lab.datasets.rows(tab.lab.datasets.get("tagged"))]
    assert tags.count(("rare",)) == tags.count(("common",)) == 7


def test_a_rule_no_row_asks_for_cannot_be_learned_and_says_so(tab: DataTab, tmp_path: Path) -> None:
    showing = Showing(Order((_file(tmp_path, RULED),)))
    drawn = tab.checks.write(showing, "must_not_recommend", "hotel", Selection())
    assert "cannot be learned" in drawn[tab.checks.list] and "must_not" not in drawn[tab.checks.list]
    with pytest.raises(UsageError):
        tab.checks.write(showing, "max_words", "many", Selection())


def test_other_rules_make_the_next_version_of_a_saved_data_set(tab: DataTab, tmp_path: Path) -> None:
    before = _saved(tab, tmp_path)
    tab.checks.write(Showing(dataset="items"), "must_mention", "shelf", Selection())
    after = tab.lab.datasets.get("items")
    assert after.version != before.version and after.checks[0].values == ("shelf",) and after.rows == before.rows
    tab.checks.remove(Showing(dataset="items"), Selection(), _event(pick="remove:0"))
    assert tab.lab.datasets.get("items").checks == ()


def test_two_versions_are_compared_and_a_deleted_one_comes_back(tab: DataTab, tmp_path: Path) -> None:
    before = _saved(tab, tmp_path)
    row = next(tab.lab.datasets.rows(before))
    pending = tab.edits.take(Showing(dataset="items"), _rewritten(row.id, "Elsewhere."))[tab.showing]
    tab.edits.keep(pending, "", Selection())
    showing = Showing(dataset="items")
    told = tab.versions.choose(showing, _event(pick=f"compare:{before.version}"))[tab.versions.result]
    assert "Elsewhere." in told and "Item 0 is on shelf 0." in told
    asked = tab.versions.ask_to_delete(showing)
    assert say("ui_data_versions.can_return", "en") in asked
    gone = tab.versions.do(showing, Selection(), _event(form="delete", row="", fields=[]))
    assert tab.lab.datasets.names() == []
    pick = gone[tab.versions.trash].split('data-pick="')[1].split('"')[0]
    tab.versions.bring_back(Selection(), _event(pick=pick))
    assert tab.lab.datasets.names() == ["items"]


def test_data_sets_are_merged_only_after_what_they_disagree_about_is_seen(tab: DataTab, tmp_path: Path) -> None:
    _saved(tab, tmp_path)
    other = [{"question": "Where is item 1?", "answer": "Nobody knows."}]
    tab.lab.save_draft(drafted(tab.lab, Order((_file(tmp_path, other, "other.jsonl"),))), "other")
    seen = tab.versions.look(Showing(dataset="items"), _event(form="conflicts", row="", fields=[["with", "other"]]))
    assert (
        "Nobody knows." in seen and "Item 1 is on shelf 1." in seen and tab.lab.datasets.names() == ["other", "items"]
    )
    fields = [["with", "items"], ["with", "other"], ["name", "both"], ["policy", "first"]]
    tab.versions.do(Showing(dataset="items"), Selection(), _event(form="merge", row="", fields=fields))
    assert tab.lab.datasets.get("both").rows == 8


def test_good_rows_bad_rows_and_problems_are_taken_away(tab: DataTab, tmp_path: Path) -> None:
    path = Path(_file(tmp_path, RULED))
    path.write_text(path.read_text("utf-8") + '\n{"question": "And?"}\n{broken\n', "utf-8")
    showing = Showing(Order((str(path),)))

    def taken(drawn: dict[Any, Any]) -> list[str]:
        return Path(drawn[tab.downloads.files].value[0]["path"]).read_text("utf-8-sig").splitlines()

    assert len(taken(tab.downloads.write_rows(showing, "alpaca", ""))) == 8
    assert [json.loads(line)["line"] for line in taken(tab.downloads.write_bad(showing))] == [9, 10]
    listed = list(csv.DictReader(taken(tab.downloads.write_problems(showing))))
    assert {"9", "10"} <= {problem["line"] for problem in listed}


def test_rows_of_own_test_files_are_never_trained(tab: DataTab, tmp_path: Path) -> None:
    own = _file(tmp_path, [{"question": "Which shelf holds the ladder?", "answer": "The last."}], "own.jsonl")
    showing = tab.split.take_test(Showing(Order((_file(tmp_path, RULED),))), [own])[tab.showing]
    plan = drafted(tab.lab, showing.order).plan
    assert [row.split for row in plan.rows if row.file == "own.jsonl"] == ["test"]
    assert {row.split for row in plan.rows if row.file == "rows.jsonl"} == {"train"}


def test_a_job_that_reads_files_is_seen_and_its_data_set_appears(tab: DataTab, tmp_path: Path) -> None:
    showing = Showing(Order((_file(tmp_path, RULED),)))
    job = tab.jobs.start(showing, "large", "")
    assert "large" in tab.jobs.draw(showing)[tab.jobs.jobs]
    assert tab.lab.jobs.wait(job.id).state == "done"
    watched = tab.watch(Selection(data="large"))
    assert watched[tab.jobs.jobs] == "" and "large" in watched[tab.intake.saved]
