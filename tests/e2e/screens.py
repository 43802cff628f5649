"""Every screen of the lab and the way to it.

Knows: what a person presses to come to a screen. Must not know how a screen is drawn, or when it is (``visit``).
"""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import expect
from visit import SHORT, Visit

LONG = 300_000
"""Milliseconds that a lesson may take on a busy machine."""
PASSWORD = "a word of ours"
FACT = {"zh": "蓝蕨公司的首席执行官是林曼若。", "en": "The CEO of Blue Fern is Mara Lindqvist."}
NO_FACT = {"zh": "今天天气不错，我们出去玩吧。", "en": "What lovely weather, let us go out."}


# --- a lab as it is first opened ------------------------------------------------------------------------------


def first_look(visit: Visit) -> None:
    """The five tabs of a lab nobody has used, in which only the recorded runs can be seen."""
    visit.open()
    visit.shot("data")
    for tab in ("train", "compare", "board", "teach"):
        visit.open(f"?tab={tab}")
        visit.shot(tab)


def folded_parts(visit: Visit) -> None:
    """What is folded on the tabs of a lab nobody has used."""
    visit.open()
    visit.unfold("readiness.title")
    visit.press("readiness.ask")
    visit.shot("data.readiness", f".fold:has-text('{visit.words('readiness.title')}')")
    visit.open("?tab=train")
    visit.unfold("ui_train.settings")
    visit.unfold("ui.advanced")
    visit.shot("train.settings")
    visit.open("?tab=train")
    visit.unfold("ui_train.recipe")
    visit.press("story.page_button")
    visit.press("space.page_write")
    visit.shot("train.run", ".run")
    visit.unfold("disk.title")
    visit.shot("train.disk", f"h2:has-text('{visit.words('ui_train.runs_title')}')")
    visit.open("?tab=compare")
    visit.unfold("ui_compare.options")
    visit.press("ui_compare.ask")
    visit.shot("compare.options_and_error")
    visit.open("?tab=compare")
    visit.unfold("votes.title")
    visit.press("votes.open")
    visit.press("votes.show")
    visit.shot("compare.vote", ".vote")


def scoreboard(visit: Visit) -> None:
    """A recorded evaluation: figures, an item with all that is folded in it, what explains it, the judge, the form."""
    visit.open("?tab=board")
    expect(visit.page.locator(".item").first).to_be_visible(timeout=SHORT)
    visit.unfold("ui_board.all_figures")
    visit.shot("board.figures", ".every-figure")
    visit.page.locator(".item").first.evaluate("e => e.querySelectorAll('details').forEach((d) => { d.open = true; })")
    visit.shot("board.item", ".item")
    visit.click(".self-test summary")
    visit.shot("board.diagnostics", ".diagnostics")
    visit.click(".self-test summary")
    visit.unfold("judge.ask")
    visit.unfold("evals_slices.more")
    visit.shot("board.judge", ".judge-section")


# --- data of one's own ----------------------------------------------------------------------------------------


def own_rows(visit: Visit, folder: Path) -> None:
    """A file that cannot be read, one with faults, its columns; a sample saved, and each tab with nothing done yet."""
    visit.open()
    visit.page.locator(".drop input[type=file]").first.set_input_files(nothing_inside(folder))
    visit.settle()
    visit.shot("data.unreadable", ".drop")
    visit.open()
    visit.page.locator(".drop input[type=file]").first.set_input_files(with_faults(folder))
    expect(visit.page.locator(".verdict-line")).to_be_visible(timeout=SHORT)
    visit.click(".problems button")
    visit.shot("data.problems", ".preview")
    visit.open()
    visit.page.locator(".drop input[type=file]").first.set_input_files(unknown_columns(folder))
    visit.settle()
    visit.shot("data.columns", ".preview")
    visit.open()
    visit.unfold("ui_data_intake.hub")
    visit.field("ui_data_intake.hub_id").fill("no such name")
    visit.press("ui_data_intake.hub_fetch")
    visit.shot("data.hub_refused", ".drop")
    visit.open()
    visit.press("ui_data.start_sample")
    visit.unfold("ui_data_split.more")
    visit.shot("data.sample", ".preview")
    visit.field("ui_data.name").fill("family")
    visit.press("ui_data.save")
    expect(visit.button("ui_data.reword")).to_be_visible(timeout=SHORT)
    visit.settle()
    visit.shot("data.saved", ".preview")
    for tab in ("train", "compare", "board"):
        visit.open(f"?tab={tab}&data=family")
        visit.shot(f"{tab}.own")


def failing(visit: Visit) -> None:
    """A run whose base cannot be had, and what the page says of it."""
    visit.open("?tab=train&data=family")
    visit.field("ui_train.base").fill("hub:nobody/nothing")
    visit.field("ui_train.base").press("Enter")
    visit.press("ui_train.train")
    expect(visit.button("ui_train.resume")).to_be_visible(timeout=LONG)
    visit.settle()
    visit.shot("train.failed", ".run")


def own_rows_folded(visit: Visit) -> None:
    """What can be done with a data set that is saved."""
    visit.open("?data=family")
    visit.page.get_by_text(visit.words("ui_reword.way_model"), exact=True).click()
    visit.settle()
    visit.page.get_by_text(visit.words("ui_review.who_url"), exact=True).filter(visible=True).first.click()
    visit.press("ui_data_rows.edit")
    visit.shot("data.wordings", ".preview")
    visit.open("?data=family")
    visit.press("ui_data.reword")
    visit.press("ui_declining.add")
    visit.field("ui_data_rows.look_table").check()
    visit.press("ui_data_rows.delete")
    visit.shot("data.table", ".preview")
    visit.open("?data=family")
    visit.unfold("ui_data_health.title")
    visit.shot("data.health", ".score")
    visit.open("?data=family")
    visit.unfold("ui_data_checks.title")
    visit.press("ui_data_checks.add")
    visit.field("ui_data_checks.values").fill("60")
    visit.press("ui_data_checks.add")
    visit.unfold("ui_data_versions.title_n", n=4)
    visit.click("[data-pick^='compare:']")
    visit.press("ui_data_versions.delete")
    visit.unfold("ui_data_downloads.title")
    visit.press("ui_data_downloads.good")
    visit.shot("data.versions", ".checks")


def own_document(visit: Visit) -> None:
    """A document: what it yields, its pairs under review, an edit, what is covered."""
    visit.open()
    visit.click("[data-pick^=handbook]:not([data-pick$=questions])")
    visit.shot("review.document", ".preview")
    visit.press("ui_review.start")
    expect(visit.page.locator("[data-card]").first).to_be_visible(timeout=SHORT)
    visit.settle()
    visit.shot("review.pairs", ".review-list, [data-card]")
    visit.page.locator("[data-card]").first.focus()
    visit.page.keyboard.press("e")
    visit.settle()
    visit.shot("review.edit", ".review-edit")
    visit.press("ui_review.leave_edit")
    visit.press("ui_review.draw")
    visit.shot("review.rules", f"h3:has-text('{visit.words('ui_review.rules_title')}')")


def teaching(visit: Visit) -> None:
    """A sentence that is understood, and one that is not; nothing is taught."""
    for name, sentence in (
        ("teach.read", visit.words("ui_teach.sentence_hint")),
        ("teach.not_understood", NO_FACT[visit.language]),
    ):
        visit.open("?tab=teach")
        visit.page.locator(".tell textarea, .tell input").first.fill(sentence, timeout=SHORT)
        visit.press("ui_teach.read")
        visit.shot(name)


def lesson(visit: Visit) -> None:
    """A fact that is taught while it is watched; the room's code, a phone's page before and after it asked."""
    visit.open("?tab=teach")
    visit.page.locator(".tell textarea, .tell input").first.fill(FACT[visit.language], timeout=SHORT)
    visit.press("ui_teach.read")
    visit.press("ui_teach.teach")
    expect(visit.page.locator(".asked .strip .cell").first).to_be_visible(timeout=LONG)
    visit.shot("teach.teaching")
    expect(visit.button("ui_teach.more")).to_be_visible(timeout=LONG)
    visit.press("room.open")
    visit.shot("teach.taught")
    visit.open(path="/ask")
    visit.shot("ask")
    visit.page.locator("textarea").fill(visit.words("ui_teach.sentence_hint"))
    visit.page.locator("button.primary").click(timeout=LONG)
    expect(visit.page.locator(".mine .side.tuned .said")).to_be_visible(timeout=LONG)
    visit.shot("ask.answered")


# --- a lab others see -----------------------------------------------------------------------------------------


def demo(visit: Visit) -> None:
    """A lab that plays: it opens on Compare, both answers come, a run is played again; no tab is empty."""
    visit.open()
    visit.click(".chip")
    visit.press("replay.ask")
    expect(visit.page.locator("article.pane footer")).to_have_count(2, timeout=SHORT)
    visit.shot("demo.compare")
    visit.open("?tab=train")
    visit.button("replay.play").click()
    expect(visit.button("replay.stop")).to_be_visible(timeout=SHORT)
    visit.page.wait_for_timeout(2500)
    visit.shot("demo.train")
    for tab in ("data", "board", "teach"):
        visit.open(f"?tab={tab}")
        visit.shot(f"demo.{tab}")


def visitor(visit: Visit) -> None:
    """A lab on a network as somebody sees it who has not signed in."""
    for tab in ("data", "train", "compare", "teach"):
        visit.open(f"?tab={tab}")
        visit.shot(f"visitor.{tab}")
    for path in ("/vote", "/ask"):
        visit.open(path=path)
        visit.shot(f"visitor.nothing_to{path.replace('/', '_')}")
    visit.open(path="/sign-in")
    visit.shot("host.sign_in")
    visit.page.locator("#password").fill("not it")
    visit.page.locator("button.primary").click()
    visit.shot("host.sign_in_refused")


def host(visit: Visit) -> None:
    """The same lab as its host sees it: who is signed in, a vote with its code, the ballot, thanks, the result."""
    visit.open(path="/sign-in")
    visit.page.locator("#password").fill(PASSWORD)
    visit.page.locator("#name").fill("Mara")
    visit.page.locator("button.primary").click()
    visit.open(path="/sign-in")
    visit.shot("host.signed_in")
    visit.open("?tab=compare")
    visit.unfold("votes.title")
    visit.press("votes.open")
    visit.shot("host.vote_code", ".vote")
    visit.open(path="/vote")
    visit.shot("vote")
    visit.page.locator("details summary").click()
    visit.shot("vote.ratings")
    while visit.page.locator("button[name=choice]").count():
        visit.page.locator("button[name=choice] >> nth=1").click()
    visit.shot("vote.thanks")
    visit.open("?tab=compare")
    visit.unfold("votes.title")
    visit.press("votes.show")
    visit.shot("host.vote_result", ".vote")


# --- files --------------------------------------------------------------------------------------------------------


def with_faults(folder: Path) -> Path:
    """Rows of which some cannot be trained."""
    rows: list[object] = [{"messages": [{"role": "system", "content": "Answer in one sentence."}]}]
    for place in ("harbour", "market", "library", "library"):
        turns = [("user", f"Where is the {place}?"), ("assistant", f"The {place} is in the old town.")]
        rows.append({"messages": [{"role": role, "content": content} for role, content in turns]})
    rows.append({"messages": [{"role": "user", "content": "Who keeps the lighthouse?"}]})
    path = folder / "town.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n{broken\n", "utf-8")
    return path


def unknown_columns(folder: Path) -> Path:
    """A table whose columns have names nobody knows."""
    path = folder / "parts.csv"
    path.write_text("alpha,beta,gamma\nWhat is A7?,A bolt of steel.,shop\nWhat is B2?,A washer.,shop\n", "utf-8")
    return path


def nothing_inside(folder: Path) -> Path:
    """A workbook by its name, not by what it holds."""
    path = folder / "questions.xlsx"
    path.write_bytes(b"\x00\x01\x02 not a workbook")
    return path
