"""Debit notes: an invoice that charged too little is corrected by a document of its own, never by a change.

Corrections of closed periods (late use, a re-rating) are charges that wait. Left alone, they stand on the next invoice;
here they are asked for at once, by a note that names the invoice.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.charging.models import Charge
from tollbook.charging.queries import Waiting, waiting
from tollbook.customers.models import Customer
from tollbook.identity.audit import SYSTEM, record
from tollbook.invoicing.codes import lower
from tollbook.invoicing.credit_drafting import MOST_REASON
from tollbook.invoicing.credit_due import earlier_lines, tax_as
from tollbook.invoicing.drafting import DraftInvoice, draft_alone, round_draft
from tollbook.invoicing.issuing import issue
from tollbook.invoicing.models import Invoice, LineCharge
from tollbook.invoicing.rules import State
from tollbook.invoicing.settling import settle
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import plain
from tollbook.kernel.text import clean_text
from tollbook.kernel.times import zone_info

SERIES = "DN"


@action
def debit_note(
    invoice: Invoice, *, reason: str, key: str, at: datetime | None = None, actor: str = SYSTEM, door: str = SYSTEM
) -> Invoice:
    """Issue a debit note over all that waits as a correction of the invoice's charges.

    Taxed as the corrected lines were, at the invoice's rate of exchange; booked as an invoice is, and what the wallet
    paid already settles it. Once for each `key` of the invoice: a repeat gets the note that was made, another request
    under the key is Refused "key_conflict". What waits is locked meanwhile. Refused as `draft_debit`.
    """
    key, reason = clean_text(key, "key", 120), clean_text(reason, "reason", MOST_REASON)
    at = at or clock.now()
    # Who asks at the same time waits here until the charges are another note's, and then finds that note. The invoice
    # needs no lock: what is read of it is frozen.
    waiting([invoice.customer_id], at)
    asked = hashlib.sha256(repr(("debit", reason)).encode()).hexdigest()
    made = Invoice.objects.filter(corrects=invoice, key=key).first()
    if made is not None:
        if made.key_hash != asked:
            message = f"key {key}: {made} was made under it for another request: give a new key"
            raise Refused("key_conflict", message, param="key")
        return made
    found = draft_debit(invoice, at)
    found.reason, found.key, found.key_hash = reason, key, asked
    found.prepaid = settle(found, at)
    (note,) = issue([found], at, SERIES)
    detail = {"invoice": invoice.public_id, "number": note.label, "total": plain(note.total), "currency": note.currency}
    record("invoice.debit", note.public_id, actor=actor, door=door, customer_id=note.customer_id, detail=detail, at=at)
    return note


@action
def draft_debit(invoice: Invoice, at: datetime) -> DraftInvoice:
    """What a debit note over the invoice would ask for; nothing is written.

    Refused "not_an_invoice" (only an invoice is debited), "not_issued", and "nothing_to_debit" where no correction of
    its charges waits, or all that wait together ask for nothing.
    """
    if invoice.kind != Invoice.Kind.INVOICE:
        message = f"invoice: {invoice} is a {invoice.get_kind_display()}: name the invoice that charged too little"
        raise Refused("not_an_invoice", message, param="invoice")
    if invoice.state == State.DRAFT:
        raise Refused("not_issued", f"invoice: {invoice} is a draft: issue it first", param="invoice")
    charges = _corrections(invoice, at)
    if not charges:
        message = f"invoice: no correction of what {invoice} charged waits; correct the use or re-rate it first"
        raise Refused("nothing_to_debit", message, param="invoice")
    customer = Customer.objects.select_related("brand", "profile").get(pk=invoice.customer_id)
    on = at.astimezone(zone_info(customer.brand.zone)).date()
    found = draft_alone(customer, invoice.currency, charges, on)
    found.corrects = invoice
    for line in found.lines:
        tax_as(line, earlier_lines(line)[0])
    lower([found], use_codes=False)
    round_draft(found)
    if found.total <= 0:
        message = f"invoice: the corrections of {invoice} come to {plain(found.total)} {invoice.currency}: credit it"
        raise Refused("nothing_to_debit", message, param="invoice")
    return found


def _corrections(invoice: Invoice, at: datetime) -> list[Waiting]:
    """The waiting charges that correct a reading whose first charge stands on the invoice, locked."""
    found = [
        each for each in waiting([invoice.customer_id], at) if each.revision > 1 and each.currency == invoice.currency
    ]
    firsts = _first_charges(found)
    invoiced = LineCharge.objects.filter(charge__in=firsts.values(), line__invoice=invoice)
    standing = set(invoiced.values_list("charge_id", flat=True))
    return [each for each in found if firsts.get(each.pk) in standing]


def _first_charges(found: Sequence[Waiting]) -> dict[int, int]:
    """The row id of the first charge of the reading of each."""
    rows = Charge.objects.filter(
        revision=1,
        subscription_id__in={each.subscription_id for each in found},
        price_id__in={each.price_id for each in found},
        period_start__in={each.period_start for each in found},
    )
    columns = ("subscription_id", "phase_id", "price_id", "period_start")
    firsts = {tuple(row[1:]): row[0] for row in rows.values_list("pk", *columns)}
    keys = {each.pk: tuple(getattr(each, name) for name in columns) for each in found}
    return {row_id: firsts[key] for row_id, key in keys.items() if key in firsts}
