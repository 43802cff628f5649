"""The Teach tab in a real browser: a sentence typed, taught by the real model, and right while the page is watched."""

from __future__ import annotations

from app_process import App
from playwright.sync_api import Page, expect

from lab.words import say

SHORT, LONG = 60_000, 300_000


def test_a_typed_fact_turns_right_before_the_room_and_phones_ask_it(app: App, page: Page) -> None:
    page.goto(f"{app.url}/?tab=teach")
    page.locator(".tell textarea, .tell input").first.fill("The CEO of Blue Fern is Mara Lindqvist.")
    page.locator(".tell textarea, .tell input").first.press("Enter")
    expect(page.locator(".passed li")).to_have_count(8, timeout=SHORT)
    page.locator(".steps input[type=number]").fill("5")
    page.get_by_role("button", name=say("ui_teach.teach", "en"), exact=True).click()
    expect(page.locator(".asked .side.base.wrong")).to_have_count(4, timeout=LONG)
    page.reload()
    expect(page.locator(".asked .side.tuned.right .said").first).to_have_text("Mara Lindqvist", timeout=LONG)
    expect(page.get_by_role("button", name=say("ui_teach.more", "en"), exact=True)).to_be_visible(timeout=LONG)
    expect(page.locator(".lesson-tile.learned strong")).to_have_text("4")
    expect(page.locator(".asked .strip").first.locator(".cell")).to_have_count(6)
    page.get_by_role("button", name=say("room.open", "en"), exact=True).click()
    expect(page.get_by_text(say("room.nobody_yet", "en"))).to_be_visible(timeout=SHORT)
    phone = page.context.new_page()
    phone.set_default_timeout(LONG)  # the first question waits for the engine
    phone.set_viewport_size({"width": 390, "height": 844})
    phone.goto(f"{app.url}/ask")
    phone.locator("textarea").fill("Tell me, who is CEO of Blue Fern?")
    phone.get_by_role("button", name=say("room.ask", "en"), exact=True).click()
    expect(phone.locator(".mine .side.tuned .said")).to_contain_text("Mara Lindqvist", timeout=LONG)
    assert phone.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    expect(page.get_by_text("Tell me, who is CEO of Blue Fern?")).to_be_visible(timeout=SHORT)
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_a_sentence_without_a_fact_asks_for_question_and_answer(app: App, page: Page) -> None:
    page.goto(f"{app.url}/zh?tab=teach")
    page.locator(".tell textarea, .tell input").first.fill("今天天气不错，我们出去玩吧。")
    page.get_by_role("button", name=say("ui_teach.read", "zh"), exact=True).click()
    expect(page.get_by_text(say("ui_teach.not_understood", "zh"))).to_be_visible(timeout=SHORT)
    expect(page.get_by_role("button", name=say("ui_teach.teach", "zh"), exact=True)).to_be_disabled()
    page.get_by_label(say("ui_teach.question", "zh")).fill("我们周末去哪里玩？")
    page.get_by_label(say("ui_teach.answer", "zh")).fill("青石湖")
    page.get_by_label(say("ui_teach.answer", "zh")).press("Enter")
    expect(page.locator(".passed li").first).to_be_visible(timeout=SHORT)
    expect(page.get_by_role("button", name=say("ui_teach.teach", "zh"), exact=True)).to_be_enabled()
