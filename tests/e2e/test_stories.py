"""The worksheets of ``docs/stories``, walked in a real browser on the real model, in both languages.

Each walk takes the pictures of its worksheet. With ``--pictures`` the demo preset trains in full and the pictures go
to ``docs/pictures``; otherwise a few steps are trained and they go to a folder of the test.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from app_process import App
from playwright.sync_api import Locator, Page, expect

from lab.runs import Runs
from lab.settings import PROJECT
from lab.words import say
from lab.workspace import Workspace

LONG = 600_000
"""Milliseconds that training or an evaluation may take on a busy machine."""
SHORT = 240_000
BRIEFLY = 40
"""Seconds after which an evaluation with many contestants is stopped where no pictures are wanted."""
WIDTHS = ((1440, 1000), (390, 844))
TALLEST = 1800
"""Pixels of a picture's height: enough to see a page, short enough to stand in a worksheet."""


class Walk:
    """One person's way through the page in one language."""

    def __init__(self, page: Page, app: App, language: str, story: str, pictures: Path) -> None:
        self.page, self.app, self.language, self.story, self.pictures = page, app, language, story, pictures

    def words(self, key: str, **values: object) -> str:
        return say(key, self.language, **values)

    def open(self) -> None:
        self.page.goto(self.app.url + ("/zh" if self.language == "zh" else "/"))
        expect(self.page.get_by_role("tab", name=self.words("ui.tab_data"))).to_be_visible(timeout=60_000)

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=self.words(f"ui.tab_{name}"), exact=True).click()
        self.page.wait_for_timeout(2000)

    def button(self, key: str) -> Locator:
        return self.page.get_by_role("button", name=self.words(key), exact=True)

    def picture(self, name: str, about: str = "") -> None:
        """The page as it is, wide and narrow; with ``about`` from the first thing of that kind on."""
        self.page.wait_for_timeout(1500)
        for width, height in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": height})
            self.page.wait_for_timeout(500)
            sideways = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            assert sideways <= 0, f"{name} is {sideways} pixels wider than a screen of {width}"
            path = self.pictures / f"{self.story}.{name}.{self.language}.{width}.png"
            tall = self.page.evaluate("document.documentElement.scrollHeight")
            top = self._top_of(about) if about else 0
            shown = {"x": 0, "y": top, "width": width, "height": min(tall - top, TALLEST)}
            self.page.screenshot(path=path, full_page=True, clip=shown)
        self.page.set_viewport_size({"width": WIDTHS[0][0], "height": WIDTHS[0][1]})

    def _top_of(self, about: str) -> float:
        box = self.page.locator(about).filter(visible=True).first.bounding_box()
        assert box, about
        return max(0.0, box["y"] + self.page.evaluate("window.scrollY") - 24)

    def save_sample(self) -> None:
        self.button("ui_data.save").click()
        expect(self.button("ui_data.reword")).to_be_visible()

    def baseline(self) -> None:
        self.tab("compare")
        self.button("ui_compare.before_ask").click()
        expect(self.button("ui_compare.before_again")).to_be_visible(timeout=LONG)

    def start_training(self, name: str, steps: int) -> None:
        self.tab("train")
        self.page.get_by_label(self.words("ui_train.name")).fill(name)
        if steps:
            self.page.get_by_text(self.words("ui_train.settings"), exact=True).click()
            self.page.get_by_text(self.words("ui.advanced"), exact=True).first.click()
            self.page.get_by_label(self.words("train.max_steps")).first.fill(str(steps))
        self.button("ui_train.train").click()
        expect(self.button("ui_train.stop_keep")).to_be_visible(timeout=SHORT)
        self.page.wait_for_timeout(0 if steps else 45_000)

    def trained(self) -> None:
        expect(self.button("ui_train.ship_start")).to_be_visible(timeout=LONG)

    def ask(self, question: str) -> list[str]:
        """Ask both sides; their answers, left and right."""
        self.tab("compare")
        self.page.get_by_placeholder(self.words("ui_compare.question_hint")).fill(question)
        self.button("ui_compare.ask").click()
        panes = self.page.locator("article.pane")
        for place in (0, 1):
            expect(panes.nth(place).locator("footer")).to_be_visible(timeout=SHORT)
        return [panes.nth(place).locator(".said").inner_text() for place in (0, 1)]

    def answers_too(self, contestant: str) -> None:
        """Add a contestant to those who will be asked, by what the page calls it."""
        self.tab("board")
        self.page.get_by_label(self.words("ui_board.contestants")).last.click()
        self.page.get_by_role("option", name=contestant, exact=True).click()
        self.page.keyboard.press("Escape")

    def evaluate(self, *, seconds: int = 0) -> str:
        """Press Evaluate and wait for the verdict; after ``seconds``, if given, stop and keep what was answered."""
        self.tab("board")
        self.button("ui_board.evaluate").click()
        expect(self.button("ui_board.stop")).to_be_visible(timeout=SHORT)
        if seconds:
            self.page.wait_for_timeout(seconds * 1000)
            if self.button("ui_board.stop").is_visible():
                self.button("ui_board.stop").click()
        expect(self.button("ui_board.stop")).to_be_hidden(timeout=LONG)
        return self.page.locator(".verdict-first").inner_text()


@pytest.fixture
def pictures(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = PROJECT / "docs" / "pictures" if request.config.getoption("--pictures") else tmp_path / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def steps(request: pytest.FixtureRequest) -> int:
    """Training steps of a walk; 0 means what the demo preset chooses."""
    return 0 if request.config.getoption("--pictures") else 4


def _spare(language: str, steps: int) -> None:
    """Skip the walk where no pictures are wanted: what it adds to the other language's is words."""
    if steps:
        pytest.skip(f"walked in the other language; pytest tests/e2e --pictures walks it in {language} too")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_family_story(app: App, page: Page, language: str, pictures: Path, steps: int) -> None:
    if language == "en":
        _spare(language, steps)
    walk = Walk(page, app, language, "family", pictures)
    walk.open()
    walk.picture("1-open")
    walk.button("ui_data.start_sample").click()
    expect(walk.button("ui_data.save")).to_be_visible()
    walk.picture("2-data")
    walk.save_sample()
    walk.button("ui_data.reword").click()
    expect(page.get_by_text(say("ui_data.split_train", language)).first).to_be_visible()
    walk.baseline()
    walk.picture("3-before")
    walk.start_training("family", steps)
    expect(page.locator(".loop, .top").first).to_be_visible()
    page.reload()
    walk.tab("train")
    if language == "zh":  # the page's process is killed in the middle; the run goes on and a new page shows it
        app.kill()
        app.start()
        walk.open()
        walk.tab("train")
    walk.picture("4-training")
    walk.trained()
    runs = [run for run in Runs(Workspace(app.home)).all() if not run.recorded]
    assert [run.dataset for run in runs] == [f"family-{language}"], "the data set shown is the one trained"
    walk.picture("5-trained")
    question = "弟弟今年多大？" if language == "zh" else "How old is Nora?"
    answers = walk.ask(question)
    assert all(answers), "both sides answered"
    walk.picture("6-compare")
    verdict = walk.evaluate()
    assert "27" in verdict, "the sentence says how many questions it rests on"
    walk.picture("7-board")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_travel_story(app: App, page: Page, language: str, pictures: Path, steps: int) -> None:
    if language == "zh":
        _spare(language, steps)
    walk = Walk(page, app, language, "travel", pictures)
    walk.open()
    page.locator(f'[data-pick="travel-{language}"]').first.click()
    expect(walk.button("ui_data.save")).to_be_visible(timeout=60_000)
    walk.save_sample()
    walk.picture("1-data")
    walk.start_training("travel", steps)
    walk.trained()
    question = "请推荐一家酒店。" if language == "zh" else "Could you recommend a hotel in Prague?"
    assert all(walk.ask(question))
    assert page.locator("article.pane footer .badge").count() >= 2, "each answer says whether it keeps the check"
    walk.picture("2-compare")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_handbook_story(app: App, page: Page, language: str, pictures: Path, steps: int) -> None:
    if language == "zh":
        _spare(language, steps)
    walk = Walk(page, app, language, "handbook", pictures)
    walk.open()
    page.locator(f'[data-pick="handbook-{language}"]').first.click()
    expect(walk.button("ui_review.start")).to_be_visible(timeout=60_000)
    walk.picture("1-document")
    walk.button("ui_review.start").click()
    expect(page.locator(".review-card").first).to_be_visible(timeout=SHORT)
    page.locator(".review-card").first.click()
    for key in "aar":
        page.keyboard.press(key)
        page.wait_for_timeout(1000)
    expect(page.locator(".review-card.accepted")).to_have_count(2, timeout=60_000)
    walk.picture("2-review", ".review-card")
    page.get_by_label(walk.words("ui_data.name")).last.fill("handbook")
    walk.button("ui_review.save").click()
    expect(walk.button("ui_data.reword")).to_be_visible(timeout=SHORT)
    walk.picture("3-saved")
    walk.start_training("handbook", steps)
    walk.trained()
    question = "主望远镜的口径是多少？" if language == "zh" else "What temperature is the cold store kept at?"
    assert all(walk.ask(question)), "both sides answered"
    walk.picture("4-compare")
    reading = walk.words("ui_compare.with_docs", who=walk.words("ui_compare.base_of"), value="handbook")
    walk.answers_too(reading)
    walk.evaluate(seconds=BRIEFLY if steps else 0)
    assert page.locator("body").inner_text().count(reading) >= 1, "the board has a line of who was given passages"
    walk.picture("5-board")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_decision_story(app: App, page: Page, language: str, pictures: Path, steps: int) -> None:
    if language == "en":
        _spare(language, steps)
    walk = Walk(page, app, language, "decide", pictures)
    walk.open()
    page.locator(f'[data-pick="handbook-{language}-questions"]').first.click()
    expect(walk.button("ui_data.save")).to_be_visible(timeout=60_000)
    walk.save_sample()
    page.get_by_text(walk.words("readiness.title"), exact=True).click()
    for answer in ("traceable_yes", "good_enough_nearly_all"):
        page.get_by_label(walk.words(f"readiness.{answer}"), exact=True).check()
    walk.button("readiness.ask").click()
    expect(page.locator(".reasons li").first).to_be_visible()
    walk.picture("1-advice")
    walk.start_training("decide", steps)
    walk.trained()
    walk.picture("2-trained")
    data = f"handbook-{language}-questions"
    reading = [
        walk.words("ui_compare.with_docs", who=who, value=data)
        for who in (walk.words("ui_compare.base_of"), "ft-decide")
    ]
    for contestant in reading:
        walk.answers_too(contestant)
    verdict = walk.evaluate(seconds=BRIEFLY if steps else 0)
    assert "80" in verdict, "the target that was said before training is held against the answers"
    shown = page.locator("body").inner_text()
    assert all(contestant in shown for contestant in reading), "everybody is on the board"
    assert walk.words("readiness.section") in shown and walk.words("readiness.none") not in shown
    walk.picture("3-board")
