"""The Data tab in a real browser: a file dropped, repaired, saved, edited by keyboard and compared; no model runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from app_process import App
from playwright.sync_api import Page, expect

from lab.words import say

SHORT = 60_000


def _dropped(folder: Path) -> Path:
    rows = [{"messages": [{"role": "system", "content": "Answer in one sentence."}]}]
    for place in ("harbour", "market", "library", "bakery"):
        turns = [("user", f"Where is the {place}?"), ("assistant", f"The {place} is in the old town.")]
        rows.append({"messages": [{"role": role, "content": content} for role, content in turns]})
    path = folder / "town.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows) + "\n{broken\n", "utf-8")
    return path


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_file_is_repaired_saved_edited_and_compared(app: App, page: Page, language: str, tmp_path: Path) -> None:
    def words(key: str, **values: object) -> str:
        return say(key, language, **values)

    page.goto(app.url + ("/zh" if language == "zh" else "/"))
    page.locator(".drop input[type=file]").first.set_input_files(_dropped(tmp_path))
    expect(page.locator(".verdict-line")).to_have_text(words("ui_data.can_train", ok=4, records=6), timeout=SHORT)
    expect(page.locator(".problems")).to_contain_text("town.jsonl:6")
    page.locator(".problems button").first.click()
    expect(page.locator(".trial .after").first).to_contain_text("Answer in one sentence.")
    page.locator(".trial button[type=submit]").click()
    expect(page.locator(".repairs li")).to_have_count(1)
    page.locator(".row-buttons button").first.click()
    expect(page.locator(".token.loss").nth(1)).to_be_visible(timeout=SHORT)
    page.get_by_role("button", name=words("ui_data.save"), exact=True).click()
    edit = page.get_by_role("button", name=words("ui_data_rows.edit"), exact=True).first
    expect(edit).to_be_visible(timeout=SHORT)
    edit.focus()
    page.keyboard.press("Enter")
    answer = page.locator(".row-form textarea").last
    answer.fill("The harbour is behind the station.")
    answer.press("Control+Enter")
    expect(page.locator(".pending")).to_be_visible()
    page.get_by_role("button", name=words("ui_data_rows.edit_save"), exact=True).click()
    expect(page.locator(".pending")).to_be_hidden(timeout=SHORT)
    page.get_by_text(words("ui_data_versions.title_n", n=2), exact=True).click()
    page.get_by_role("button", name=words("ui_data_versions.do_compare")).first.click()
    expect(page.locator(".change .after")).to_contain_text("behind the station")
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
