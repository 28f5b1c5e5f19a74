"""Transactions, each with its legs, its cause, and what reversed it."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from tollbook.catalog.models import Product
from tollbook.customers.models import Customer
from tollbook.identity.access import staff_page
from tollbook.ledger.models import Posting, Transaction
from tollbook.ledger.staff.sides import account_href, cause_href, credit, debit, transaction_href
from tollbook.web.parts import Facts, Page, Part, Rows, fact, listing, show
from tollbook.web.sockets import Found, page_of
from tollbook.web.tables import Column, Filter, Table

TRANSACTIONS = Table(
    "transactions",
    [
        Column("What", lambda t: t.memo or t.kind.capitalize(), href=transaction_href, note=lambda t: t.public_id),
        Column("Booked on", lambda t: t.booked_on, "day", sort="booked_on"),
        Column("Kind", lambda t: t.kind, sort="kind"),
        Column("Cause", lambda t: t.source_type, sort="source_type", href=cause_href, note=lambda t: t.source_id),
        Column("Customer", lambda t: t.customer_name or "", sort="customer_name"),
        Column("Seal", lambda t: f"#{t.seal_id}" if t.seal_id else "not yet", sort="seal_id"),
    ],
    order="-id",
    search=("public_id", "memo", "source_id", "customer_name"),
    filters=(
        Filter(
            "kind",
            "Kind",
            (
                ("invoices", "Invoices", Q(source_type="invoice")),
                ("wallets", "Wallets", Q(source_type="wallet")),
                ("purchases", "Purchases", Q(source_type="purchase")),
                ("reversals", "Reversals", Q(reverses__isnull=False)),
            ),
        ),
        Filter("sealed", "Sealed", (("no", "Not sealed", Q(seal__isnull=True)),)),
    ),
    empty_title="Nothing is booked yet",
)


def _transactions() -> QuerySet[Transaction]:
    name = Customer.objects.filter(pk=OuterRef("customer_id")).values("name")[:1]
    public_id = Customer.objects.filter(pk=OuterRef("customer_id")).values("public_id")[:1]
    return Transaction.objects.annotate(customer_name=Subquery(name), customer_public_id=Subquery(public_id))


@staff_page()
def transactions(request: HttpRequest) -> HttpResponseBase:
    """Every transaction."""
    about = "Balanced movements of money; none is ever changed or removed."
    return listing(request, TRANSACTIONS, _transactions(), Page("Transactions", about=about))


_LEGS = [
    Column(
        "Account",
        lambda p: p.account.get_kind_display().capitalize(),
        href=lambda p: account_href(p.account),
        note=lambda p: p.owner,
    ),
    Column("Debit", lambda p: debit(p.amount, p.currency), "exact"),
    Column("Credit", lambda p: credit(p.amount, p.currency), "exact"),
]


def legs(transaction_ids: Iterable[int]) -> QuerySet[Posting]:
    """The postings of transactions with their accounts and the owners' names, debits first."""
    name = Customer.objects.filter(pk=OuterRef("account__customer_id")).values("name")[:1]
    product = Product.objects.filter(public_id=OuterRef("account__owner")).values("name")[:1]
    rows = Posting.objects.filter(transaction__in=list(transaction_ids)).select_related("account", "transaction")
    owner = Coalesce(Subquery(name), Subquery(product), F("account__owner"))
    return rows.annotate(owner=owner).order_by("transaction_id", "-amount", "pk")


@staff_page()
def transaction(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One transaction, its legs, its cause and what reversed it."""
    found: Any = get_object_or_404(_transactions().select_related("brand", "reverses", "seal"), public_id=public_id)
    undone = Transaction.objects.filter(reverses=found.pk).first()
    parts: list[Part] = [
        Facts(
            "Transaction",
            [
                fact("Kind", found.kind),
                fact("Cause", f"{found.source_type} {found.source_id}", "mono", cause_href(found)),
                fact("Customer", found.customer_name, href=page_of(found.customer_public_id or "")),
                fact("Brand", found.brand.name, href=page_of(found.brand.public_id)),
                fact("Memo", found.memo),
            ],
        ),
        Facts(
            "When",
            [
                fact("Booked on", found.booked_on, "day", note="the accounting date"),
                fact("Learned", found.created_at, "instant"),
                fact("Sealed in", f"#{found.seal_id}" if found.seal_id else "", href=reverse("staff-ledger:seals")),
                fact(
                    "Reverses",
                    found.reverses and found.reverses.public_id,
                    "mono",
                    (found.reverses and transaction_href(found.reverses)) or "",
                ),
                fact("Reversed by", undone and undone.public_id, "mono", transaction_href(undone) if undone else ""),
            ],
        ),
        Rows("Postings", _LEGS, legs([found.pk])),
    ]
    crumbs = (("Transactions", reverse("staff-ledger:transactions")),)
    return show(request, Page(found.memo or found.kind.capitalize(), crumbs=crumbs, parts=parts, code=public_id))


def find(text: str, limit: int) -> list[Found]:
    """Transactions with that id or cause, or with the text in their memo."""
    match = Q(public_id=text) | Q(source_id=text) | Q(memo__icontains=text)
    rows = Transaction.objects.filter(match).annotate(n=Count("postings")).order_by("-pk")[:limit]
    return [Found(t.memo or t.kind, f"{t.booked_on}, {t.n} postings, {t.public_id}", transaction_href(t)) for t in rows]


def caused_by(source_type: str, source_id: str) -> Rows:
    """The postings that something caused, over all its transactions."""
    ids = Transaction.objects.filter(source_type=source_type, source_id=source_id).values_list("pk", flat=True)
    columns = [
        Column(
            "Transaction", lambda p: p.transaction.kind.capitalize(), href=lambda p: transaction_href(p.transaction)
        ),
        *_LEGS,
    ]
    return Rows("Postings", columns, legs(ids), "Nothing is booked for it yet.")
