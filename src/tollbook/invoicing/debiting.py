"""Debits as an act: an invoice over what is owed without a charge, such as a late fee."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import cast

from tollbook.base import clock
from tollbook.base.bulk import copy_rows, next_ids
from tollbook.base.tasks import action
from tollbook.catalog.models import Product
from tollbook.customers.models import Customer
from tollbook.customers.queries import treatment
from tollbook.identity.audit import SYSTEM, record
from tollbook.invoicing.booking import claim
from tollbook.invoicing.documents.content import Content, Line, TaxCode
from tollbook.invoicing.documents.stored import hash_of, to_json
from tollbook.invoicing.exchanging import exchange_of, exchange_words
from tollbook.invoicing.models import Debit, Invoice
from tollbook.invoicing.rules import TABLE, LineAmounts, LinePrice, State, amounts_of
from tollbook.invoicing.storing import LINE_COLUMNS, numbers, store_taxes
from tollbook.invoicing.telling import buyer_told, seller_told, tax_told, transfer_told
from tollbook.kernel.errors import Refused
from tollbook.kernel.ids import new_id
from tollbook.kernel.money import Money, Rounding, plain
from tollbook.kernel.period import midnight
from tollbook.kernel.states import move
from tollbook.kernel.text import clean_text
from tollbook.kernel.times import zone_info
from tollbook.ledger.actions import post_many
from tollbook.tax import Priced, TaxLine, TaxMode, Treatment, breakdown, totals

SERIES = "INV"
_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class NewDebit:
    """A debit to be: `money` without tax, sold as `product`, whose tax category says how it is taxed.

    `first` and `last` are the days that it is for, both included; `arithmetic` are sentences that explain the amount.
    """

    product: Product
    name: str
    money: Money
    first: date
    last: date
    arithmetic: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Draft:
    new: NewDebit
    treatment: Treatment
    amounts: LineAmounts
    taxes: tuple[TaxLine, ...]


@action
def debit(
    customer: Customer,
    new: NewDebit,
    *,
    key: str,
    at: datetime | None = None,
    note: str = "",
    actor: str = SYSTEM,
    door: str = SYSTEM,
) -> Invoice:
    """Issue an invoice of one line over a debit, taxed as of `at`; once for each `key` of the customer.

    `customer` needs its brand and profile. Refused "key_conflict" where the key made another debit,
    "amount_not_positive" (also for what rounds to nothing), "other_brand" for a product of another brand,
    "tax_rate_missing", "no_exchange_rate", "issue_date_backwards".
    """
    clean_text(key, "key", 120)
    earlier = Debit.objects.select_related("line__invoice").filter(customer=customer, key=key).first()
    if earlier is not None:
        if (earlier.product_id, earlier.amount, earlier.currency) != (
            new.product.pk, new.money.amount, new.money.currency,
        ):  # fmt: skip
            message = f"key {key}: {earlier.line.invoice} was made under it over another debit: give a new key"
            raise Refused("key_conflict", message, param="key")
        return earlier.line.invoice
    if new.product.brand_id != customer.brand_id:
        raise Refused("other_brand", "the product belongs to another brand than the customer", param="product")
    at = at or clock.now()
    invoice = _blank(customer, new, at)
    drafted = _draft(customer, new, _issued(invoice))
    invoice.net, invoice.tax, invoice.total = totals(drafted.taxes)
    if invoice.total <= 0:
        message = f"amount: {new.money} must be at least one minor unit"
        raise Refused("amount_not_positive", message, param="amount")
    blank = new_id("num")
    text = to_json(_content(invoice, drafted, blank, note))
    (invoice.number,) = numbers(customer.brand_id, SERIES, _issued(invoice), 1)
    invoice.label = f"{customer.brand.code.upper()}-{invoice.year}-{invoice.number:06d}"
    invoice.content = text.replace(blank, invoice.label)
    invoice.content_hash = hash_of(invoice.content)
    invoice.save(force_insert=True)
    _store(invoice, drafted, key, at)
    revenue = [(new.product.public_id, new.money.amount)]
    post_many(claim(invoice, customer, revenue, drafted.taxes, f"Invoice {invoice.label}"), at)
    detail = {"number": invoice.label, "total": plain(invoice.total), "currency": invoice.currency, "for": new.name}
    record("invoice.debit", invoice.public_id, actor=actor, door=door, customer_id=customer.pk, detail=detail, at=at)
    return invoice


def _issued(invoice: Invoice) -> date:
    if invoice.issued_on is None:
        raise ValueError("an invoice without a day")
    return invoice.issued_on


def _blank(customer: Customer, new: NewDebit, at: datetime) -> Invoice:
    """The invoice without amounts and number, on the brand's local day of `at`."""
    brand = customer.brand
    on = at.astimezone(zone_info(brand.zone)).date()
    return Invoice(
        brand=brand,
        customer=customer,
        state=State(move(TABLE, State.DRAFT, "issue")),
        currency=new.money.currency,
        series=SERIES,
        year=on.year,
        issued_on=on,
        due_on=on + timedelta(days=brand.payment_days),
        period_start=midnight(new.first, customer.zone),
        period_end=midnight(new.last + timedelta(days=1), customer.zone),
        prepaid=Decimal(0),
        credited=Decimal(0),
        settled=Decimal(0),
        tax_mode=brand.tax_mode,
        created_at=clock.now(),
    )


def _draft(customer: Customer, new: NewDebit, on: date) -> _Draft:
    taxed = treatment(customer.brand, customer, new.product.tax_category, on)
    mode, currency = TaxMode(customer.brand.tax_mode), new.money.currency
    priced = LinePrice(new.money.amount, None, taxed, new.product.pk)
    (amounts,) = amounts_of([priced], currency, False, mode)
    return _Draft(new, taxed, amounts, breakdown([Priced(amounts.net, taxed)], currency, mode))


def _content(invoice: Invoice, drafted: _Draft, number: str, note: str) -> Content:
    new, taxed, customer, on = drafted.new, drafted.treatment, invoice.customer, _issued(invoice)
    exchange = exchange_of(invoice.brand.currency, invoice.currency, invoice.tax, None, on)
    line = Line(
        position=1,
        section=new.product.name,
        name=new.name,
        quantity=_ONE,
        unit_price=new.money.amount,
        exact=new.money.amount,
        net=drafted.amounts.net,
        tax_code=cast(TaxCode, taxed.code),
        tax_percent=taxed.percent,
        tax_name=taxed.name,
        period_start=new.first,
        period_end=new.last,
        arithmetic=new.arithmetic,
    )
    return Content(
        kind="invoice",
        number=number,
        issued_on=on,
        due_on=invoice.due_on,
        currency=invoice.currency,
        seller=seller_told(invoice.brand),
        buyer=buyer_told(customer),
        lines=(line,),
        taxes=tuple(tax_told(group) for group in drafted.taxes),
        net=invoice.net,
        tax=invoice.tax,
        total=invoice.total,
        payable=invoice.total,
        period_start=new.first,
        period_end=new.last,
        note=" ".join(filter(None, (note, exchange_words(exchange)))),
        exchange=exchange,
        payment=transfer_told(invoice.brand, number, invoice.due_on) if invoice.due_on else None,
        language=customer.language,
        zone=customer.zone,
        accent=invoice.brand.accent,
        initial=invoice.brand.name[:1].upper(),
    )


def _store(invoice: Invoice, drafted: _Draft, key: str, at: datetime) -> None:
    new, taxed, amounts = drafted.new, drafted.treatment, drafted.amounts
    (line_id,) = next_ids("invoicing_line", 1)
    whose = (line_id, new_id("lin"), invoice.pk, invoice.customer_id, 1, None, new.product.name, new.name)
    worth = (_ONE, "", new.money.amount, amounts.carried, Rounding.HALF_UP.value, amounts.net, amounts.gross)
    copy_rows("invoicing_line", LINE_COLUMNS, [(*whose, *worth, taxed.code, taxed.percent, taxed.name, None)])
    Debit.objects.create(
        line_id=line_id,
        customer_id=invoice.customer_id,
        product=new.product,
        key=key,
        amount=new.money.amount,
        currency=invoice.currency,
        arithmetic=list(new.arithmetic),
        created_at=at,
    )
    store_taxes([(invoice, drafted.taxes)])
