"""The trial balance, and the chain of seals."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from tollbook.identity.access import staff_page
from tollbook.kernel.money import Money
from tollbook.ledger.models import Seal, Transaction
from tollbook.ledger.queries import totals
from tollbook.ledger.rules import AccountKind
from tollbook.ledger.staff.sides import credit, debit
from tollbook.web.parts import Page, Part, Rows, Stat, Stats, listing, show
from tollbook.web.tables import Cell, Column, Table


@staff_page()
def books(request: HttpRequest) -> HttpResponseBase:
    """The trial balance: per currency, debits and credits are equal."""
    by: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in totals():
        by[str(row["currency"])].append(row)
    parts: list[Part] = [Stats("The ledger", list(_sealed()))]
    parts += [_trial(currency, rows) for currency, rows in by.items()]
    about = "Every account kind, summed over all brands. Debits and credits are equal, always."
    return show(request, Page("Trial balance", about=about, parts=parts))


def _trial(currency: str, rows: list[dict[str, Any]]) -> Rows:
    debits = sum((r["balance"] for r in rows if r["balance"] > 0), Decimal(0))
    credits = sum((-r["balance"] for r in rows if r["balance"] < 0), Decimal(0))
    columns = [
        Column(
            "Account kind",
            lambda r: AccountKind(r["account__kind"]).value.replace("_", " ").capitalize(),
            href=_kind_href,
        ),
        Column("Debit", lambda r: debit(r["balance"], currency), "exact"),
        Column("Credit", lambda r: credit(r["balance"], currency), "exact"),
    ]
    total = [
        Cell("Together", "text", "", "", False),
        Cell(Money(debits, currency), "exact", "", "", True),
        Cell(Money(credits, currency), "exact", "", "", True),
    ]
    return Rows(f"Trial balance in {currency}", columns, rows, total=total)


def _kind_href(row: dict[str, Any]) -> str:
    return reverse("staff-ledger:accounts") + f"?kind={row['account__kind']}"


def _sealed() -> Iterable[Stat]:
    last = Seal.objects.order_by("-number").first()
    waiting = Transaction.objects.filter(seal=None).count()
    href = reverse("staff-ledger:seals")
    note = f"{waiting} transactions wait for the next seal"
    yield Stat(
        "Ledger sealed up to", last.created_at if last else "Not sealed yet", "day" if last else "text", note, href
    )


SEALS = Table(
    "seals",
    [
        Column("Seal", lambda s: f"#{s.number}", sort="number"),
        Column("Transactions", lambda s: s.transactions, "quantity", sort="transactions"),
        Column("Digest (SHA-256)", lambda s: bytes(s.digest).hex(), "mono"),
        Column("Sealed", lambda s: s.created_at, "instant", sort="created_at"),
    ],
    order="-number",
    empty_title="Nothing is sealed yet",
    empty_text="Each day the new transactions are sealed into a chain of digests.",
)


@staff_page()
def seals(request: HttpRequest) -> HttpResponseBase:
    """The chain of seals."""
    about = "Each seal's digest covers its transactions and the seal before; check-books computes the chain again."
    return listing(request, SEALS, Seal.objects.all(), Page("Seals", about=about))


def sealed(now: datetime) -> Iterable[Stat]:
    """How far the ledger is sealed, for the dashboard."""
    yield from _sealed()
