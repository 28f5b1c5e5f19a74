"""Panels, notices and months: what rooms put into pages, and the month that a page shows."""

from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest
from django.http import HttpRequest
from django.template import Context, Template
from django.test import RequestFactory

from tollbook.web import panels
from tollbook.web.months import months
from tollbook.web.panels import Notice, Panel
from tollbook.web.tables import Column, Table

DOT = "web/_mark.html"


def room(*declared: Panel, tells: tuple[Any, ...] = ()) -> tuple[str, ModuleType]:
    module = ModuleType("portal")
    vars(module).update(PANELS=declared, NOTICES=tells)
    return "room", module


@pytest.fixture
def rooms(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`rooms(found)`: discovery finds these, and no other; what it found before and after is not remembered."""

    def install(*found: tuple[str, ModuleType]) -> None:
        monkeypatch.setattr("tollbook.web.panels.discovery.modules", lambda name: iter(found))

    for remembered in (panels._declared, panels._tellers):
        remembered.cache_clear()
    yield install
    for remembered in (panels._declared, panels._tellers):
        remembered.cache_clear()


def page(**more: Any) -> dict[str, Any]:
    return {"portal": "portal", "request": RequestFactory().get("/portal/"), **more}


def brand(name: str) -> Any:
    return lambda request, *subject: {"brand": {"name": name + "".join(map(str, subject))}}


def shown(context: dict[str, Any], slot: str, subject: object = None) -> list[str]:
    return [text.split("</span>")[1].split(">")[-1] for text in panels.draw(context, slot, subject)]


def test_panels_stand_in_order_in_their_slot(rooms: Any) -> None:
    rooms(
        room(Panel("a", DOT, brand("late"), order=90), Panel("b", DOT, brand("other"))),
        room(Panel("a", DOT, brand("early"), order=10), Panel("a", DOT, lambda request: None, order=5)),
    )
    assert shown(page(), "a") == ["early", "late"]
    assert shown(page(), "b") == ["other"]
    assert shown(page(), "none") == []


def test_a_hidden_feature_leaves_its_panel_out_unasked(rooms: Any) -> None:
    def never(request: HttpRequest) -> dict[str, Any]:
        raise AssertionError("a hidden panel was asked for its figures")

    rooms(room(Panel("a", DOT, never, feature="portal.x"), Panel("a", DOT, brand("kept"))))
    assert panels.features("portal") == {"portal.x"}
    assert shown(page(hidden=frozenset({"portal.x"})), "a") == ["kept"]


def test_a_panel_of_a_page_about_something_gets_it(rooms: Any) -> None:
    rooms(room(Panel("a", DOT, brand("about "))))
    assert shown(page(), "a", "this") == ["about this"]
    drawn = Template('{% load web %}{% socket "a" subject %}').render(Context(page(subject="<that>")))
    assert "about &lt;that&gt;" in drawn


def test_the_worst_notice_comes_first_and_there_is_an_end(rooms: Any) -> None:
    told = [Notice("info", "i"), Notice("bad", "b"), Notice("warn", "w")]
    rooms(
        room(tells=(lambda request: told,)), room(tells=(lambda request: [Notice("bad", str(i)) for i in range(20)],))
    )
    found = panels.notices("portal", RequestFactory().get("/"))
    assert [notice.title for notice in found] == ["b", *map(str, range(7))]


@pytest.mark.parametrize(
    ("asked", "chosen", "newer", "older"),
    [
        ("", "2026-03", "", "2026-02"),
        ("2026-02", "2026-02", "2026-03", "2026-01"),
        ("2026-01", "2026-01", "2026-02", ""),
        ("1999-01", "2026-03", "", "2026-02"),
        ("nonsense", "2026-03", "", "2026-02"),
    ],
)
def test_months(asked: str, chosen: str, newer: str, older: str) -> None:
    request = RequestFactory().get("/", {"month": asked})
    # 31 March 23:30 UTC would be April already, in the summer of Dublin.
    found = months(
        request, datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 3, 31, 22, 30, tzinfo=UTC), "Europe/Dublin"
    )
    assert (found.chosen.key, found.newer, found.older) == (chosen, newer, older)
    assert [month.key for month in found.all] == ["2026-03", "2026-02", "2026-01"]
    assert found.all[0].period.end == datetime(2026, 3, 31, 23, tzinfo=UTC)


def test_a_list_is_searched_sorted_and_exported_like_rows_of_the_database() -> None:
    table = Table(
        name="fruit",
        columns=[
            Column("Name", lambda r: r[0], sort="name", note=lambda r: r[2]),
            Column("Count", lambda r: r[1], sort="count"),
        ],
        order="name",
        search=("name",),
    )
    rows = [("pear", 2, "green"), ("apple", 10, "red"), ("fig", 3, "green")]

    def names(**asked: str) -> list[str]:
        return [row[0].value for row in table.page(RequestFactory().get("/", asked), rows).rows]

    assert names() == ["apple", "fig", "pear"]
    assert names(sort="-count") == ["apple", "fig", "pear"]
    assert names(sort="count") == ["pear", "fig", "apple"]
    assert names(q="GREEN") == ["fig", "pear"]
    assert names(q="zzz") == []
    response = table.export(RequestFactory().get("/", {"q": "red"}), rows)
    assert b"".join(response.streaming_content) == b"Name,Count\r\napple,10\r\n"  # type: ignore[arg-type]  # synchronous
