"""Disputes and write-offs over the API: what staff note of money that is called back, or expected no more."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from tollbook.api.fields import Amount, Body, MoneyOut, example, money, one_of, text
from tollbook.api.once import effect_key
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.identity.models import StaffRole
from tollbook.invoicing.queries import by_public_id as invoice_of
from tollbook.kernel.money import Money
from tollbook.payments.applying import By, locked_customer
from tollbook.payments.approvals import check_alone
from tollbook.payments.disputes import end_dispute, open_dispute, undo_write_off, write_off
from tollbook.payments.models import Dispute, WriteOff

routes = Routes("Payments")
KEEPERS = (StaffRole.BILLING, StaffRole.FINANCE)
_MONEY = {"amount": "23.00", "currency": "EUR"}


class DisputeIn(Body):
    """Money that the payer calls back."""

    model_config = example({"amount": "23.00", "reference": "du_1042", "reason": "Not recognised"})
    amount: Amount = Field(description="How much of the payment, in its currency.")
    reference: Annotated[str, text(120)] = Field(description="The gateway's; a dispute is noted once by it.")
    reason: Annotated[str, text(300)] = Field(description="What the payer says.")


class DisputeEndIn(Body):
    """How it ended."""

    model_config = example({"outcome": "won"})
    outcome: Annotated[str, one_of("won", "lost")] = Field(description="won: nothing has changed; lost: it is gone.")


class DisputeOut(BaseModel):
    """Money that the payer calls back."""

    model_config = example(
        {"id": "dsp_aaaaaaaaaaaaaaaaaaaaaaaa", "payment": "pay_aaaaaaaaaaaaaaaaaaaaaaaa", "state": "open",
         "amount": _MONEY, "reference": "du_1042", "reason": "Not recognised"}
    )  # fmt: skip
    id: str = Field(description="Its id.")
    payment: str = Field(description="The payment.")
    state: str = Field(description="open, won or lost.")
    amount: MoneyOut = Field(description="What is called back.")
    reference: str = Field(description="The gateway's.")
    reason: str = Field(description="What the payer says.")


class WriteOffIn(Body):
    """Why nothing more is expected, or is expected again."""

    model_config = example({"reason": "Moved abroad"})
    reason: Annotated[str, text(300)] = Field(description="For the books and the audit trail.")


class WriteOffOut(BaseModel):
    """What was expected of an invoice and is no more."""

    model_config = example(
        {"invoice": "inv_aaaaaaaaaaaaaaaaaaaaaaaa", "amount": _MONEY, "reason": "Moved abroad",
         "at": "2026-06-01T08:00:00Z"}
    )  # fmt: skip
    invoice: str = Field(description="The invoice.")
    amount: MoneyOut = Field(description="What is written off; negative where it is expected again.")
    reason: str = Field(description="Why.")
    at: datetime = Field(description="When.")


def _by(request: ApiRequest) -> By:
    return By(request.principal.actor, "api")


def _dispute_out(found: Dispute) -> DisputeOut:
    payment = found.payment
    return DisputeOut(
        id=found.public_id,
        payment=payment.public_id,
        state=found.state,
        amount=money(found.amount, payment.captured_currency),
        reference=found.reference,
        reason=found.reason,
    )


def _write_off_out(found: WriteOff) -> WriteOffOut:
    invoice = found.invoice
    amount = money(found.amount, invoice.currency)
    return WriteOffOut(invoice=invoice.public_id, amount=amount, reason=found.reason, at=found.at)


@routes.adds("/payments/{payment_id}/disputes", "payments:write", answer=DisputeOut, roles=KEEPERS)
def add_dispute(request: ApiRequest, payment_id: str, dispute: DisputeIn) -> DisputeOut:
    """Note that the payer calls money of a payment back, once for each reference of the gateway.

    Refused with `more_than_disputable`, `dispute_conflict`, `payment_not_paid` and `amount_places`.
    """
    made = open_dispute(payment_id, dispute.amount, dispute.reference, reason=dispute.reason, by=_by(request))
    return _dispute_out(made)


@routes.adds("/disputes/{dispute_id}/end", "payments:write", answer=DisputeOut, status=200, roles=KEEPERS)
def end_a_dispute(request: ApiRequest, dispute_id: str, ended: DisputeEndIn) -> DisputeOut:
    """Note how a dispute ended. Lost, the money goes out of credit, then out of invoices that it settled.

    Refused with `dispute_ended`.
    """
    return _dispute_out(end_dispute(dispute_id, Dispute.State(ended.outcome), by=_by(request)))


@routes.adds("/invoices/{invoice_id}/write-off", "payments:write", answer=WriteOffOut, roles=KEEPERS)
def write_an_invoice_off(request: ApiRequest, invoice_id: str, wanted: WriteOffIn) -> WriteOffOut:
    """Expect no more of an invoice: all that is open of it, once for each Idempotency-Key.

    Refused with `nothing_open`, and with `needs_approval` above `payments.approve_above`: two people of staff do
    that in the staff portal.
    """
    found = invoice_of(invoice_id)
    # What is open is looked at behind the lock under which it is written off.
    locked_customer(found.customer_id)
    found.refresh_from_db(fields=["state", "settled"])
    check_alone(found.customer, Money(found.open, found.currency))
    return _write_off_out(write_off(found, reason=wanted.reason, key=effect_key(request), by=_by(request)))


@routes.adds("/invoices/{invoice_id}/write-off/undo", "payments:write", answer=WriteOffOut, status=200, roles=KEEPERS)
def undo_a_write_off(request: ApiRequest, invoice_id: str, wanted: WriteOffIn) -> WriteOffOut:
    """Expect again what was written off: the invoice is open as before. Refused with `not_written_off`."""
    return _write_off_out(undo_write_off(invoice_of(invoice_id), reason=wanted.reason, by=_by(request)))
