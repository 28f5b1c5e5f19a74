"""Parts that staff pages are made of: figures, facts, small tables, sentences, charts. A page is a list of parts.

    parts = [Facts("Wallet", [fact("Balance", balance, "money")]), Rows("Grants", COLUMNS, rows)]
    show(request, Page("Wallet", parts=parts))

A long table that can be searched and exported is a `tables.Table`, shown with `listing`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Protocol

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.safestring import SafeString

from tollbook.web.tables import Cell, Column, Table, TablePage, cells_of
from tollbook.web.workbooks import workbook

Crumbs = Sequence[tuple[str, str]]


class Part(Protocol):
    """Anything that a page shows: `template` gets the part as `part`; `wide` takes the whole width."""

    template: ClassVar[str]

    @property
    def wide(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Stat:
    """One figure: `value` is an amount, a quantity, an instant or text, as `kind` says (see `tables.Column`)."""

    label: str
    value: Any
    kind: str = "text"
    note: str = ""
    href: str = ""
    # "", "warn" or "bad": what needs a look.
    tone: str = ""
    # More values of the same figure, such as its other currencies.
    more: Sequence[Any] = ()


@dataclass(frozen=True, slots=True)
class Stats:
    """Figures side by side."""

    template: ClassVar[str] = "web/parts/stats.html"
    title: str
    stats: Sequence[Stat]
    wide: bool = True


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what it is."""

    label: str
    cell: Cell


def fact(label: str, value: Any, kind: str = "text", href: str = "", note: str = "") -> Fact:
    """A fact; `kind` as in `tables.Column`."""
    return Fact(label, Cell(value, kind, href, note, False))


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels and values of one thing."""

    template: ClassVar[str] = "web/parts/facts.html"
    title: str
    facts: Sequence[Fact]
    wide: bool = False
    # (label, address) of links at the foot, such as downloads.
    links: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """A short table without paging; `more` is (label, address) of the whole list, `total` a last row in bold."""

    template: ClassVar[str] = "web/parts/rows.html"
    title: str
    columns: Sequence[Column]
    items: Iterable[Any]
    empty: str = "Nothing here yet."
    more: tuple[str, str] | None = None
    wide: bool = True
    note: str = ""
    total: Sequence[Cell] = ()

    def rows(self) -> list[list[Cell]]:
        """The cells of each row."""
        return [cells_of(self.columns, item) for item in self.items]


@dataclass(frozen=True, slots=True)
class Words:
    """Sentences."""

    template: ClassVar[str] = "web/parts/words.html"
    title: str
    sentences: Sequence[str]
    wide: bool = False
    # As steps, one after the other, rather than as a list.
    steps: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing made by `web.charts`, and what it says in one line."""

    template: ClassVar[str] = "web/parts/chart.html"
    title: str
    drawing: SafeString
    note: str = ""
    wide: bool = False
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, `size` as a number for the bar; the cell is what the reader sees."""

    label: str
    cell: Cell
    size: Decimal


@dataclass(frozen=True, slots=True)
class Shares:
    """Parts of a whole as bars, the largest first."""

    template: ClassVar[str] = "web/parts/shares.html"
    title: str
    shares: Sequence[Share]
    note: str = ""
    wide: bool = False
    empty: str = "Nothing here yet."

    @property
    def top(self) -> Decimal:
        """The size of the longest bar."""
        return max((share.size for share in self.shares), default=Decimal(0))


@dataclass(frozen=True, slots=True)
class Listing:
    """A long table as a part of a page."""

    template: ClassVar[str] = "web/parts/listing.html"
    title: str
    table: TablePage
    wide: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """A staff page: its title, state, one line about it, where it hangs, and its parts."""

    title: str
    state: str = ""
    about: str = ""
    crumbs: Crumbs = ()
    parts: Sequence[Part] = field(default_factory=list)
    # The public id, printed to be copied.
    code: str = ""


def show(
    request: HttpRequest, page: Page, *, template: str = "web/staff_page.html", **context: Any
) -> HttpResponseBase:
    """The page; a `template` of a room's own extends the usual one."""
    crumbs = [*page.crumbs, (page.title, "")] if page.crumbs else []
    found = {"page": page, "title": page.title, "crumbs": crumbs, **context}
    return render(request, template, found)


def listing(
    request: HttpRequest,
    table: Table,
    rows: "QuerySet[Any]",
    page: Page,
    *,
    before: Sequence[Part] = (),
) -> HttpResponseBase:
    """A page of one long table, or the table as CSV or a workbook where the address asks for that; `before` stands
    above it.
    """
    if request.GET.get("export") == "csv":
        return table.export(request, rows)
    if table.exportable and request.GET.get("export") == "xlsx":
        return workbook(table, request, rows)
    whole = [*before, Listing(page.title, table.page(request, rows)), *page.parts]
    return show(request, Page(page.title, page.state, page.about, page.crumbs, whole, page.code))
