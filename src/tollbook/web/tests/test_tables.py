"""Tables: searching, sorting, filtering, paging, and a CSV that no spreadsheet runs."""

import csv
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Q, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.test import RequestFactory

from tollbook.customers.models import Customer
from tollbook.identity.models import User
from tollbook.kernel.money import Money
from tollbook.site.tests.world import World
from tollbook.web import tables
from tollbook.web.tables import Column, Filter, Table, plain_cell

PEOPLE = Table(
    name="people",
    columns=(
        Column("Name", lambda user: user.name, sort="name", note=lambda user: user.email),
        Column("Role", lambda user: user.staff_role, "state"),
    ),
    order="-name",
    search=("name", "email"),
    filters=(
        Filter("role", "Role", (("staff", "Staff", ~Q(staff_role="none")), ("none", "Others", Q(staff_role="none")))),
    ),
    per_page=3,
)
NAMES = ("Ada", "Bo", "Cy", "=cmd|'/c calc'!A1", 'Eve, of "Quay"\nStreet')


@pytest.fixture
def people(db: None) -> None:
    for i, name in enumerate(NAMES):
        User.objects.create(email=f"p{i}@harbour.example", name=name, staff_role="viewer" if i == 0 else "none")


def asked(address: str) -> HttpRequest:
    return RequestFactory().get(f"/{address}")


def names(address: str) -> list[str]:
    return [row[0].value for row in PEOPLE.page(asked(address), User.objects.all()).rows]


def lines(response: StreamingHttpResponse) -> list[list[str]]:
    parts: Any = response.streaming_content
    return list(csv.reader("".join(part.decode() for part in parts).splitlines(keepends=True)))


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("", ['Eve, of "Quay"\nStreet', "Cy", "Bo"]),
        ("?page=2", ["Ada", "=cmd|'/c calc'!A1"]),
        ("?page=99", ["Ada", "=cmd|'/c calc'!A1"]),
        ("?page=no", ['Eve, of "Quay"\nStreet', "Cy", "Bo"]),
        ("?sort=name", ["=cmd|'/c calc'!A1", "Ada", "Bo"]),
        ("?sort=password", ['Eve, of "Quay"\nStreet', "Cy", "Bo"]),
        ("?q=cy", ["Cy"]),
        ("?q=p0%40", ["Ada"]),
        ("?q=%00cy%00", ["Cy"]),
        ("?q=" + "y" * 5000, []),
        ("?role=staff", ["Ada"]),
        ("?role=none&q=b", ['Eve, of "Quay"\nStreet', "Cy", "Bo"]),
        ("?role=owner", ['Eve, of "Quay"\nStreet', "Cy", "Bo"]),
    ],
)
def test_the_address_says_what_is_shown(address: str, expected: list[str]) -> None:
    assert names(address) == expected


@pytest.mark.usefixtures("people")
def test_a_page_costs_two_queries_whatever_it_shows(django_assert_num_queries: Callable[..., Any]) -> None:
    with django_assert_num_queries(2):
        shown = PEOPLE.page(asked("?q=harbour&role=none&sort=-name"), User.objects.all())
    assert (shown.page.paginator.count, len(shown.rows)) == (4, 3)


@pytest.mark.usefixtures("people")
def test_headings_say_how_they_are_sorted_and_what_a_click_does() -> None:
    told = [
        [(h.label, h.order, h.direction) for h in PEOPLE.page(asked(address), User.objects.all()).headings]
        for address in ("?sort=name", "?sort=-name")
    ]
    assert told == [
        [("Name", "-name", "ascending"), ("Role", "", "")],
        [("Name", "name", "descending"), ("Role", "", "")],
    ]


@pytest.mark.usefixtures("people")
def test_nothing_found_is_not_nothing_there() -> None:
    assert PEOPLE.page(asked("?q=zz"), User.objects.all()).narrowed
    assert not PEOPLE.page(asked(""), User.objects.none()).narrowed


@pytest.mark.usefixtures("people")
def test_the_export_has_all_narrowed_rows_in_order_and_no_formula(
    django_assert_num_queries: Callable[..., Any],
) -> None:
    response = PEOPLE.export(asked("?sort=name&role=none&page=2"), User.objects.all())
    assert response.streaming
    assert response.headers["Content-Disposition"] == 'attachment; filename="people.csv"'
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    with django_assert_num_queries(1):
        found = lines(response)
    assert found == [
        ["Name", "Role"],
        ["'=cmd|'/c calc'!A1", "none"],
        ["Bo", "none"],
        ["Cy", "none"],
        ['Eve, of "Quay"\nStreet', "none"],
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("=1+1", "'=1+1"),
        ("+353 1 234", "'+353 1 234"),
        ("-1", "'-1"),
        ("@sum", "'@sum"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("a=1", "a=1"),
        (Decimal("-1.50"), "-1.5"),
        (Decimal("1E-7"), "0.0000001"),
        (-3, "-3"),
        (Money(Decimal("-0.0003"), "EUR"), "-0.0003"),
    ],
)
def test_a_cell_is_never_a_formula(value: object, text: str) -> None:
    assert plain_cell(value) == text


def test_a_lazy_text_is_no_way_around() -> None:
    from django.utils.functional import lazystr

    assert plain_cell(lazystr("=1+1")) == "'=1+1"


def test_a_list_in_memory_is_searched_and_sorted_too() -> None:
    table = Table(
        "sums",
        (Column("What", lambda r: r[0]), Column("Sum", lambda r: r[1], "quantity", sort="sum")),
        "sum",
        ("what",),
    )
    rows = [("Disk", Decimal(10)), ("Air", Decimal(9)), ("disc", Decimal(-1))]
    assert [r[0].value for r in table.page(asked("?sort=-sum"), rows).rows] == ["Disk", "Air", "disc"]
    assert [r[0].value for r in table.page(asked("?q=DIS"), rows).rows] == ["disc", "Disk"]


@pytest.mark.usefixtures("people")
def test_beyond_so_many_rows_the_first_ones_are_counted_and_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST", 4)
    first = PEOPLE.page(asked(""), User.objects.all())
    assert (first.page.paginator.count, first.more, first.sorted) == (4, True, False)
    # The four last names, the other way round: the formula, the last of all, is not among them.
    last = PEOPLE.page(asked("?sort=name"), User.objects.all())
    assert ([row[0].value for row in last.rows], last.more, last.sorted) == (["Ada", "Bo", "Cy"], True, True)
    monkeypatch.setattr(tables, "MOST", 5)
    assert not PEOPLE.page(asked("?sort=name"), User.objects.all()).more


def test_a_field_of_another_table_is_searched_there(world: World) -> None:
    brands = Table("c", [Column("Name", lambda c: c.name)], order="name", search=("brand__name", "public_id"))
    acme = world.customer("acme").row
    world.customer("bolt")
    rows = Customer.objects.all()
    found = brands.narrow(asked("?q=harb"), rows)
    assert isinstance(found, QuerySet) and sorted(c.name for c in found) == ["Acme", "Bolt"]
    assert " JOIN " not in str(found.query)
    assert [c.name for c in brands.narrow(asked(f"?q={acme.public_id}"), rows)] == ["Acme"]
    assert list(brands.narrow(asked(f"?q={acme.public_id[:8]}"), rows)) == []
