"""Issuing: charges become numbered, frozen, booked invoices, in chunks of customers (credit notes: `crediting`)."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from tollbook.base import clock
from tollbook.base.bulk import WHOLE, Part, copy_rows, insert, next_ids
from tollbook.base.tasks import action
from tollbook.brands.models import Brand
from tollbook.brands.queries import tax_rates
from tollbook.catalog.models import Price
from tollbook.charging.models import Unbilled
from tollbook.charging.queries import Waiting, billed, waiting
from tollbook.customers.features import value_for
from tollbook.customers.models import Customer
from tollbook.invoicing.booking import entry_of
from tollbook.invoicing.credit_due import credit_due
from tollbook.invoicing.crediting import credit
from tollbook.invoicing.documents.stored import hash_of, to_json
from tollbook.invoicing.drafting import DraftInvoice, draft
from tollbook.invoicing.given import entries_given
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.rules import TABLE, State
from tollbook.invoicing.settings import ISSUE_ZERO
from tollbook.invoicing.settling import settle
from tollbook.invoicing.storing import LINE_COLUMNS, line_columns, numbers, store_taxes
from tollbook.invoicing.telling import content
from tollbook.kernel.errors import Refused
from tollbook.kernel.ids import new_id
from tollbook.kernel.states import move
from tollbook.kernel.times import zone_info
from tollbook.ledger.actions import post_many

__all__ = ["bill_customers", "bill_due", "credit", "credit_due"]
CHUNK = 500
SERIES = "INV"


def bill_due(until: datetime | None = None, progress: Callable[[int], None] | None = None, part: Part = WHOLE) -> int:
    """Invoice every charge whose time has come up to `until` (now, if not given); returns how many invoices
    were issued.

    Works in chunks of customers, each chunk one transaction: killed half way, the next run goes on where it
    stopped; two runs at once never invoice a charge twice. `progress` hears the number of customers done.

    A customer who cannot be invoiced stops nobody else: what was refused (see `bill_customers`) is raised when all
    others are done, and that customer's charges wait.
    """
    until = until or clock.now()
    issued, last = 0, 0
    done = 0
    refused: list[Refused] = []
    while chunk := list(
        part.of(Unbilled.objects.filter(bill_at__lte=until, customer_id__gt=last))
        .order_by("customer_id")
        .values_list("customer_id", flat=True)
        .distinct()[:CHUNK]
    ):
        issued += _bill_chunk(chunk, until, refused)
        last, done = chunk[-1], done + len(chunk)
        if progress:
            progress(done)
    if refused:
        first = refused[0]
        others = f"; customers that could not be invoiced: {len(refused)}, all others were: {issued} invoices"
        raise Refused(first.code, f"{first.message}{others}", param=first.param, **first.details)
    return issued


def _bill_chunk(chunk: Sequence[int], until: datetime, refused: list[Refused]) -> int:
    """Bill a chunk of customers or, where one of them is refused, each by itself; adds to `refused`."""
    try:
        return len(bill_customers(chunk, until))
    except Refused as error:
        if len(chunk) == 1:
            refused.append(error)
            return 0
    return sum(_bill_chunk([customer_id], until, refused) for customer_id in chunk)


@action
def bill_customers(
    customer_ids: Sequence[int], until: datetime, subscription_ids: Sequence[int] | None = None
) -> list[str]:
    """Issue the invoices that are due for these customers, one for each currency; returns their public ids. With row
    ids of subscriptions, over what those owe and nothing else.

    Charges whose sum would be negative wait, unbilled, until later charges outweigh them: an invoice never
    asks for less than nothing. Raises Refused "tax_rate_missing", "issue_date_backwards".
    """
    drafts = drafts_for(customer_ids, until, subscription_ids)
    if not drafts:
        return []
    for found in drafts:
        found.prepaid = settle(found, until)
    issued: list[str] = []
    for brand_id in sorted({found.brand.pk for found in drafts}):
        mine = [found for found in drafts if found.brand.pk == brand_id]
        issued += _issue(mine, until)
    return issued


def drafts_for(
    customer_ids: Sequence[int], until: datetime, subscription_ids: Sequence[int] | None = None
) -> list[DraftInvoice]:
    """The invoices that `bill_customers` would issue now, without their numbers."""
    found_charges = waiting(customer_ids, until, subscription_ids)
    by_invoice: dict[tuple[int, str], list[Waiting]] = defaultdict(list)
    for charge in found_charges:
        by_invoice[charge.customer_id, charge.currency].append(charge)
    # A run has few prices and brands and many charges and customers: each is loaded once.
    prices = Price.objects.select_related("version__plan__product", "book").in_bulk({c.price_id for c in found_charges})
    customers = {c.pk: c for c in Customer.objects.select_related("profile").filter(pk__in=set(customer_ids))}
    brands = Brand.objects.in_bulk({c.brand_id for c in customers.values()})
    for customer in customers.values():
        customer.brand = brands[customer.brand_id]
    rates = tax_rates()
    drafts = []
    for (customer_id, currency), found in sorted(by_invoice.items()):
        customer = customers[customer_id]
        on = until.astimezone(zone_info(customer.brand.zone)).date()
        made = draft(customer, currency, found, prices, on, rates)
        if made.total > 0 or (made.total == 0 and value_for(customer, ISSUE_ZERO)):
            drafts.append(made)
    return drafts


def _issue(drafts: Sequence[DraftInvoice], until: datetime) -> list[str]:
    """Number, freeze, store and book drafts of one brand."""
    brand = drafts[0].brand
    on = until.astimezone(zone_info(brand.zone)).date()
    due = on + timedelta(days=brand.payment_days)
    # Whatever needs no number is done before the counter is locked: other runs wait for that lock until we commit.
    blank = new_id("num")
    texts = [to_json(content(found, blank, on, due)) for found in drafts]
    created = clock.now()
    invoices = [_unnumbered(found, on, due, created) for found in drafts]
    for invoice, row_id in zip(invoices, next_ids("invoicing_invoice", len(invoices)), strict=True):
        invoice.pk = row_id
    _store_lines(invoices, drafts)
    for invoice, text, number in zip(invoices, texts, numbers(brand.pk, SERIES, on, len(drafts)), strict=True):
        invoice.number = number
        invoice.label = f"{brand.code.upper()}-{on.year}-{number:06d}"
        invoice.content = text.replace(blank, invoice.label)
        invoice.content_hash = hash_of(invoice.content)
    insert(invoices)
    documents = list(zip(invoices, drafts, strict=True))
    post_many([e for i, d in documents for e in entry_of(i, d)] + entries_given(documents), until)
    return [invoice.public_id for invoice in invoices]


def _unnumbered(found: DraftInvoice, on: date, due: date, created: datetime) -> Invoice:
    state = State(move(TABLE, State.DRAFT, "issue"))
    if found.total == found.prepaid:
        state = State(move(TABLE, state, "pay"))
    return Invoice(
        brand_id=found.brand.pk,
        customer_id=found.customer.pk,
        state=state,
        currency=found.currency,
        series=SERIES,
        year=on.year,
        issued_on=on,
        due_on=due,
        period_start=min(line.first.period_start for line in found.lines),
        period_end=max(line.last.period_end for line in found.lines),
        net=found.net,
        tax=found.tax,
        total=found.total,
        prepaid=found.prepaid,
        tax_mode=found.tax_mode.value,
        created_at=created,
    )


def _store_lines(invoices: Sequence[Invoice], drafts: Sequence[DraftInvoice]) -> None:
    pairs = list(zip(invoices, drafts, strict=True))
    ids = iter(next_ids("invoicing_line", sum(len(d.lines) for d in drafts)))
    rows: list[tuple[object, ...]] = []
    charges: list[tuple[int, int]] = []
    for invoice, found in pairs:
        for position, line in enumerate(found.lines, 1):
            row_id = next(ids)
            charges += [(charge.pk, row_id) for charge in line.charges]
            whose = (invoice.pk, invoice.customer_id, position, None)
            rows.append((row_id, new_id("lin"), *whose, *line_columns(line)))
    copy_rows("invoicing_line", LINE_COLUMNS, rows)
    copy_rows("invoicing_line_charge", ("charge_id", "line_id"), charges)
    store_taxes([(invoice, found.taxes) for invoice, found in pairs])
    billed([charge_id for charge_id, _ in charges])
