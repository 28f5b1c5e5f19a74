"""Suppliers, the rows of their bills, and what we owe for them."""

from collections.abc import Iterable

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from tollbook.customers.models import Customer
from tollbook.identity.access import staff_page
from tollbook.kernel.money import Money
from tollbook.sourcing.models import ImportedRow, Purchase, Supplier
from tollbook.sourcing.rules import IN_WORDS, Reason
from tollbook.web.parts import Facts, Page, Part, Rows, Stat, Stats, fact, listing, show
from tollbook.web.sockets import Found, page_of
from tollbook.web.tables import Column, Filter, Table

SHOWN = 10


def _supplier_href(supplier: Supplier) -> str:
    return reverse("staff-sourcing:supplier", args=[supplier.public_id])


SUPPLIERS = Table(
    "suppliers",
    [
        Column("Supplier", lambda s: s.name, sort="name", href=_supplier_href, note=lambda s: s.code),
        Column("For brand", lambda s: s.brand.name, sort="brand__name", href=lambda s: page_of(s.brand.public_id)),
        Column("Currency", lambda s: s.currency, sort="currency"),
    ],
    order="name",
    search=("name", "code", "public_id"),
    empty_title="No suppliers yet",
    empty_text="The first import of an upstream's bill makes one.",
)
_ITEM = Column(
    "Item", lambda p: p.item, sort="item", note=lambda p: f"{p.period_start:%Y-%m-%d} to {p.period_end:%Y-%m-%d}"
)
_CUSTOMER = Column(
    "Customer",
    lambda p: p.customer.name if p.customer else "",
    sort="customer__name",
    href=lambda p: page_of(p.customer.public_id) if p.customer else "",
)
_COSTS = [
    Column("Quantity", lambda p: p.quantity, "quantity", sort="quantity"),
    Column("Unit cost", lambda p: Money(p.unit_cost, p.currency), "exact", sort="unit_cost"),
    Column("Amount", lambda p: Money(p.amount, p.currency), "exact", sort="amount"),
    Column("Revision", lambda p: p.revision, "quantity", sort="revision"),
]
PURCHASES = Table(
    "purchases",
    [_ITEM, _CUSTOMER, Column("Supplier", lambda p: p.supplier.name, sort="supplier__name"), *_COSTS],
    order="-id",
    search=("item", "customer__name", "supplier__name", "public_id"),
    empty_title="Nothing was bought yet",
)


def why(row: ImportedRow) -> str:
    """The reason in words; empty for what was billed."""
    return IN_WORDS.get(Reason(row.reason), row.reason) if row.reason in set(Reason) else row.reason


IMPORTS = Table(
    "imports",
    [
        Column("Row", lambda r: r.row_id, "mono", sort="row_id", note=lambda r: r.supplier.name),
        Column("Outcome", lambda r: r.outcome, "state", sort="outcome"),
        Column("Item", lambda r: r.item, sort="item", note=why),
        _CUSTOMER,
        Column("Quantity", lambda r: r.quantity, "quantity", sort="quantity"),
        Column("Unit cost", lambda r: _cost(r), "exact", sort="unit_cost"),
        Column("Used", lambda r: r.at, "instant", sort="at"),
    ],
    order="id",
    search=("row_id", "item", "customer__name"),
    filters=(
        Filter(
            "outcome",
            "Outcome",
            tuple((o.value, str(o.label).capitalize(), Q(outcome=o.value)) for o in ImportedRow.Outcome),
        ),
        Filter(
            "reason",
            "Reason",
            tuple((r.value, r.value.replace("_", " ").capitalize(), Q(reason=r.value)) for r in Reason),
        ),
    ),
    empty_title="Nothing was imported yet",
    empty_text="Rows of an upstream's bill stand here with what became of each.",
)


def _cost(row: ImportedRow) -> Money | None:
    return None if row.unit_cost is None else Money(row.unit_cost, row.supplier.currency)


@staff_page()
def suppliers(request: HttpRequest) -> HttpResponseBase:
    """Whom we buy from."""
    rows = Supplier.objects.select_related("brand")
    return listing(request, SUPPLIERS, rows, Page("Suppliers", about="Whom we buy from what we sell."))


@staff_page()
def supplier(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One supplier: what was imported, and what it cost."""
    found = get_object_or_404(Supplier.objects.select_related("brand"), public_id=public_id)
    rows = ImportedRow.objects.filter(supplier=found).order_by()
    counts = dict(rows.values_list("outcome").annotate(n=Count("pk")))
    reasons = rows.exclude(reason="").values("reason").annotate(n=Count("pk")).order_by("-n", "reason")
    href = reverse("staff-sourcing:imports")
    bought = Purchase.objects.filter(supplier=found).select_related("customer", "supplier").order_by("-pk")[:SHOWN]
    parts: list[Part] = [
        Stats("Rows", _outcomes(counts, href)),
        Facts(
            "Supplier",
            [
                fact("Code", found.code, "mono"),
                fact("For brand", found.brand.name, href=page_of(found.brand.public_id)),
                fact("Currency", found.currency),
            ],
        ),
        Rows("Why rows were not billed", _REASONS, reasons, "Every row was billed.", wide=False),
        Rows(
            "Latest purchases",
            [_ITEM, _CUSTOMER, *_COSTS],
            bought,
            "Nothing was bought yet.",
            ("All", reverse("staff-sourcing:purchases")),
        ),
    ]
    crumbs = (("Suppliers", reverse("staff-sourcing:suppliers")),)
    return show(request, Page(found.name, crumbs=crumbs, parts=parts, code=public_id))


def _outcomes(counts: dict[str, int], href: str) -> list[Stat]:
    stats = [
        Stat(f"Rows {o.label}", counts.get(o.value, 0), "quantity", "Show them", f"{href}?outcome={o.value}")
        for o in ImportedRow.Outcome
    ]
    return [Stat("Rows in", sum(counts.values()), "quantity", "Billed, credited and reported together"), *stats]


_REASONS = [
    Column("Reason", lambda r: IN_WORDS[Reason(r["reason"])] if r["reason"] in set(Reason) else r["reason"]),
    Column("Rows", lambda r: r["n"], "quantity"),
]


@staff_page()
def purchases(request: HttpRequest) -> HttpResponseBase:
    """What we owe suppliers."""
    about = "What we owe for one item of one customer in one period; a changed quantity adds a revision."
    return listing(request, PURCHASES, _purchases(), Page("Purchases", about=about))


def _purchases() -> QuerySet[Purchase]:
    return Purchase.objects.select_related("customer", "supplier")


@staff_page()
def imports(request: HttpRequest) -> HttpResponseBase:
    """Every row of every upstream bill, and what became of it."""
    about = "Every row of an upstream's bill is billed, credited or reported with a reason; none is dropped."
    rows = ImportedRow.objects.select_related("supplier", "customer")
    return listing(request, IMPORTS, rows, Page("Imported rows", about=about))


def of_customer(customer: Customer) -> Iterable[Part]:
    """What a customer's use cost us."""
    rows = _purchases().filter(customer=customer).order_by("-amount", "pk")[:SHOWN]
    more = ("All purchases", reverse("staff-sourcing:purchases") + f"?q={customer.name}")
    columns = [_ITEM, *_COSTS[:3]]
    title = "Bought for this customer, the dearest first"
    yield Rows(title, columns, rows, "Nothing was bought for it.", more)


def find(text: str, limit: int) -> list[Found]:
    """Suppliers with the text in their name, or with that id."""
    rows = Supplier.objects.filter(Q(public_id=text) | Q(name__icontains=text) | Q(code__icontains=text))
    return [Found(s.name, "Supplier", _supplier_href(s)) for s in rows.order_by("name", "pk")[:limit]]
