"""Statements come in, and their entries become payments: each entry once, for ever."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import connection

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.brands.models import Brand
from tollbook.customers.models import Customer
from tollbook.gateways.manual import camt, table
from tollbook.gateways.manual.models import Entry, Statement
from tollbook.gateways.manual.queries import by_public_id, candidates, deposits_of, invoices_of
from tollbook.gateways.manual.rules import Draft, Read, deposits_in, labels_in, named, suggestions
from tollbook.identity.audit import record
from tollbook.invoicing.models import Invoice
from tollbook.kernel.errors import Invalid, Problem, Refused
from tollbook.kernel.money import Money
from tollbook.kernel.text import clean_text
from tollbook.payments.actions import receive
from tollbook.payments.applying import By
from tollbook.payments.models import Deposit

BY_HAND_DAYS = timedelta(days=10)
_TOLD = ("booked_on", "amount", "currency", "payer", "payer_account", "text")


@dataclass(frozen=True, slots=True)
class File:
    """A statement as it was given: its name, bytes, and how to read it ("camt" or "csv")."""

    name: str
    body: bytes
    format: str
    columns: table.Columns = field(default_factory=table.Columns)


@dataclass(frozen=True, slots=True)
class Row:
    """What an import would do with an entry: `known` it does nothing; else it pays `invoice` or `deposit`, or waits
    for a person, who sees what it may be for.
    """

    draft: Draft
    known: bool
    invoice: Invoice | None
    maybe: tuple[int, ...]
    by_hand: Entry | None
    deposit: Deposit | None = None


def preview(brand: Brand, file: File) -> tuple[list[Row], int]:
    """What importing the file would do, entry by entry, and how many of its entries are no money that came in.

    Nothing is written. Invalid with every fault of the file; Refused "other_account" for the statement of another
    account, "entry_conflict" where the bank tells something else of an entry than before.
    """
    read, problems = _read(brand, file)
    if problems:
        raise Invalid(problems)
    drafts = named(read.drafts)
    account = _account(brand)
    if other := next((d.account for d in drafts if d.account != account), None):
        message = f"file: it is of the account {other or 'that it does not name'}, {brand.name} has {account}"
        raise Refused("other_account", message, param="file")
    known = _known(drafts, account)
    labels = {each.reference: labels_in(f"{each.text} {each.payer}", brand.code) for each in drafts}
    invoices = invoices_of(brand, [label for found in labels.values() for label in found])
    asked = {each.reference: deposits_in(f"{each.text} {each.payer}") for each in drafts}
    deposits = deposits_of(brand, [public_id for found in asked.values() for public_id in found])
    open_ = candidates(brand)
    rows = []
    for each in drafts:
        found = [invoices[label] for label in labels[each.reference] if label in invoices]
        # A text that names two invoices of ours leaves it to a person how much is for which.
        invoice = found[0] if len(found) == 1 else None
        named_too = [deposits[public_id] for public_id in asked[each.reference] if public_id in deposits]
        deposit = named_too[0] if len(named_too) == 1 and not found else None
        maybe, by_hand = tuple(suggestions(each, open_)), _noted(brand, each)
        rows.append(Row(each, each.reference in known, invoice, maybe, by_hand, deposit))
    return rows, read.skipped


def _account(brand: Brand) -> str:
    if not brand.iban:
        raise Refused("no_account", f"{brand.name} has no bank account: give it an IBAN first", param="brand")
    return "".join(brand.iban.split())


def _read(brand: Brand, file: File) -> tuple[Read, list[Problem]]:
    if file.format == "camt":
        return camt.read(file.body)
    return table.read(file.body, file.columns, _account(brand))


def _known(drafts: Sequence[Draft], account: str) -> set[str]:
    rows = Entry.objects.filter(account=account, reference__in=[each.reference for each in drafts])
    known = {row.reference: row for row in rows}
    twice = {each.reference for each in drafts if sum(d.reference == each.reference for d in drafts) > 1}
    for each in drafts:
        earlier = known.get(each.reference)
        if each.reference in twice or (
            earlier and any(getattr(earlier, name) != getattr(each, name) for name in _TOLD)
        ):
            message = f"entry {each.reference}: the bank tells two different things of it; nothing was imported"
            raise Refused("entry_conflict", message, param="file", value=each.reference)
    return set(known)


def _noted(brand: Brand, draft: Draft) -> Entry | None:
    """A transfer that a person noted before its statement came, and that this entry may be."""
    near = (draft.booked_on - BY_HAND_DAYS, draft.booked_on + BY_HAND_DAYS)
    return Entry.objects.filter(
        brand=brand, statement=None, amount=draft.amount, currency=draft.currency, booked_on__range=near
    ).first()


@action
def import_statement(brand: Brand, file: File, *, by: By) -> tuple[Statement | None, int, int]:
    """Import a statement: entries that are new are kept; those that name one invoice pay it, the others wait for a
    person.

    Returns the statement (None when it told nothing new), how many entries are new and how many of them were assigned.
    Raised as by `preview`, and then nothing is imported.
    """
    with connection.cursor() as cursor:
        # Two people import the same file: the second one waits, and finds everything known.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 12))", [_account(brand)])
    rows, _ = preview(brand, file)
    new = [row for row in rows if not row.known]
    if not new:
        return None, 0, 0
    at = clock.now()
    statement = Statement.objects.create(
        brand=brand,
        name=clean_text(file.name, "name", 200),
        format=file.format,
        digest=hashlib.sha256(file.body).hexdigest(),
        imported_at=at,
        imported_by=by.actor,
    )
    assigned = 0
    for row in new:
        entry = _kept(brand, row.draft, statement)
        if row.invoice is not None and row.by_hand is None:
            _assign(entry, row.invoice.customer, row.invoice, "statement", by)
            assigned += 1
        elif row.deposit is not None and row.by_hand is None:
            _assign(entry, row.deposit.customer, None, "statement", by)
            assigned += 1
        elif row.by_hand is not None:
            entry.note = f"Perhaps noted by hand before: {row.by_hand.reference}"[:300]
            entry.save(update_fields=["note"])
    detail = {"name": statement.name, "new": len(new), "assigned": assigned}
    record("statement.import", statement.public_id, actor=by.actor, door=by.door, detail=detail, at=at)
    return statement, len(new), assigned


def _kept(brand: Brand, draft: Draft, statement: Statement | None) -> Entry:
    told = {name: getattr(draft, name) for name in ("account", "reference", *_TOLD)}
    return Entry.objects.create(brand=brand, statement=statement, created_at=clock.now(), **told)


def draft_of(entry: Entry) -> Draft:
    """A kept entry as it was told."""
    return Draft(**{name: getattr(entry, name) for name in ("account", "reference", *_TOLD)})


@action
def assign(entry_id: str, customer: Customer, invoice: Invoice | None = None, *, by: By) -> Entry:
    """The money of an entry is this customer's: for `invoice` if given, else as credit is used.

    Refused "entry_ended", "foreign_customer", and as `payments.actions.receive`.
    """
    entry = _locked(entry_id)
    return _assign(entry, customer, invoice, "person", by)


def _assign(entry: Entry, customer: Customer, invoice: Invoice | None, source: str, by: By) -> Entry:
    if customer.brand_id != entry.brand_id:
        message = f"customer {customer.public_id}: the money came to another brand"
        raise Refused("foreign_customer", message, param="customer")
    entry.payment = receive(
        customer,
        Money(entry.amount, entry.currency),
        "manual",
        f"{entry.account} {entry.reference}",
        invoice=invoice,
        merchant=entry.account,
        source=source,
        by=by,
    )
    entry.state = Entry.State.ASSIGNED
    entry.save(update_fields=["payment", "state"])
    return entry


def _locked(entry_id: str) -> Entry:
    by_public_id(entry_id)
    entry = Entry.objects.select_for_update(of=("self",)).select_related("brand").get(public_id=entry_id)
    if entry.state == Entry.State.ASSIGNED:
        raise Refused("entry_ended", f"entry {entry_id} is assigned already", param="entry")
    return entry


@action
def ignore(entry_id: str, *, reason: str, by: By) -> Entry:
    """The money of an entry is no customer's (a loan, a transfer between own accounts). Refused "entry_ended"."""
    entry = _locked(entry_id)
    entry.note, entry.state = clean_text(reason, "reason", 300), Entry.State.IGNORED
    entry.save(update_fields=["note", "state"])
    detail = {"amount": str(entry.amount), "currency": entry.currency, "reason": entry.note}
    record("bank_entry.ignore", entry.public_id, actor=by.actor, door=by.door, detail=detail)
    return entry


@action
def note_transfer(
    customer: Customer, money: Money, reference: str, booked_on: date, *, invoice: Invoice | None = None, by: By
) -> Entry:
    """A person has seen a transfer before its statement comes: once per `reference`. Raised as by `assign`."""
    reference = clean_text(reference, "reference", 70)
    account = _account(customer.brand)
    draft = Draft(account, reference, booked_on, money.amount, money.currency, payer=customer.name)
    earlier = Entry.objects.filter(account=account, reference=reference).first()
    if earlier is not None:
        same = (earlier.amount, earlier.currency) == (money.amount, money.currency)
        if not same or earlier.payment is None or earlier.payment.customer_id != customer.pk:
            message = f"reference {reference}: it is noted already, of {earlier.amount} {earlier.currency}"
            raise Refused("reference_taken", message, param="reference")
        return earlier
    return _assign(_kept(customer.brand, draft, None), customer, invoice, "person", by)
