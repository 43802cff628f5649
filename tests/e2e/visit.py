"""One person's visit to the lab in a browser: going somewhere, pressing, waiting until all is drawn, looking.

Knows: how to tell that a page is still, and how a picture of it is taken. Must not know which screens there are.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs

from app_process import App
from PIL import Image
from playwright.sync_api import Locator, Page, Request, expect

from lab.words import say

WIDTHS = (1440, 390)
TALLEST = 1800
"""Pixels of a picture's height; below that a screen repeats what it showed."""
SHORT = 60_000
LONGEST_WAIT = 20.0
"""Seconds after which a page counts as still although the server is not done: a job's clock never is."""
DRAWN = ".shelf .card, .run, .empty, .chips, .verdict, .tell, .lesson"
"""Something that is there once a tab has been drawn."""

FAULTS = (Path(__file__).parent / "faults.js").read_text("utf-8")
STILL = """() => new Promise((done) => {
  let timer;
  const watch = new MutationObserver(() => again());
  const end = () => { watch.disconnect(); clearTimeout(timer); clearTimeout(last); done(); };
  const again = () => { clearTimeout(timer); timer = setTimeout(end, 200); };
  const last = setTimeout(end, 3000);
  watch.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  again();
})"""
"""Resolves once nothing has been drawn for a moment."""


@dataclass
class Visit:
    """One person's visit in one language, and the pictures that are taken of it."""

    page: Page
    app: App
    language: str
    pictures: Path | None
    faults: list[str]
    scheme: str = ""
    """Before each picture's name; empty for the usual, light one."""
    waiting: set[Request] = field(default_factory=set)
    """What the page has asked of the server and was not answered yet."""

    def __post_init__(self) -> None:
        self.page.on("request", lambda one: self.waiting.add(one) if "/queue/" in one.url else None)
        self.page.on("requestfinished", lambda one: self.waiting.discard(one))
        self.page.on("requestfailed", lambda one: self.waiting.discard(one))

    def words(self, key: str, **values: object) -> str:
        return say(key, self.language, **values)

    def open(self, query: str = "", path: str = "") -> None:
        """A page of the lab; the one with the tabs unless ``path`` names another."""
        head = "/zh" if self.language == "zh" else ""
        self.waiting.clear()
        self.page.goto(f"{self.app.url}{head}{path}" + ("" if head or path else "/") + query)
        if not path:
            tab = parse_qs(query.removeprefix("?")).get("tab", [""])[0]
            if tab:
                leaf = self.page.get_by_role("tab", name=self.words(f"ui.tab_{tab}"), exact=True)
                expect(leaf).to_have_attribute("aria-selected", "true", timeout=SHORT)
            expect(self.page.locator(DRAWN).filter(visible=True).first).to_be_visible(timeout=SHORT)
        self.settle()

    def settle(self) -> None:
        """Wait until the server has answered everything and nothing more is drawn."""
        until = time.monotonic() + LONGEST_WAIT
        self.page.wait_for_timeout(150)
        while time.monotonic() < until:
            while self.waiting and time.monotonic() < until:
                self.page.wait_for_timeout(50)
            self.page.evaluate(STILL)
            if not self.waiting:
                return

    def press(self, key: str, **values: object) -> None:
        self.button(key, **values).click()
        self.settle()

    def button(self, key: str, **values: object) -> Locator:
        return self.page.get_by_role("button", name=self.words(key, **values), exact=True).first

    def field(self, key: str) -> Locator:
        """The input of that name, where it can be seen."""
        return self.page.get_by_label(self.words(key)).filter(visible=True).first

    def unfold(self, key: str, **values: object) -> None:
        """Open what is folded under that name."""
        self.page.get_by_text(self.words(key, **values), exact=True).filter(visible=True).first.click()
        self.settle()

    def click(self, selector: str) -> None:
        """The first of its kind that can be seen."""
        self.page.locator(f"{selector} >> visible=true").first.click()
        self.settle()

    def shot(self, name: str, about: str = "") -> None:
        """Look at the screen wide and narrow; with ``about``, only at that part of it in the picture."""
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 900})
            self.page.wait_for_timeout(250)
            self.faults += [f"{self.scheme}{name}.{self.language}.{width}: {one}" for one in self.page.evaluate(FAULTS)]
            if self.pictures:
                path = self.pictures / f"{self.scheme}{name}.{self.language}.{width}.webp"
                _small(self._taken(about, width)).save(path, quality=25, method=4)
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
    """The picture, a wide one at three quarters: all pictures together stay below 6 MB, and words can be read."""
    picture = Image.open(BytesIO(taken)).convert("RGB")
    if picture.width == min(WIDTHS):
        return picture
    return picture.resize((picture.width * 3 // 4, picture.height * 3 // 4), Image.Resampling.LANCZOS)
