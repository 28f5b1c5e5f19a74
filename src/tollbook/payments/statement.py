"""A customer's account as the books have it: what was owed before, what moved, what is owed, and since when."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from tollbook.customers.models import Customer
from tollbook.invoicing.models import Invoice
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import check_currency
from tollbook.ledger.queries import Moved, account, balance_on, by_source, currencies_of, movements
from tollbook.ledger.rules import AccountKind
from tollbook.payments.models import Allocation, WriteOff
from tollbook.payments.rules import AGES, ZERO, age_of

KINDS = (AccountKind.RECEIVABLE, AccountKind.UNAPPLIED)
MOST_DAYS = 3660
#: What a movement is, by the type and kind of its cause; an invoice's issue is told by its own kind.
_TOLD = {
    ("invoice", "settle"): "prepaid",
    ("payment", "receipt"): "payment",
    ("refund", "give"): "refund",
    ("dispute", "lose"): "dispute",
    ("write_off", "book"): "write_off",
    ("write_off", "undo"): "write_off",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement: positive makes the customer owe more. `balance` is what is owed after it."""

    on: date
    kind: str
    label: str
    source: str
    amount: Decimal
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Item:
    """A document of which something is open (negative: more was taken off than it asked for)."""

    label: str
    source: str
    issued_on: date | None
    due_on: date | None
    days_late: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """The account from `first` to `last`, days of the books, both included, in one currency.

    `closing` is `opening` and all entries; it is also what the open items sum to (`owed`, the receivable) less
    `credit`, what was paid and not used.
    """

    customer: Customer
    currency: str
    first: date
    last: date
    opening: Decimal
    entries: tuple[Entry, ...]
    closing: Decimal
    owed: Decimal
    credit: Decimal
    items: tuple[Item, ...]

    @property
    def sums(self) -> dict[str, Decimal]:
        """What moved, by kind."""
        found: dict[str, Decimal] = defaultdict(lambda: ZERO)
        for entry in self.entries:
            found[entry.kind] += entry.amount
        return dict(found)

    @property
    def ages(self) -> tuple[Decimal, ...]:
        """What is open, by age: see `age_of`."""
        found = [ZERO] * (len(AGES) + 1)
        for item in self.items:
            found[age_of(item.due_on, self.last)] += item.amount
        return tuple(found)


def currencies(customer: Customer) -> list[str]:
    """In which currencies the customer has an account, its own first."""
    found = {*currencies_of(customer.pk, KINDS), customer.currency}
    return sorted(found, key=lambda each: (each != customer.currency, each))


def statement(customer: Customer, currency: str, first: date, last: date) -> Statement:
    """The customer's account in a currency over days of the books. Nothing is written.

    Refused "period_backwards", "period_too_long" (more than ten years), and as `check_currency`.
    """
    check_currency(currency)
    if last < first:
        raise Refused("period_backwards", f"to: {last} is before {first}: give a day not before it", param="to")
    if (last - first).days > MOST_DAYS:
        raise Refused("period_too_long", f"to: {last} is more than ten years after {first}: ask in parts", param="to")
    found = {kind: account(customer.brand_id, kind, currency, customer.public_id) for kind in KINDS}
    rows = [each.pk for each in found.values() if each is not None]
    opening = balance_on(rows, first - timedelta(days=1))
    entries = _entries(movements(rows, first, last), opening)
    owed_on, paid = found[AccountKind.RECEIVABLE], found[AccountKind.UNAPPLIED]
    return Statement(
        customer=customer,
        currency=currency,
        first=first,
        last=last,
        opening=opening,
        entries=entries,
        closing=entries[-1].balance if entries else opening,
        owed=balance_on([owed_on.pk], last) if owed_on else ZERO,
        credit=-balance_on([paid.pk], last) if paid else ZERO,
        items=_items(by_source(owed_on.pk, last), last) if owed_on else (),
    )


def _entries(moved: Sequence[Moved], opening: Decimal) -> tuple[Entry, ...]:
    ids = {each.source_id for each in moved if each.source_type == "invoice"}
    documents = {row.public_id: row for row in _documents(ids)}
    found, balance = [], opening
    for each in moved:
        balance += each.amount
        document = documents.get(each.source_id)
        kind = _TOLD.get((each.source_type, each.kind), "other")
        label = each.memo
        if document is not None:
            kind = document.kind if each.kind == "issue" else kind
            label = document.label if each.kind == "issue" else f"{document.label}, paid ahead"
        found.append(Entry(each.booked_on, kind, label, each.source_id, each.amount, balance))
    return tuple(found)


def _documents(public_ids: set[str]) -> list[Invoice]:
    rows = Invoice.objects.filter(public_id__in=public_ids).select_related("corrects")
    return list(rows.defer("content", "corrects__content"))


def _items(sums: Sequence[tuple[str, str, Decimal]], last: date) -> tuple[Item, ...]:
    """What is open of each document, the oldest first: each movement of the receivable belongs to one."""
    of = {
        "allocation": dict(_invoice_ids(Allocation, sums, "allocation")),
        "write_off": dict(_invoice_ids(WriteOff, sums, "write_off")),
    }
    named = {(kind, source): of.get(kind, {}).get(source, source) for kind, source, _ in sums}
    documents = {row.public_id: row for row in _documents(set(named.values()))}
    left: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for kind, source, amount in sums:
        document = documents.get(named[kind, source])
        # A credit note takes off what it corrects; one that corrects nothing stands for itself.
        credited = document is not None and document.kind == Invoice.Kind.CREDIT_NOTE and document.corrects
        left[credited.public_id if credited else named[kind, source]] += amount
    documents |= {row.corrects.public_id: row.corrects for row in documents.values() if row.corrects}
    items = [_item(source, documents.get(source), amount, last) for source, amount in left.items() if amount]
    return tuple(sorted(items, key=lambda item: (item.due_on or date.max, item.label)))


def _invoice_ids(
    model: type[Allocation] | type[WriteOff], sums: Sequence[tuple[str, str, Decimal]], kind: str
) -> Sequence[tuple[str, str]]:
    ids = [source for each, source, _ in sums if each == kind]
    return list(model.objects.filter(public_id__in=ids).values_list("public_id", "invoice__public_id"))


def _item(source: str, document: Invoice | None, amount: Decimal, last: date) -> Item:
    if document is None:
        return Item("Other", source, None, None, 0, amount)
    late = max((last - document.due_on).days, 0) if document.due_on else 0
    return Item(document.label, source, document.issued_on, document.due_on, late, amount)
