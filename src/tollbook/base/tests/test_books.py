"""check-books itself: how statements are read, asked and reported."""

from typing import Any

import pytest
from django.db import DatabaseError, connection

from tollbook.base import books
from tollbook.kernel.errors import Refused

STATED = "M1 M2 M3 M4 M5 M6 M7 M10 M12 M13 M14 M15 M16 M17 M18 M19 M22".split()

TEXT = """
-- A file about sheep.

-- let sheep: all of them
SELECT n FROM generate_series(1, 30) n

-- let black: some of them
SELECT n FROM sheep WHERE n > 5

-- M2: no sheep is black
-- (this comment belongs to the statement)
SELECT n AS sheep, NULL AS colour FROM black ORDER BY n;

-- M1: the sheep are counted
WITH flock AS (SELECT count(*) AS size FROM sheep) SELECT size FROM flock WHERE size <> 30;

-- M10: nothing is wrong
SELECT 1 WHERE false
"""


def test_statements_are_read_with_what_they_use() -> None:
    found = {s.invariant: s for s in books.parse(TEXT, "meadow")}
    assert [(s.invariant, s.title, s.room) for s in found.values()] == [
        ("M2", "no sheep is black", "meadow"),
        ("M1", "the sheep are counted", "meadow"),
        ("M10", "nothing is wrong", "meadow"),
    ]
    assert found["M2"].sql.startswith("WITH sheep AS MATERIALIZED (") and "black AS MATERIALIZED" in found["M2"].sql
    assert "black" not in found["M1"].sql
    assert found["M10"].sql == "SELECT 1 WHERE false"


@pytest.fixture
def meadow(monkeypatch: pytest.MonkeyPatch) -> Any:
    found = sorted(books.parse(TEXT, "meadow"), key=lambda s: int(s.invariant[1:]))
    monkeypatch.setattr(books, "statements", lambda: found)


def test_findings_count_all_rows_and_keep_the_first(db: None, meadow: None) -> None:
    good, bad, last = books.check(connection)
    assert [(f.invariant, f.ok, f.count, len(f.rows)) for f in (good, bad, last)] == [
        ("M1", True, 0, 0), ("M2", False, 25, 20), ("M10", True, 0, 0),
    ]  # fmt: skip
    assert bad.rows[0] == {"sheep": "6", "colour": "-"}
    assert bad.data()["rows"][0] == {"sheep": "6", "colour": "-"}


def test_the_report_has_a_line_each_and_the_offending_rows(db: None, meadow: None) -> None:
    lines = books.report(books.check(connection)).splitlines()
    assert [lines[0], lines[1], lines[2], lines[21], lines[22], lines[23], lines[24]] == [
        "M1   meadow         ok               the sheep are counted",
        "M2   meadow         FAILED 25 rows   no sheep is black",
        "       sheep=6  colour=-",
        "       sheep=25  colour=-",
        "       and 5 more",
        "M10  meadow         ok               nothing is wrong",
        "1 of 3 statements do not hold.",
    ]
    assert books.report(books.check(connection, ["M1"])).endswith("1 statements hold.")


def test_only_the_invariants_that_are_asked_for(db: None, meadow: None) -> None:
    assert [f.invariant for f in books.check(connection, only={"M10", "M1"})] == ["M1", "M10"]
    with pytest.raises(Refused) as refused:
        books.check(connection, only=["M1", "M99"])
    assert (refused.value.code, "M1, M2, M10" in refused.value.message) == ("unknown_invariant", True)


def test_every_invariant_that_check_books_promises_is_stated() -> None:
    found = books.statements()
    assert set(STATED) <= {s.invariant for s in found}
    numbers = [int(s.invariant[1:]) for s in found]
    assert numbers == sorted(numbers)


def test_empty_books_hold(db: None) -> None:
    findings = books.check(connection)
    assert [f.title for f in findings if not f.ok] == []


@pytest.mark.django_db(transaction=True)
def test_the_books_are_read_from_one_snapshot_and_nothing_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = "SELECT current_setting('transaction_isolation') || current_setting('transaction_read_only') AS how"
    monkeypatch.setattr(books, "statements", lambda: [books.Statement("M1", "how", "base", asked)])
    assert books.check(connection)[0].rows == ({"how": "repeatable readon"},)
    write = "WITH made AS (INSERT INTO base_virtual_clock VALUES (1, now()) RETURNING at) SELECT at FROM made"
    monkeypatch.setattr(books, "_COUNT", "n")
    monkeypatch.setattr(books, "statements", lambda: [books.Statement("M1", "writes", "base", write)])
    with pytest.raises(DatabaseError):
        books.check(connection)


def test_the_planner_of_the_caller_is_left_as_it_was(db: None) -> None:
    books.check(connection, ["M1"])
    with connection.cursor() as cursor:
        cursor.execute("SHOW enable_nestloop")
        assert cursor.fetchone() == ("on",)
