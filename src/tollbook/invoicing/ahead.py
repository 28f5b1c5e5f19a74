"""Customers who pay first: what is charged for a time ahead is invoiced when it is paid (the proformas are the payments
room's). What is not paid when its period has ended is invoiced as ever, so nothing is forgotten.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from tollbook.base.tasks import action
from tollbook.charging.models import Draw, Unbilled
from tollbook.charging.queries import Waiting, waiting
from tollbook.customers.features import value_for_each
from tollbook.customers.models import Customer
from tollbook.invoicing.codes import lower
from tollbook.invoicing.drafting import DraftInvoice, draft_alone
from tollbook.invoicing.issuing import issue
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.settings import PROFORMA_FIRST
from tollbook.invoicing.settling import settle
from tollbook.kernel.times import zone_info


def not_ahead(charges: list[Waiting], until: datetime) -> list[Waiting]:
    """The charges without those that `ahead` holds back; in a run without any it costs nothing."""
    held = {each.pk for each in _held(charges, until)}
    return [each for each in charges if each.pk not in held] if held else charges


def _held(charges: Sequence[Waiting], until: datetime) -> list[Waiting]:
    """The charges for a time that has not ended, of customers who pay first; what a wallet paid already is not held."""
    candidates = [each for each in charges if each.period_end > until]
    if not candidates:
        return []
    first = value_for_each({each.customer_id for each in candidates}, PROFORMA_FIRST)
    found = [each for each in candidates if first[each.customer_id]]
    drawn = set(Draw.objects.filter(charge__in=[each.pk for each in found]).values_list("charge_id", flat=True))
    return [each for each in found if each.pk not in drawn]


def customers_ahead(until: datetime, after: int, limit: int) -> list[int]:
    """Row ids above `after` of customers with charges for a time ahead that wait, in order."""
    rows = Unbilled.objects.filter(bill_at__lte=until, charge__period_end__gt=until, customer_id__gt=after)
    return list(rows.order_by("customer_id").values_list("customer_id", flat=True).distinct()[:limit])


def draft_ahead(customer: Customer, until: datetime, asked: Collection[int]) -> list[tuple[DraftInvoice, list[int]]]:
    """What a customer (with brand and profile) has to pay first, by currency, with the row ids of the charges.

    Those that are `asked` for already are left out; the charges are locked. Refused "tax_rate_missing".
    """
    by_currency: dict[str, list[Waiting]] = defaultdict(list)
    for each in _held(waiting([customer.pk], until), until):
        if each.pk not in asked:
            by_currency[each.currency].append(each)
    on = until.astimezone(zone_info(customer.brand.zone)).date()
    drafts = [
        (draft_alone(customer, currency, found, on), [each.pk for each in found])
        for currency, found in sorted(by_currency.items())
    ]
    lower([found for found, _ in drafts])
    return [(found, ids) for found, ids in drafts if found.total > 0]


@action
def invoice_ahead(customer_id: int, charge_ids: Collection[int], reason: str, at: datetime) -> Invoice | None:
    """Invoice these charges of a customer now, since they are paid; None where one of them waits no more.

    `reason` is printed. Refused "tax_rate_missing", "issue_date_backwards", "no_exchange_rate".
    """
    found = [each for each in waiting([customer_id], at) if each.pk in charge_ids]
    if len(found) < len(charge_ids) or not found:
        return None
    customer = Customer.objects.select_related("brand", "profile").get(pk=customer_id)
    on = at.astimezone(zone_info(customer.brand.zone)).date()
    made = draft_alone(customer, found[0].currency, found, on)
    lower([made])
    made.reason = reason
    made.prepaid = settle(made, at)
    (invoice,) = issue([made], at)
    return invoice


def all_wait(charge_ids: Collection[int]) -> bool:
    """Whether no document carries any of these charges yet."""
    return Unbilled.objects.filter(charge__in=charge_ids).count() == len(charge_ids)
