"""The vote as phones meet it: real requests, many at once."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from serving import Served

from lab.access import Limits
from lab.chat.votes import Votes
from lab.ui.reach import address, code

pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning")
PHONES = 10
HTML = {"accept": "text/html"}


def _fields(page: str) -> dict[str, str]:
    return {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("poll", "item")}  # type: ignore[index]


def _phone(served: Served, number: int) -> int:
    """Votes until there is nothing left; returns how often."""
    phone, cast = served.client(headers=HTML, follow_redirects=True), 0
    page = phone.get("/zh/vote" if number % 2 else "/vote").text
    while 'name="item"' in page:
        choice = ("left", "right", "both", "neither")[(number + cast) % 4]
        sent = {**_fields(page), "choice": choice, "name": f"Phone {number}", "left-fluency": "5"}
        reply = phone.post("/zh/vote" if number % 2 else "/vote", data=sent)
        assert reply.status_code == 200
        page, cast = reply.text, cast + 1
    return cast


def test_ten_phones_at_once_lose_no_vote(served: Served) -> None:
    votes = Votes(served.lab.workspace)
    evaluation = next(served.lab.workspace.jobs().glob("*eval-family-en*")).name
    made = served.lab.open_poll(evaluation)
    with ThreadPoolExecutor(PHONES) as pool:
        cast = list(pool.map(lambda number: _phone(served, number), range(PHONES)))
    assert cast == [len(made.ballots)] * PHONES
    kept = votes.votes(made.id)
    assert len(kept) == PHONES * len(made.ballots)
    assert {vote.name for vote in kept} == {f"Phone {number}" for number in range(PHONES)}
    assert len({(vote.voter, vote.question) for vote in kept}) == len(kept)
    lefts = [vote.left for vote in kept]
    assert lefts.count(made.a) == lefts.count(made.b)


def test_a_reload_shows_the_same_and_no_name_is_on_the_page(served: Served) -> None:
    evaluation = next(served.lab.workspace.jobs().glob("*eval-family-en*")).name
    made = served.lab.open_poll(evaluation)
    phone = served.client(headers=HTML)
    first = phone.get("/vote").text
    assert [phone.get("/vote").text for _ in range(3)] == [first] * 3
    assert made.a not in re.sub(r"<style>.*?</style>", "", first, flags=re.DOTALL).lower().split()
    assert made.b not in first


@pytest.mark.parametrize("path", ["/vote", "/zh/vote"])
def test_who_rates_goes_on_rating_and_enter_in_the_name_chooses_nothing(served: Served, path: str) -> None:
    served.lab.open_poll(next(served.lab.workspace.jobs().glob("*eval-family-zh*")).name)
    phone = served.client(headers=HTML, follow_redirects=True)
    first = phone.get(path).text
    assert 'class="more" open' not in first
    form = first[first.index("<form") :]
    default = form[form.index("<button") : form.index(">", form.index("<button"))]
    assert "disabled" in default and "choice" not in default, "a browser sends the first button when Enter is pressed"
    rated = phone.post(path, data={**_fields(first), "choice": "both", "right-professionalism": "4"}).text
    assert 'class="more" open' in rated
    plain = phone.post(path, data={**_fields(rated), "choice": "left"}).text
    assert 'class="more" open' not in plain


def test_the_code_is_of_an_address_phones_can_open(served: Served) -> None:
    where = address(served.lab, "/zh/vote")
    assert where.startswith("http://") and where.endswith("/zh/vote") and "127.0.0.1" not in where
    assert code(where).startswith("<svg")


def test_who_comes_too_often_is_told_so_and_nothing_is_written(served: Served) -> None:
    phone, kept = served.client(headers=HTML), served.lab.workspace.votes()
    statuses = [phone.get("/vote").status_code for _ in range(Limits().votes_each)]
    before = kept.read_bytes()
    last = phone.get("/zh/vote")
    sent = phone.post("/vote", data={"poll": "x", "item": "x", "choice": "left"})
    assert set(statuses) == {200} and (last.status_code, sent.status_code) == (429, 429)
    assert "上限" in last.text and kept.read_bytes() == before
