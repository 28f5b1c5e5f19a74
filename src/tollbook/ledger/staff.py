"""Staff pages about the books: trial balance, accounts, transactions, seals."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import path, reverse

from tollbook.base.fields import amount_field
from tollbook.catalog.models import Product
from tollbook.customers.models import Customer
from tollbook.identity.access import staff_page
from tollbook.kernel.money import Money
from tollbook.ledger.models import Account, Checkpoint, Posting, Seal, Transaction
from tollbook.ledger.queries import totals
from tollbook.ledger.rules import AccountKind
from tollbook.web.menu import MenuEntry
from tollbook.web.parts import Facts, Listing, Page, Part, Rows, Stat, Stats, fact, listing, show
from tollbook.web.sockets import Adds, Finder, Found, page_of
from tollbook.web.tables import Cell, Column, Filter, Table

SHOWN = 50
MENU = [
    MenuEntry("Trial balance", "staff-ledger:books", "scale", 50, "Books"),
    MenuEntry("Accounts", "staff-ledger:accounts", "book-open", 52, "Books"),
    MenuEntry("Transactions", "staff-ledger:transactions", "arrows-right-left", 54, "Books"),
    MenuEntry("Seals", "staff-ledger:seals", "lock-closed", 56, "Books"),
]
PAGES = {"acc": "staff-ledger:account", "txn": "staff-ledger:transaction"}
_ZERO = Value(Decimal(0), output_field=amount_field())


def debit(amount: Decimal, currency: str) -> Money | None:
    """The amount where it is a debit."""
    return Money(amount, currency) if amount > 0 else None


def credit(amount: Decimal, currency: str) -> Money | None:
    """The amount, without its sign, where it is a credit."""
    return Money(-amount, currency) if amount < 0 else None


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
        Column("Account kind", lambda r: AccountKind(r["account__kind"]).value.replace("_", " ").capitalize(), href=_kind_href),
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
    yield Stat("Ledger sealed up to", last.created_at if last else "Not sealed yet", "day" if last else "text", note, href)


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
    return account.customer_name or account.product_name or account.owner or account.brand.name


def _account_href(account: Account) -> str:
    return reverse("staff-ledger:account", args=[account.public_id])


_BALANCES = [
    Column("Debit", lambda a: debit(a.balance, a.currency), "exact"),
    Column("Credit", lambda a: credit(a.balance, a.currency), "exact"),
]
ACCOUNTS = Table(
    "accounts",
    [
        Column("Account", lambda a: a.get_kind_display().capitalize(), sort="kind", href=_account_href, note=_owner),
        Column("Brand", lambda a: a.brand.name, sort="brand__name"),
        Column("Currency", lambda a: a.currency, sort="currency"),
        *_BALANCES,
    ],
    order="kind",
    search=("owner", "public_id", "customer_name", "product_name"),
    filters=(
        Filter("kind", "Kind", tuple((value, label.capitalize(), Q(kind=value)) for value, label in AccountKind.choices())),
    ),
    empty_title="No accounts yet",
    empty_text="An account appears with the first money that is booked on it.",
)
POSTINGS = Table(
    "postings",
    [
        Column("What", lambda p: p.transaction.memo or p.transaction.kind, href=lambda p: _txn_href(p.transaction)),
        Column("Booked on", lambda p: p.transaction.booked_on, "day", sort="transaction__booked_on"),
        Column("Cause", lambda p: p.transaction.source_id, "mono", href=lambda p: cause_href(p.transaction)),
        Column("Debit", lambda p: debit(p.amount, p.currency), "exact", sort="amount"),
        Column("Credit", lambda p: credit(p.amount, p.currency), "exact"),
    ],
    order="-id",
    search=("transaction__memo", "transaction__source_id", "transaction__public_id"),
    empty_title="Nothing was booked here",
)


def _txn_href(found: Transaction) -> str:
    return reverse("staff-ledger:transaction", args=[found.public_id])


def cause_href(found: Transaction) -> str:
    """The page of what moved the money, where it has one."""
    return page_of(found.source_id.split(":")[0])


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
            fact("Balance", Money(abs(found.balance), found.currency), "exact", note="debit" if found.balance > 0 else "credit"),
        ],
        wide=True,
    )
    rows = Posting.objects.filter(account=found.pk).select_related("transaction")
    title = f"{found.get_kind_display().capitalize()}: {_owner(found)}"
    page = Page(title, crumbs=(("Accounts", reverse("staff-ledger:accounts")),), code=public_id)
    return listing(request, POSTINGS, rows, page, before=[facts])


TRANSACTIONS = Table(
    "transactions",
    [
        Column("What", lambda t: t.memo or t.kind, href=_txn_href, note=lambda t: t.public_id),
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
    Column("Account", lambda p: p.account.get_kind_display().capitalize(), href=lambda p: _account_href(p.account), note=lambda p: p.owner),
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
                fact("Reverses", found.reverses and found.reverses.public_id, "mono", found.reverses and _txn_href(found.reverses) or ""),
                fact("Reversed by", undone and undone.public_id, "mono", _txn_href(undone) if undone else ""),
            ],
        ),
        Rows("Postings", _LEGS, legs([found.pk])),
    ]
    crumbs = (("Transactions", reverse("staff-ledger:transactions")),)
    return show(request, Page(found.memo or found.kind, crumbs=crumbs, parts=parts, code=public_id))


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


def revenue_of_month(now: datetime) -> list[Money]:
    """What was booked as revenue in the month of `now`, by currency, the largest first."""
    rows = Posting.objects.filter(
        account__kind=AccountKind.REVENUE,
        transaction__booked_on__gte=now.date().replace(day=1),
        transaction__booked_on__lte=now.date(),
    )
    by = rows.values_list("currency").annotate(sum=-Sum("amount")).order_by("-sum")
    return [Money(total, currency) for currency, total in by]


def _revenue(now: datetime) -> Iterable[Stat]:
    found = revenue_of_month(now)
    href = reverse("staff-ledger:accounts") + "?kind=revenue"
    first = found[0] if found else "None"
    yield Stat("Revenue this month", first, "money" if found else "text", "By product", href, more=found[1:])


def _dashboard_stats(now: datetime) -> Iterable[Stat]:
    yield from _sealed()


def _of_customer(customer: Customer) -> Iterable[Part]:
    columns = [Column("Account", lambda a: a.get_kind_display().capitalize(), href=_account_href), *_BALANCES]
    rows = _accounts().filter(customer_id=customer.pk).order_by("kind", "pk")[:SHOWN]
    yield Rows("In the books", columns, rows, "Nothing is booked for this customer yet.", wide=False)


def _find(text: str, limit: int) -> list[Found]:
    match = Q(public_id=text) | Q(source_id=text) | Q(memo__icontains=text)
    rows = Transaction.objects.filter(match).annotate(n=Count("postings")).order_by("-pk")[:limit]
    return [Found(t.memo or t.kind, f"{t.booked_on}, {t.n} postings, {t.public_id}", _txn_href(t)) for t in rows]


def invoice_postings(source_type: str, source_id: str) -> Listing | Rows:
    """The postings that something caused, over all its transactions."""
    ids = Transaction.objects.filter(source_type=source_type, source_id=source_id).values_list("pk", flat=True)
    columns = [Column("Transaction", lambda p: p.transaction.kind, href=lambda p: _txn_href(p.transaction)), *_LEGS]
    return Rows("Postings", columns, legs(ids), "Nothing is booked for it yet.")


PARTS = [
    Adds("dashboard-stats", 10, _revenue),
    Adds("dashboard-stats", 80, _dashboard_stats),
    Adds("customer", 60, _of_customer),
]
FINDERS = [Finder("Transactions", 70, _find)]
urls = [
    path("books/", books, name="books"),
    path("accounts/", accounts, name="accounts"),
    path("accounts/<str:public_id>/", account, name="account"),
    path("transactions/", transactions, name="transactions"),
    path("transactions/<str:public_id>/", transaction, name="transaction"),
    path("seals/", seals, name="seals"),
]
