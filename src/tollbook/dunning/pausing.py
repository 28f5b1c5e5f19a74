"""What makes steps wait: an exemption, a promise to pay, a dispute; and taking it back."""

from datetime import date

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.customers.models import Customer
from tollbook.dunning.actions import dun_customer
from tollbook.dunning.models import Pause
from tollbook.dunning.queries import day_of, pause_by_public_id
from tollbook.identity.audit import SYSTEM, record
from tollbook.invoicing.models import Invoice
from tollbook.kernel.errors import Refused
from tollbook.kernel.text import clean_text
from tollbook.payments.applying import locked_customer

MOST_DAYS = 3653


@action
def exempt(
    customer: Customer, *, reason: str, until: date | None = None, actor: str = SYSTEM, door: str = SYSTEM
) -> Pause:
    """Let all steps of a customer wait up to and with the day `until` (None: until it is lifted).

    What dunning has stopped runs again. Refused "day_passed", "day_too_late".
    """
    return _pause(customer, Pause.Why.EXEMPT, None, until, reason, actor=actor, door=door)


@action
def promise(invoice: Invoice, *, until: date, reason: str, actor: str = SYSTEM, door: str = SYSTEM) -> Pause:
    """Let the steps of an invoice wait for a promised payment up to and with the day `until`.

    Refused "day_passed", "day_too_late", "invoice_not_open".
    """
    return _pause(invoice.customer, Pause.Why.PROMISE, invoice, until, reason, actor=actor, door=door)


@action
def dispute(invoice: Invoice, *, reason: str, actor: str = SYSTEM, door: str = SYSTEM) -> Pause:
    """Let the steps of an invoice that the customer disputes wait until that is lifted. Refused "invoice_not_open"."""
    return _pause(invoice.customer, Pause.Why.DISPUTE, invoice, None, reason, actor=actor, door=door)


def _pause(
    customer: Customer,
    why: Pause.Why,
    invoice: Invoice | None,
    until: date | None,
    reason: str,
    *,
    actor: str,
    door: str,
) -> Pause:
    customer, at = locked_customer(customer.pk), clock.now()
    today = day_of(customer, at)
    if until is not None and until < today:
        raise Refused("day_passed", f"until {until}: give {today} or a later day", param="until")
    if until is not None and (until - today).days > MOST_DAYS:
        raise Refused("day_too_late", f"until {until}: give a day within ten years", param="until")
    if invoice is not None:
        invoice.refresh_from_db(fields=["state", "settled", "credited"])
        if not invoice.to_pay:
            message = f"invoice {invoice}: it is {invoice.state}; nothing of it is to pay"
            raise Refused("invoice_not_open", message, param="invoice")
    made = Pause.objects.create(
        customer=customer,
        invoice=invoice,
        why=why,
        until=until,
        reason=clean_text(reason, "reason", 300),
        made_by=actor[:200],
        created_at=at,
    )
    detail = {"pause": made.public_id, "until": str(until or ""), "reason": made.reason}
    subject = invoice.public_id if invoice else customer.public_id
    record(f"dunning.{why}", subject, actor=actor, door=door, customer_id=customer.pk, detail=detail, at=at)
    dun_customer(customer.pk, at)
    return made


@action
def lift(pause: Pause, *, actor: str, door: str = SYSTEM) -> Pause:
    """Let steps no longer wait for it: what is due is done with the next run, not at once. Refused "pause_over"."""
    locked_customer(pause.customer_id)
    found, at = pause_by_public_id(pause.public_id), clock.now()
    if found.lifted_at is not None:
        raise Refused("pause_over", f"{found.get_why_display()} {found.public_id} was lifted before", param="pause")
    found.lifted_at, found.lifted_by = at, actor[:200]
    found.save(update_fields=["lifted_at", "lifted_by"])
    detail = {"pause": found.public_id}
    subject = found.invoice.public_id if found.invoice else found.customer.public_id
    record("dunning.lift", subject, actor=actor, door=door, customer_id=found.customer_id, detail=detail, at=at)
    return found
