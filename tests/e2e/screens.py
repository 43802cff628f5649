"""Every screen of the lab and the way to it, and what holds on each: it fits, and all of it has names.

Knows: what a person presses to come to a screen. Must not know how a screen is drawn.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs

from app_process import App
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from lab.words import say

WIDTHS = (1440, 390)
TALLEST = 1800
"""Pixels of a picture's height; below that a screen repeats what it showed."""
SHORT = 60_000
PASSWORD = "a word of ours"
DRAWN = ".shelf .card, .run, .empty, .chips, .verdict, .tell"
"""Something that is there once a tab has been drawn."""

FAULTS = (Path(__file__).parent / "faults.js").read_text("utf-8")
NO_FACT = {"zh": "今天天气不错，我们出去玩吧。", "en": "What lovely weather, let us go out."}


@dataclass
class Visit:
    """One person's visit in one language, and the pictures that are taken of it."""

    page: Page
    app: App
    language: str
    pictures: Path | None
    faults: list[str]

    def words(self, key: str, **values: object) -> str:
        return say(key, self.language, **values)

    def open(self, query: str = "", path: str = "") -> None:
        """A page of the lab; the one with the tabs unless ``path`` names another."""
        head = "/zh" if self.language == "zh" else ""
        self.page.goto(f"{self.app.url}{head}{path}" + ("" if head or path else "/") + query)
        if not path:
            tab = parse_qs(query.removeprefix("?")).get("tab", [""])[0]
            if tab:
                leaf = self.page.get_by_role("tab", name=self.words(f"ui.tab_{tab}"), exact=True)
                expect(leaf).to_have_attribute("aria-selected", "true", timeout=SHORT)
            expect(self.page.locator(DRAWN).filter(visible=True).first).to_be_visible(timeout=SHORT)
            self.page.wait_for_timeout(2500)

    def press(self, key: str, **values: object) -> None:
        self.button(key, **values).click()
        self.page.wait_for_timeout(1200)

    def button(self, key: str, **values: object) -> Locator:
        return self.page.get_by_role("button", name=self.words(key, **values), exact=True).first

    def field(self, key: str) -> Locator:
        """The input of that name, where it can be seen."""
        return self.page.get_by_label(self.words(key)).filter(visible=True).first

    def unfold(self, key: str, **values: object) -> None:
        """Open what is folded under that name."""
        self.page.get_by_text(self.words(key, **values), exact=True).filter(visible=True).first.click()
        self.page.wait_for_timeout(1200)

    def unfold_first(self, selector: str) -> None:
        self.page.locator(f"{selector} >> visible=true").first.click()
        self.page.wait_for_timeout(600)

    def shot(self, name: str, about: str = "") -> None:
        """Look at the screen wide and narrow; with ``about``, only at that part of it in the picture."""
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.wait_for_timeout(400)
            self.faults += [f"{name}.{self.language}.{width}: {one}" for one in self.page.evaluate(FAULTS)]
            if self.pictures:
                path = self.pictures / f"{name}.{self.language}.{width}.webp"
                _small(self._taken(about, width)).save(path, quality=40, method=6)
        self.page.set_viewport_size({"width": WIDTHS[0], "height": 900})

    def _taken(self, about: str, width: int) -> bytes:
        top = 0.0
        if about:
            box = self.page.locator(about).filter(visible=True).first.bounding_box()
            assert box, about
            top = max(0.0, box["y"] + self.page.evaluate("window.scrollY") - 24)
        tall = self.page.evaluate("document.documentElement.scrollHeight")
        shown = {"x": 0, "y": top, "width": width, "height": min(tall - top, TALLEST)}
        return self.page.screenshot(full_page=True, clip=shown)  # type: ignore[arg-type]


def _small(taken: bytes) -> Image.Image:
    return Image.open(BytesIO(taken)).convert("RGB")


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
    visit.unfold("disk.title")
    visit.page.wait_for_timeout(2500)
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
    visit.unfold_first(".self-test summary")
    visit.shot("board.diagnostics", ".diagnostics")
    visit.unfold_first(".self-test summary")
    visit.unfold("judge.ask")
    visit.unfold("evals_slices.more")
    visit.shot("board.judge", ".judge-section")


# --- data of one's own ----------------------------------------------------------------------------------------


def own_rows(visit: Visit, folder: Path) -> None:
    """A file with faults, its columns; a sample saved, changed, measured; what is folded beside it."""
    visit.open()
    visit.page.locator(".drop input[type=file]").first.set_input_files(with_faults(folder))
    expect(visit.page.locator(".verdict-line")).to_be_visible(timeout=SHORT)
    visit.page.locator(".problems button").first.click()
    visit.page.wait_for_timeout(1200)
    visit.shot("data.problems", ".preview")
    visit.open()
    visit.page.locator(".drop input[type=file]").first.set_input_files(unknown_columns(folder))
    visit.page.wait_for_timeout(3000)
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
    visit.page.wait_for_timeout(6000)
    visit.shot("data.saved", ".preview")


def own_rows_folded(visit: Visit) -> None:
    """What can be done with a data set that is saved."""
    visit.open("?data=family")
    visit.page.get_by_text(visit.words("ui_reword.way_model"), exact=True).click()
    visit.page.wait_for_timeout(800)
    visit.page.get_by_text(visit.words("ui_review.who_url"), exact=True).filter(visible=True).first.click()
    visit.press("ui_data_rows.edit")
    visit.shot("data.wordings", ".preview")
    visit.open("?data=family")
    visit.press("ui_data.reword")
    visit.page.wait_for_timeout(3000)
    visit.press("ui_declining.add")
    visit.page.wait_for_timeout(3000)
    visit.field("ui_data_rows.look_table").check()
    visit.press("ui_data_rows.delete")
    visit.shot("data.table", ".preview")
    visit.open("?data=family")
    visit.unfold("ui_data_health.title")
    visit.page.wait_for_timeout(5000)
    visit.shot("data.health", ".score")
    visit.open("?data=family")
    visit.unfold("ui_data_checks.title")
    visit.press("ui_data_checks.add")
    visit.field("ui_data_checks.values").fill("60")
    visit.press("ui_data_checks.add")
    visit.unfold("ui_data_versions.title_n", n=4)
    visit.press("ui_data_versions.do_compare")
    visit.press("ui_data_versions.delete")
    visit.unfold("ui_data_downloads.title")
    visit.press("ui_data_downloads.good")
    visit.shot("data.versions", ".checks")


def own_document(visit: Visit, folder: Path) -> None:
    """A document: what it yields, its pairs under review, an edit, what is covered."""
    visit.open()
    visit.page.locator("[data-pick^=handbook]:not([data-pick$=questions]) >> visible=true").first.click()
    visit.page.wait_for_timeout(2500)
    visit.shot("review.document", ".preview")
    visit.press("ui_review.start")
    expect(visit.page.locator("[data-card]").first).to_be_visible(timeout=SHORT)
    visit.page.wait_for_timeout(2500)
    visit.shot("review.pairs", ".review-list, [data-card]")
    visit.page.locator("[data-card]").first.focus()
    visit.page.keyboard.press("e")
    visit.page.wait_for_timeout(1500)
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
        visit.page.wait_for_timeout(2500)
        visit.shot(name)


# --- a lab others see -----------------------------------------------------------------------------------------


def demo(visit: Visit) -> None:
    """A lab that plays: it opens on Compare, both answers come, a run is played again."""
    visit.open()
    visit.page.locator(".chip >> visible=true").first.click()
    visit.page.wait_for_timeout(800)
    visit.press("replay.ask")
    visit.page.wait_for_timeout(9000)
    visit.shot("demo.compare")
    visit.open("?tab=train")
    visit.press("replay.play")
    visit.page.wait_for_timeout(2500)
    visit.shot("demo.train")
    visit.open("?tab=data")
    visit.shot("demo.data")


def hosted(visit: Visit) -> None:
    """A lab on a network: the visitor's page and what it refuses, signing in, the vote, its QR code and its result."""
    visit.open("?tab=compare")
    visit.unfold("votes.title")
    visit.press("votes.open")
    visit.shot("hosted.refused")
    visit.open(path="/sign-in")
    visit.shot("hosted.sign_in")
    visit.page.locator("#password").fill("not it")
    visit.page.locator("button.primary").click()
    visit.shot("hosted.sign_in_refused")
    visit.page.locator("#password").fill(PASSWORD)
    visit.page.locator("#name").fill("Mara")
    visit.page.locator("button.primary").click()
    visit.open("?tab=compare")
    visit.unfold("votes.title")
    visit.press("votes.open")
    visit.shot("hosted.vote_code", ".vote")
    visit.open(path="/ask")
    visit.shot("hosted.ask")
    visit.open(path="/vote")
    visit.page.locator("details summary").click()
    visit.shot("hosted.vote")
    for _ in range(3):
        visit.page.locator("button[name=choice] >> nth=1").click()
    visit.open("?tab=compare")
    visit.unfold("votes.title")
    visit.press("votes.show")
    visit.shot("hosted.vote_result", ".vote")


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
