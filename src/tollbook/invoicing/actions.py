"""The bill run: charges become invoices, in chunks of customers (`crediting`, `debit_notes`: notes)."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from tollbook.base import clock
from tollbook.base.again import again
from tollbook.base.bulk import WHOLE, Part
from tollbook.base.tasks import action
from tollbook.brands.models import Brand
from tollbook.brands.queries import tax_rates
from tollbook.catalog.models import Price
from tollbook.charging.models import Unbilled
from tollbook.charging.queries import Waiting, waiting
from tollbook.customers.features import value_for
from tollbook.customers.models import Customer
from tollbook.invoicing.ahead import not_ahead
from tollbook.invoicing.codes import lower
from tollbook.invoicing.credit_due import credit_due
from tollbook.invoicing.crediting import credit
from tollbook.invoicing.debit_notes import debit_note
from tollbook.invoicing.drafting import DraftInvoice, draft
from tollbook.invoicing.issuing import issue
from tollbook.invoicing.settings import ISSUE_ZERO
from tollbook.invoicing.settling import settle
from tollbook.kernel.errors import Refused
from tollbook.kernel.times import zone_info

__all__ = ["bill_customers", "bill_due", "credit", "credit_due", "debit_note"]
CHUNK = 500


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
        return len(again(partial(bill_customers, chunk, until)))
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

    Charges whose sum would be negative wait, unbilled, until later charges outweigh them: an invoice never asks for
    less than nothing. Charges for a time ahead of customers who pay first wait, too (`ahead`). Raises Refused
    "tax_rate_missing", "issue_date_backwards".
    """
    drafts = drafts_for(customer_ids, until, subscription_ids)
    if not drafts:
        return []
    for found in drafts:
        found.prepaid = settle(found, until)
    issued: list[str] = []
    for brand_id in sorted({found.brand.pk for found in drafts}):
        mine = [found for found in drafts if found.brand.pk == brand_id]
        issued += [invoice.public_id for invoice in issue(mine, until)]
    return issued


def drafts_for(
    customer_ids: Sequence[int], until: datetime, subscription_ids: Sequence[int] | None = None
) -> list[DraftInvoice]:
    """The invoices that `bill_customers` would issue now, without their numbers."""
    found_charges = waiting(customer_ids, until, subscription_ids)
    if subscription_ids is None:
        # Who names subscriptions, as an order does, asks for their invoice now.
        found_charges = not_ahead(found_charges, until)
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
        drafts.append(draft(customer, currency, found, prices, on, rates))
    lower(drafts)
    return [made for made in drafts if _asks(made)]


def _asks(made: DraftInvoice) -> bool:
    """Whether an invoice is issued: also one over nothing, where codes made it so."""
    return made.total > 0 or (made.total == 0 and (bool(made.taken) or value_for(made.customer, ISSUE_ZERO)))
