"""Accounts, each with its balance and its postings."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from tollbook.base.fields import amount_field
from tollbook.catalog.models import Product
from tollbook.customers.models import Customer
from tollbook.identity.access import staff_page
from tollbook.kernel.money import Money
from tollbook.ledger.models import Account, Checkpoint, Posting
from tollbook.ledger.rules import AccountKind
from tollbook.ledger.staff.sides import account_href, cause_href, credit, debit, transaction_href
from tollbook.web.parts import Facts, Page, Part, Rows, Stat, fact, listing
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column, Filter, Table

SHOWN = 50
_ZERO = Value(Decimal(0), output_field=amount_field())


def _accounts() -> QuerySet[Account]:
    """Accounts with their balance (the last checkpoint and what is not sealed yet) and the names of their owners."""
    unsealed = Posting.objects.filter(account=OuterRef("pk"), transaction__seal=None).order_by()
    checkpoint = Checkpoint.objects.filter(account=OuterRef("pk")).order_by("-seal_id").values("balance")[:1]
    moved = unsealed.values("account").annotate(sum=Sum("amount")).values("sum")
    return Account.objects.select_related("brand").annotate(
        balance=Coalesce(Subquery(checkpoint), _ZERO) + Coalesce(Subquery(moved), _ZERO),
        customer_name=Subquery(Customer.objects.filter(pk=OuterRef("customer_id")).values("name")[:1]),
        product_name=Subquery(Product.objects.filter(public_id=OuterRef("owner")).values("name")[:1]),
    )


def _owner(account: Any) -> str:
    return str(account.customer_name or account.product_name or account.owner or account.brand.name)


_BALANCES = [
    Column("Debit", lambda a: debit(a.balance, a.currency), "exact"),
    Column("Credit", lambda a: credit(a.balance, a.currency), "exact"),
]
ACCOUNTS = Table(
    "accounts",
    [
        Column("Account", lambda a: a.get_kind_display().capitalize(), sort="kind", href=account_href, note=_owner),
        Column("Brand", lambda a: a.brand.name, sort="brand__name"),
        Column("Currency", lambda a: a.currency, sort="currency"),
        *_BALANCES,
    ],
    order="kind",
    search=("owner", "public_id", "customer_name", "product_name"),
    filters=(
        Filter(
            "kind", "Kind", tuple((value, label.capitalize(), Q(kind=value)) for value, label in AccountKind.choices())
        ),
    ),
    empty_title="No accounts yet",
    empty_text="An account appears with the first money that is booked on it.",
)
POSTINGS = Table(
    "postings",
    [
        Column(
            "What", lambda p: p.transaction.memo or p.transaction.kind, href=lambda p: transaction_href(p.transaction)
        ),
        Column("Booked on", lambda p: p.transaction.booked_on, "day", sort="transaction__booked_on"),
        Column("Cause", lambda p: p.transaction.source_id, "mono", href=lambda p: cause_href(p.transaction)),
        Column("Debit", lambda p: debit(p.amount, p.currency), "exact", sort="amount"),
        Column("Credit", lambda p: credit(p.amount, p.currency), "exact"),
    ],
    order="-id",
    search=("transaction__memo", "transaction__source_id", "transaction__public_id"),
    empty_title="Nothing was booked here",
)


@staff_page()
def accounts(request: HttpRequest) -> HttpResponseBase:
    """Every account with its balance."""
    about = "Where money is: per brand and currency, and per customer, wallet, product, rate or supplier."
    return listing(request, ACCOUNTS, _accounts(), Page("Accounts", about=about))


@staff_page()
def account(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One account and its postings."""
    found: Any = get_object_or_404(_accounts(), public_id=public_id)
    facts = Facts(
        "Account",
        [
            fact("Kind", found.get_kind_display()),
            fact("Whose", _owner(found), href=page_of(found.owner)),
            fact("Brand", found.brand.name, href=page_of(found.brand.public_id)),
            fact("Currency", found.currency),
            fact(
                "Balance",
                Money(abs(found.balance), found.currency),
                "exact",
                note="debit" if found.balance > 0 else "credit",
            ),
        ],
        wide=True,
    )
    rows = Posting.objects.filter(account=found.pk).select_related("transaction")
    title = f"{found.get_kind_display().capitalize()}: {_owner(found)}"
    page = Page(title, crumbs=(("Accounts", reverse("staff-ledger:accounts")),), code=public_id)
    return listing(request, POSTINGS, rows, page, before=[facts])


def revenue_of_month(now: datetime) -> list[Money]:
    """What was booked as revenue in the month of `now`, by currency, the largest first."""
    rows = Posting.objects.filter(
        account__kind=AccountKind.REVENUE,
        transaction__booked_on__gte=now.date().replace(day=1),
        transaction__booked_on__lte=now.date(),
    )
    by = rows.values_list("currency").annotate(sum=-Sum("amount")).order_by("-sum")
    return [Money(total, currency) for currency, total in by]


def revenue(now: datetime) -> Iterable[Stat]:
    """The month's revenue, for the dashboard."""
    found = revenue_of_month(now)
    href = reverse("staff-ledger:accounts") + "?kind=revenue"
    first = found[0] if found else "None"
    yield Stat("Revenue this month", first, "money" if found else "text", "By product", href, more=found[1:])


def of_customer(customer: Customer) -> Iterable[Part]:
    """The accounts that are a customer's."""
    columns = [Column("Account", lambda a: a.get_kind_display().capitalize(), href=account_href), *_BALANCES]
    rows = _accounts().filter(customer_id=customer.pk).order_by("kind", "pk")[:SHOWN]
    yield Rows("In the books", columns, rows, "Nothing is booked for this customer yet.")
