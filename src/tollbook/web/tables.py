"""Tables that can be searched, sorted, filtered, paged and exported: a declaration and a queryset make a
page.

One query for the rows and one for their count, whatever the table shows; columns may only read what the
queryset has loaded. A page costs the same however many rows there are: beyond MOST they are not counted, and another
order than the table's own sorts the first MOST of that. A list that is in memory already (an aggregate, say) makes a
page as well: its cells are searched and sorted.
"""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.translation import gettext

from tollbook.kernel.money import WIDE, Money, minor_units, plain, round_to

SEARCH_LIMIT = 100
# So many rows are counted and sorted; where there are more, only the first of them in the table's own order are.
MOST = 10_000
PER_PAGE = 25
EXPORT_LIMIT = 100_000
Rows = QuerySet[Any] | Sequence[Any]
# A cell that begins with one of these is a formula to a spreadsheet (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    label  its heading
    value  the cell's value, from a row
    kind   how it is shown: text, money (a Money or None), exact (a Money with every digit), quantity, day,
           instant, state, mono
    sort   the field to order by; empty: cannot be sorted
    href   where the cell leads
    note   a second, smaller line
    """

    label: str
    value: Callable[[Any], Any]
    kind: str = "text"
    sort: str = ""
    href: Callable[[Any], str] | None = None
    note: Callable[[Any], Any] | None = None

    @property
    def right(self) -> bool:
        return self.kind in {"money", "quantity", "exact"}


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice above the table: `key` in the address, `(value, label, condition)` to choose from."""

    key: str
    label: str
    choices: tuple[tuple[str, str, Q], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A value on the page."""

    value: Any
    kind: str
    href: str
    note: Any
    right: bool


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's head: `order` is what its link sets, `direction` how it is sorted now (ascending, descending
    or "").
    """

    label: str
    order: str
    direction: str
    right: bool


@dataclass(slots=True)
class TablePage:
    """What `web/_table.html` shows."""

    headings: list[Heading]
    rows: list[list[Cell]]
    page: "Page[Any]"
    search: str
    searchable: bool
    filters: list[tuple[Filter, str]]
    empty_title: str
    empty_text: str
    narrowed: bool
    exportable: bool = True
    # More rows than are counted; and whether another order was asked for, which holds for the first of them then.
    more: bool = False
    sorted: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A declaration: `name` for files, columns, the fields that a search looks in, filters, and the order to
    begin with.
    """

    name: str
    columns: Sequence[Column]
    order: str
    search: Sequence[str] = ()
    filters: Sequence[Filter] = ()
    empty_title: str = "Nothing here yet"
    empty_text: str = ""
    per_page: int = PER_PAGE
    exportable: bool = True

    def narrow(self, request: HttpRequest, rows: Rows) -> Rows:
        """The rows that the search and the filters of the address leave, in its order; unknown values are
        ignored.
        """
        text = request.GET.get("q", "").replace("\x00", "").strip()[:SEARCH_LIMIT]
        if not isinstance(rows, QuerySet):
            return self._narrow_list(rows, text, self._order(request))
        if text and self.search:
            rows = rows.filter(reduce(or_, (_holds(rows.model, name, text) for name in self.search)))
        for given, chosen in self._chosen(request):
            rows = rows.filter(next(q for value, _, q in given.choices if value == chosen)) if chosen else rows
        order = self._order(request)
        return rows.order_by(order, "-pk" if order.startswith("-") else "pk")

    def _narrow_list(self, rows: Sequence[Any], text: str, order: str) -> list[Any]:
        """As `narrow`, by the text of the cells and the value of the column that sorts by `order`."""
        if self.filters:
            raise ValueError(f"table {self.name}: filters are database conditions and cannot narrow a list")
        wanted = text.casefold() if self.search else ""
        found = [row for row in rows if not wanted or any(wanted in _text(column, row) for column in self.columns)]
        by = next((column for column in self.columns if column.sort == order.removeprefix("-")), None)
        return found if by is None else sorted(found, key=by.value, reverse=order.startswith("-"))

    def _order(self, request: HttpRequest) -> str:
        wanted = request.GET.get("sort", "")
        sortable = {column.sort for column in self.columns if column.sort}
        return wanted if wanted.removeprefix("-") in sortable else self.order

    def _chosen(self, request: HttpRequest) -> list[tuple[Filter, str]]:
        found = []
        for given in self.filters:
            wanted = request.GET.get(given.key, "")
            found.append((given, wanted if any(value == wanted for value, _, _ in given.choices) else ""))
        return found

    def page(self, request: HttpRequest, rows: Rows) -> TablePage:
        """The page of the table that the address asks for."""
        narrowed, order = self.narrow(request, rows), self._order(request)
        count = _count(narrowed)
        if count > MOST and isinstance(narrowed, QuerySet):
            narrowed = self._first(narrowed, order)
        page = _Pages(narrowed, self.per_page, min(count, MOST)).get_page(request.GET.get("page"))
        search = request.GET.get("q", "").replace("\x00", "")[:SEARCH_LIMIT]
        chosen = self._chosen(request)
        return TablePage(
            headings=[self._heading(column, order) for column in self.columns],
            rows=[cells_of(self.columns, row) for row in page],
            page=page,
            search=search,
            searchable=bool(self.search),
            filters=chosen,
            empty_title=gettext(self.empty_title),
            empty_text=gettext(self.empty_text) if self.empty_text else "",
            narrowed=bool(search) or any(value for _, value in chosen),
            exportable=self.exportable,
            more=count > MOST,
            sorted=order != self.order,
        )

    def _first(self, rows: QuerySet[Any], order: str) -> QuerySet[Any]:
        """The first MOST rows in the table's own order, in `order`."""
        if order == self.order:
            return rows
        own = rows.order_by(self.order, "-pk" if self.order.startswith("-") else "pk")
        return rows.filter(pk__in=own.values("pk")[:MOST])

    def _heading(self, column: Column, order: str) -> Heading:
        current = column.sort and order.removeprefix("-") == column.sort
        direction = ("descending" if order.startswith("-") else "ascending") if current else ""
        wanted = f"-{column.sort}" if direction == "ascending" else column.sort
        return Heading(gettext(column.label), wanted, direction, column.right)

    def export(self, request: HttpRequest, rows: Rows) -> StreamingHttpResponse:
        """All narrowed rows as CSV (UTF-8, RFC 4180), streamed; cells that a spreadsheet would run are
        neutralised.
        """
        narrowed = self.narrow(request, rows)[:EXPORT_LIMIT]
        found = narrowed.iterator(chunk_size=1000) if isinstance(narrowed, QuerySet) else narrowed
        cells = ([column.value(row) for column in self.columns] for row in found)
        return csv_file(self.name, [gettext(column.label) for column in self.columns], cells)


def csv_file(name: str, header: Sequence[str], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """`name`.csv (UTF-8, RFC 4180), streamed: the header, then the rows, each value as `plain_cell` writes it."""
    response = StreamingHttpResponse(_lines(header, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _lines(header: Sequence[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow([*header])
    for row in rows:
        yield writer.writerow([plain_cell(value) for value in row])


def _count(rows: Rows) -> int:
    """How many there are, or one more than MOST."""
    # By their ids: what is computed for each row is not computed for the count.
    return rows.order_by().values("pk")[: MOST + 1].count() if isinstance(rows, QuerySet) else len(rows)


class _Pages(Paginator):  # type: ignore[type-arg]  # it takes none when the program runs
    """Pages of rows that are counted already."""

    def __init__(self, rows: Rows, per_page: int, count: int) -> None:
        super().__init__(rows, per_page)
        self.counted = count

    @property
    def count(self) -> int:
        return self.counted


def _holds(model: type[Model], name: str, text: str) -> Q:
    """The rows whose field holds the text. A field of another table is looked for there first: a join would read all of
    both. An id is found whole.
    """
    path, _, field = name.rpartition("__")
    if field == "public_id":
        return Q(**{name: text})
    if not path:
        return Q(**{f"{name}__icontains": text})
    other = model
    for step in path.split("__"):
        other = other._meta.get_field(step).related_model  # type: ignore[assignment]  # a relation leads to a model
    return Q(**{f"{path}__in": other._default_manager.filter(**{f"{field}__icontains": text}).values("pk")})


class _Echo:
    """A file that hands back what is written."""

    def write(self, text: str) -> str:
        return text


def _text(column: Column, row: Any) -> str:
    note = column.note(row) if column.note else ""
    return f"{column.value(row)}\n{note}".casefold()


def cells_of(columns: Sequence[Column], row: Any) -> list[Cell]:
    """The cells of one row."""
    return [_cell(column, row) for column in columns]


def _cell(column: Column, row: Any) -> Cell:
    href = column.href(row) if column.href else ""
    return Cell(column.value(row), column.kind, href, column.note(row) if column.note else "", column.right)


def plain_cell(value: Any) -> str:
    """A value as text for a spreadsheet: numbers stay numbers, text that looks like a formula gets a quote in
    front.
    """
    if value is None:
        return ""
    if isinstance(value, Money):
        places = max(minor_units(value.currency), -int(value.amount.normalize(WIDE).as_tuple().exponent))
        return f"{round_to(value.amount, places):f}"
    if isinstance(value, Decimal):
        return plain(value)
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    # All but numbers counts as text: a lazy translation, say, is no `str`.
    if not isinstance(value, int) and text.startswith(_FORMULA):
        return f"'{text}"
    return text
