"""Answers that are queries or code: whether one does what its reference does.

Knows: how SQL is run on an in-memory SQLite that holds what the conversation's own ``CREATE TABLE`` says, read-only and
within bounds, and when two results are the same. Must not know records or contestants.

Where the conversation gives no rows, tables are filled by ourselves, several times and always alike, with the very
values both queries speak of among them, so that a query with a wrong condition gives another result (after the test
suites of Zhong, Yu and Klein 2020, arXiv 2010.02840). Without a schema only the text can be compared. Code of other
languages is never run.
"""

from __future__ import annotations

import ast
import random
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing

from lab.records import Message

SECONDS = 1.0
"""A query that runs longer is stopped, and counts as one that does not run."""
MOST_ROWS = 5000
"""Of a result; one that has more is not held against anything."""
FILLS = 3
_ROWS = 60
_SPOKEN_OF = 0.5
"""How often a made value is one that a query speaks of."""
_WORDS = ["ash", "birch", "cedar", "dogwood"]
_LONGEST = 200_000
_LONGEST_TREE = 20_000
_FENCED = re.compile(r"```[\w+-]*[ \t]*\n?(.*?)```", re.DOTALL)
_QUERY = re.compile(
    r"\s*(?:\(?\s*select\b.*\bfrom\b|select\s+[\w(*\"'`]+[^.?!]*$|with\s+(?:recursive\s+)?\w+\s*(?:\([^)]*\)\s*)?as\s*\(|insert\s+into\b"
    r"|update\s+\S+\s+set\b|delete\s+from\b|create\s+(?:table|view|index)\b|(?:optional\s+)?match\s*(?:\w+\s*=\s*)?\("
    r"|call\s+[\w.]+\s*\()",
    re.IGNORECASE | re.DOTALL,
)
_CODE = re.compile(
    r"\s*(?:(?:async\s+)?def \w+\(.*\).*:|class \w+.*[:{]|import [\w.]+|from [\w.]+ import |#include\b|#!/"
    r"|(?:export )?(?:async )?function \w*\(|(?:const|let|var) \w+ ?=|public (?:static |class )|package \w+|func \w+\()"
)
_CREATE = re.compile(r"\bcreate\s+table\b", re.IGNORECASE)
_INSERT = re.compile(r"\binsert\s+into\b", re.IGNORECASE)
_PIECES = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|--[^\n]*|/\*.*?\*/|[\w.]+|<=|>=|<>|!=|\|\||->|<-|\S", re.DOTALL
)
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
_BUILDING = _ALLOWED | {
    sqlite3.SQLITE_CREATE_TABLE,
    sqlite3.SQLITE_CREATE_INDEX,
    sqlite3.SQLITE_INSERT,
    sqlite3.SQLITE_UPDATE,
    sqlite3.SQLITE_TRANSACTION,
    sqlite3.SQLITE_REINDEX,
}

Result = list[tuple[object, ...]]


def is_query(text: str) -> bool:
    """Whether the answer is a query or a piece of code, and nothing else."""
    whole = text.strip()
    fenced = _FENCED.fullmatch(whole)
    return bool(fenced or _QUERY.match(whole) or _CODE.match(whole))


def code_of(answer: str) -> str:
    """The query or code of an answer: its first fenced block, else all of it."""
    fenced = _FENCED.search(answer)
    return (fenced[1] if fenced else answer).strip()


def same_text(answer: str, reference: str) -> bool:
    """Whether both are the same query after spaces, case outside quotes, comments and the final mark are folded.

    Python is compared by its syntax tree, so that names keep their case and indents what they mean.
    """
    wanted = _tree(code_of(reference))
    if wanted:
        return _tree(code_of(answer)) == wanted
    said = _folded(code_of(answer))
    return any(said == _folded(one) for one in [code_of(reference), *statements(code_of(reference))])


def _tree(code: str) -> str:
    """The syntax tree of a piece of Python, without where things stand; empty where it is none.

    A bare expression may be anything, and is none.
    """
    if len(code) > _LONGEST_TREE:
        return ""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    told = any(not isinstance(one, ast.Expr) or isinstance(one.value, ast.Call) for one in tree.body)
    return ast.dump(tree) if told else ""


def statements(text: str) -> list[str]:
    """The statements of a text, parted by the semicolons outside of quotes and comments."""
    parts, start = [], 0
    for piece in _PIECES.finditer(text):
        if piece.group() == ";":
            parts.append(text[start : piece.start()])
            start = piece.end()
    return [part.strip() for part in [*parts, text[start:]] if part.strip()]


def schema_of(messages: Iterable[Message]) -> list[str]:
    """The ``CREATE TABLE`` statements of a conversation, and the ``INSERT`` statements that fill them."""
    found: list[str] = []
    for message in messages:
        if message.role in {"system", "user"} and len(message.content) <= _LONGEST:
            starts = sorted(m.start() for shape in (_CREATE, _INSERT) for m in shape.finditer(message.content))
            found += [one for start in starts if (one := _statement(message.content[start:]))]
    return found if any(_CREATE.match(one) for one in found) else []


def same_result(answer: str, reference: str, schema: Sequence[str]) -> tuple[bool | None, bool]:
    """``(whether both give the same rows, whether the answer runs)`` on a database with that schema.

    Rows count as a multiset, in their order where the reference says ``ORDER BY``. ``None`` where the reference does
    not run, or finds nothing in any filling, so that nothing can be told. Of a reference of several each counts.
    """
    said = (statements(code_of(answer)) or [""])[0]
    wanted = statements(code_of(reference))
    databases = [*_databases(schema, wanted), *_databases(schema, [said, *wanted])]
    try:
        found = {one: [_run(base, one) for base in databases] for one in wanted}
        results: list[Result | None] = []
        for base in databases:
            results.append(_run(base, said))
            if results[-1] is None:
                break
        runs = bool(results) and None not in results
        # Whether a reference tells anything must not depend on the answer: its own fillings alone decide.
        telling = [
            one for one in wanted if None not in found[one] and any(map(_tells, found[one][: len(databases) // 2]))
        ]
        if not telling:
            return None, runs
        return runs and any(_are_same(results, found[one], _is_ordered(one)) for one in telling), runs
    finally:
        for base in databases:
            base.close()


def _are_same(results: Sequence[Result | None], wanted: Sequence[Result | None], ordered: bool) -> bool:
    return all(_same(one, other, ordered) for one, other in zip(results, wanted, strict=True))


def _statement(text: str) -> str:
    """The statement a text begins with: up to its semicolon, else to the bracket that closes its first one."""
    depth, closed = 0, 0
    for piece in _PIECES.finditer(text):
        depth += (piece.group() == "(") - (piece.group() == ")")
        if piece.group() == ";" and depth <= 0:
            return text[: piece.start()]
        if piece.group() == ")" and depth == 0:
            closed = closed or piece.end()
            if _CREATE.match(text):
                return text[:closed]
    return text[:closed]


def _databases(schema: Sequence[str], queries: Sequence[str]) -> Iterable[sqlite3.Connection]:
    """Databases with the schema: one with the rows it gives, else several that we fill."""
    filled = any(_INSERT.match(one) for one in schema)
    for seed in range(1 if filled else FILLS):
        made = _built(schema)
        if made is None:
            return
        if not filled:
            _fill(made, _literals(queries), random.Random(seed))
        _bound(made, _ALLOWED)
        yield made


def _built(schema: Sequence[str]) -> sqlite3.Connection | None:
    made = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    made.execute("PRAGMA temp_store = MEMORY")
    made.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1_000_000)
    made.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    _bound(made, _BUILDING)
    for one in schema:
        try:
            made.execute(_readable(one))
        except (sqlite3.Error, sqlite3.Warning):
            continue  # what SQLite cannot make is missing, and a query that needs it does not run
    if not made.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        made.close()
        return None
    return made


def _readable(create: str) -> str:
    """Other dialects' words that SQLite does not take, dropped."""
    return re.sub(
        r"\b(?:auto_increment|unsigned)\b|(?<=\))\s*engine\s*=.*$", "", create, flags=re.IGNORECASE | re.DOTALL
    )


def _bound(database: sqlite3.Connection, allowed: set[int]) -> None:
    """From here on only ``allowed`` actions, for ``SECONDS`` at a time."""

    def judge(action: int, *about: str | None) -> int:
        loads = action == sqlite3.SQLITE_FUNCTION and about[1] == "load_extension"
        return sqlite3.SQLITE_OK if action in allowed and not loads else sqlite3.SQLITE_DENY

    database.set_authorizer(judge)
    until = time.monotonic() + SECONDS
    database.set_progress_handler(lambda: int(time.monotonic() > until), 10_000)


def _run(database: sqlite3.Connection, query: str) -> Result | None:
    """The rows of a query; ``None`` where it does not run, runs too long or gives too many."""
    if not query or len(query) > _LONGEST:
        return None
    _bound(database, _ALLOWED)
    try:
        with closing(database.execute(query)) as found:
            rows = found.fetchmany(MOST_ROWS + 1)
    except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError):
        return None
    return [tuple(map(_plain, row)) for row in rows] if len(rows) <= MOST_ROWS else None


def _plain(value: object) -> object:
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else round(value, 6)
    return value


def _tells(result: Result | None) -> bool:
    """Whether there is anything in a result but nothing and noughts."""
    return any(value not in (None, 0, "") for row in result or () for value in row)


def _same(one: Result | None, other: Result | None, ordered: bool) -> bool:
    if one is None or other is None:
        return False
    return one == other if ordered else Counter(one) == Counter(other)


def _is_ordered(query: str) -> bool:
    """Whether ``ORDER BY`` stands outside of every bracket."""
    depth, before = 0, ""
    for piece in _PIECES.findall(query):
        depth += (piece == "(") - (piece == ")")
        if depth == 0 and before == "order" and piece.casefold() == "by":
            return True
        before = piece.casefold()
    return False


def _folded(query: str) -> str:
    kept = []
    for piece in _PIECES.findall(query):
        if piece.startswith(("--", "/*")):
            continue
        kept.append(f"'{piece[1:-1]}'" if piece[0] in "'\"`" else piece.casefold())
    return re.sub(r"(?: ;)+$", "", " ".join(kept))


def _literals(queries: Sequence[str]) -> tuple[list[str], list[float]]:
    """The texts and the numbers that queries hold their columns against."""
    texts: dict[str, None] = {}
    values: dict[float, None] = {}
    for query in queries:
        for piece in _PIECES.findall(query[:_LONGEST]):
            if piece[0] in "'\"" and len(piece) > 2:
                texts[piece[1:-1].replace("''", "'").strip("%")] = None
            elif re.fullmatch(r"\d+(?:\.\d+)?", piece) and len(piece) < 16:
                values[float(piece)] = None
    return list(texts), list(values)


def _fill(database: sqlite3.Connection, literals: tuple[list[str], list[float]], chance: random.Random) -> None:
    """Rows for every table, so few values a column that rows of two tables meet."""
    for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        columns = _columns(database, table)
        name = '"' + table.replace('"', '""') + '"'
        places = ", ".join("?" * len(columns))
        for number in range(1, _ROWS + 1):
            row = [_value(kind, column, is_key, number, literals, chance) for column, kind, is_key in columns]
            try:
                database.execute(f"INSERT OR IGNORE INTO {name} VALUES ({places})", row)
            except sqlite3.Error:
                break  # a table that takes no row of ours stays empty


def _columns(database: sqlite3.Connection, table: str) -> list[tuple[str, str, bool]]:
    """``(name, declared type, whether it is the key)`` of each column."""
    database.set_authorizer(None)
    quoted = table.replace('"', '""')
    found = database.execute(f'PRAGMA table_info("{quoted}")').fetchall()
    _bound(database, _BUILDING)
    return [(str(column[1]), str(column[2]).casefold(), bool(column[5])) for column in found]


def _value(
    kind: str, column: str, is_key: bool, number: int, literals: tuple[list[str], list[float]], chance: random.Random
) -> object:
    texts = literals[0] if literals[0] and chance.random() < _SPOKEN_OF else _WORDS
    near = [value + step for value in literals[1] for step in (-1, 0, 1)]
    values = near if near and chance.random() < _SPOKEN_OF else [float(n) for n in range(1, 9)]
    if is_key and ("int" in kind or not kind):
        return number
    if "int" in kind or "bool" in kind or "num" in kind or column.casefold().endswith("id"):
        return int(chance.choice(values))
    if any(word in kind for word in ("real", "float", "double", "decimal")):
        return chance.choice(values) + chance.choice((0.0, 0.5))
    if "date" in kind or "time" in kind or "date" in column.casefold():
        dates = [one for one in texts if re.match(r"\d{4}", one)]
        made = f"20{chance.randint(18, 25)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        return chance.choice([*dates, made, made])
    return chance.choice(texts)
