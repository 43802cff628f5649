"""A query is right when it gives the rows its reference gives, and no query can do anything but read."""

from __future__ import annotations

import pytest

from lab.evals import queries
from lab.evals.queries import is_query, same_result, same_text, schema_of
from lab.evals.tasks import vectors
from lab.records import Message

TABLES = """Write SQL.
CREATE TABLE singer (id INTEGER PRIMARY KEY, name TEXT, country VARCHAR(20), age INT);
create table concert(cid int, singer_id int, year int, price decimal(5,2))"""
ASKED = (Message("system", TABLES), Message("user", "Which singers?"))
SCHEMA = schema_of(ASKED)
ORDERED = "SELECT name FROM singer WHERE country = 'France' AND age > 30 ORDER BY name"
JOINED = "SELECT country, count(*) FROM singer JOIN concert ON singer.id = concert.singer_id GROUP BY country"
ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"


def test_the_schema_is_read_out_of_the_conversation() -> None:
    assert len(SCHEMA) == 2 and SCHEMA[1].endswith("price decimal(5,2))")
    assert schema_of([Message("user", "How do I create a table?")]) == []


@pytest.mark.parametrize(
    ("answer", "reference", "same", "runs"),
    [
        ("```sql\nselect s.name from singer s where s.age>30 and s.country='France' order by 1;\n```", ORDERED, 1, 1),
        (ORDERED.replace("France", "france"), ORDERED, 0, 1),
        (ORDERED.replace("> 30", ">= 30"), ORDERED, 0, 1),
        (ORDERED + " DESC", ORDERED, 0, 1),
        ("SELECT c.country, COUNT(*) FROM concert, singer c WHERE singer_id = c.id GROUP BY 1", JOINED, 1, 1),
        (JOINED.replace("concert.singer_id", "concert.cid"), JOINED, 0, 1),
        (JOINED + " ORDER BY 2 DESC", JOINED, 1, 1),
        ("SELECT nme FROM singer", ORDERED, 0, 0),
        ("I do not know.", ORDERED, 0, 0),
        ("", ORDERED, 0, 0),
    ],
)
def test_a_query_is_right_by_what_it_gives(answer: str, reference: str, same: int, runs: int) -> None:
    assert same_result(answer, reference, SCHEMA) == (bool(same), bool(runs))


@pytest.mark.parametrize(
    "answer",
    [
        "DROP TABLE singer",
        "DELETE FROM singer",
        "INSERT INTO singer VALUES (1, 'a', 'b', 2)",
        "ATTACH '/tmp/stolen.db' AS x",
        "PRAGMA table_info(singer)",
        "SELECT load_extension('x')",
        "VACUUM INTO '/tmp/stolen.db'",
        ENDLESS,
        "SELECT a.id FROM singer a, singer b, singer c, concert d",
    ],
)
def test_a_query_reads_within_bounds_and_does_nothing_else(answer: str) -> None:
    assert same_result(answer, ORDERED, SCHEMA) == (False, False)


def test_what_cannot_be_told_is_not_scored() -> None:
    assert same_result("SELECT 1", "SELECT nothing FROM nowhere", SCHEMA) == (None, True)
    assert same_result(ORDERED, "SELECT name FROM singer WHERE 1 = 0", SCHEMA)[0] is None
    assert same_result("SELECT 1", "SELECT 1", ["CREATE TABLE broken ("])[0] is None


def test_rows_that_the_conversation_gives_are_used() -> None:
    given = [*SCHEMA, "INSERT INTO singer VALUES (1, 'Ada', 'UK', 36), (2, 'Bo', 'SE', 20)"]
    assert same_result("SELECT 'Ada'", "SELECT name FROM singer WHERE age > 30", given) == (True, True)
    assert schema_of([Message("user", ";\n".join(given))])[-1].startswith("INSERT")


def test_several_references_each_count_and_semicolons_in_quotes_part_nothing() -> None:
    either = "SELECT name FROM singer; SELECT id, name FROM singer"
    assert same_result("SELECT id, name FROM singer", either, SCHEMA) == (True, True)
    assert queries.statements("SELECT ';' -- a; b\n; SELECT 2;") == ["SELECT ';' -- a; b", "SELECT 2"]


@pytest.mark.parametrize(
    ("answer", "same"),
    [
        ("match (a)  where a.name>='Peter' return a.name ;", True),
        ("MATCH (a) WHERE a.name >= 'peter' RETURN a.name", False),
        ('MATCH (a) WHERE a.name >= "Peter" RETURN a.name // done', False),
    ],
)
def test_without_a_schema_the_text_is_compared(answer: str, same: bool) -> None:
    reference = "MATCH (a) WHERE a.name >= 'Peter' RETURN a.name"
    assert same_text(answer, reference) == same
    assert vectors("query", (), answer, reference, (Message("user", "?"),)) == {"same_query": (float(same), 1.0)}


@pytest.mark.parametrize(
    ("answer", "same"),
    [
        ("```python\ndef double(x):  # twice\n  return (x * 2)\n```", True),
        ("def Double(x):\n    return x * 2", False),
        ("def double(x):\n    return x*2\n\n\nprint(double(1))", False),
        ("def double(x):\nreturn x * 2", False),
        ("", False),
    ],
)
def test_python_is_compared_by_its_syntax(answer: str, same: bool) -> None:
    assert same_text(answer, "def double(x):\n    return x * 2") == same


def test_deep_or_broken_code_is_only_another_text() -> None:
    assert not same_text("(" * 9000 + ")" * 9000, "x = 1") and not same_text("x = '\0'", "x = 1")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("SELECT name FROM singer", True),
        ("WITH a AS (SELECT 1) SELECT * FROM a", True),
        ("MATCH (a) RETURN a", True),
        ("```python\nprint(1)\n```", True),
        ("def f(x):\n    return x", True),
        ("With love from Paris.", False),
        ("Select the best one of these.", False),
        ("Create a plan first.", False),
        ("今天天气很好。", False),
    ],
)
def test_queries_and_code_are_told_from_prose(text: str, is_one: bool) -> None:
    assert is_query(text) == is_one
