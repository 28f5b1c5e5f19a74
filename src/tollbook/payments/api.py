"""Payments over the API: what came and what became of it, paying an invoice, adding funds, giving back."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, Field

from tollbook.api.fields import Amount, Body, Instant, MoneyIn, MoneyOut, code, example, money, text
from tollbook.api.once import effect_key
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.customers.reach import chosen, own
from tollbook.identity.models import StaffRole
from tollbook.invoicing.queries import by_public_id as invoice_of
from tollbook.invoicing.rules import State as InvoiceState
from tollbook.kernel.errors import NotFound
from tollbook.kernel.money import Money
from tollbook.payments import act_api, actions, deposit_api, paper_api, queries, statement_api
from tollbook.payments.applying import By
from tollbook.payments.approvals import check_alone
from tollbook.payments.method_api import routes as method_routes
from tollbook.payments.models import Payment, Refund
from tollbook.payments.refunds import order_refund
from tollbook.wallets.queries import of_customer as wallets_of

routes = Routes("Payments")
ROUTERS = [
    ("", routes),
    ("", method_routes),
    ("", paper_api.routes),
    ("", statement_api.routes),
    ("", deposit_api.routes),
    ("", act_api.routes),
]

_MONEY, _ZERO = {"amount": "123.00", "currency": "EUR"}, {"amount": "0.00", "currency": "EUR"}
_PAYMENT = {
    "id": "pay_aaaaaaaaaaaaaaaaaaaaaaaa",
    "customer": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
    "gateway": "test",
    "subject": "inv_aaaaaaaaaaaaaaaaaaaaaaaa",
    "state": "succeeded",
    "amount": _MONEY,
    "captured": _MONEY,
    "allocated": _MONEY,
    "refunded": _ZERO,
    "credit": _ZERO,
    "reference": "sandbox-1",
    "redirect": None,
    "created_at": "2026-06-01T08:00:00Z",
    "ended_at": "2026-06-01T08:01:00Z",
}
_REFUND = {
    "id": "rfd_aaaaaaaaaaaaaaaaaaaaaaaa",
    "payment": "pay_aaaaaaaaaaaaaaaaaaaaaaaa",
    "state": "succeeded",
    "amount": {"amount": "23.00", "currency": "EUR"},
    "reason": "Cancelled within 14 days",
    "created_at": "2026-06-02T08:00:00Z",
    "ended_at": None,
}


class PaymentOut(BaseModel):
    """Money on its way from a customer, or arrived."""

    model_config = example(_PAYMENT)
    id: str = Field(description="Its id.")
    customer: str = Field(description="Who pays.")
    gateway: str = Field(description="Through which gateway.")
    subject: str | None = Field(description="The invoice or wallet that it is for; null: credit.")
    state: str = Field(description="started, pending, unknown, review, succeeded, failed or cancelled.")
    amount: MoneyOut = Field(description="What was asked for.")
    captured: MoneyOut | None = Field(description="What came; null before it has.")
    allocated: MoneyOut = Field(description="What of it settles invoices.")
    refunded: MoneyOut = Field(description="What of it was given back, or is about to be.")
    credit: MoneyOut = Field(description="What is left of it: the customer's credit.")
    reference: str = Field(description="The gateway's name for it.")
    redirect: str | None = Field(description="Where the payer goes on, while it is pending.")
    created_at: datetime = Field(description="When it was begun.")
    ended_at: datetime | None = Field(description="When its outcome was known.")


class RefundOut(BaseModel):
    """A part of a payment that is given back."""

    model_config = example(_REFUND)
    id: str = Field(description="Its id.")
    payment: str = Field(description="Of which payment.")
    state: str = Field(description="started, pending, unknown, succeeded or failed.")
    amount: MoneyOut = Field(description="How much.")
    reason: str = Field(description="Why.")
    created_at: datetime = Field(description="When it was ordered.")
    ended_at: datetime | None = Field(description="When its outcome was known.")


class PayIn(Body):
    """A payment of an invoice."""

    model_config = example({"gateway": "test", "amount": "23.00"})
    gateway: Annotated[str, code(40)] = Field(description="Through which gateway.")
    amount: Amount | None = Field(None, description="How much of it, in its currency; left out: all that is open.")


class FundsIn(MoneyIn):
    """Money to be added to a wallet."""

    model_config = example({"amount": "50.00", "currency": "EUR", "gateway": "test"})
    gateway: Annotated[str, code(40)] = Field(description="Through which gateway.")


class RefundIn(Body):
    """A refund to be made."""

    model_config = example({"amount": "23.00", "reason": "Cancelled within 14 days"})
    amount: Amount = Field(description="How much, in the currency that was captured.")
    reason: Annotated[str, text(300)] = Field(description="Why; the customer sees it.")


def payment_out(payment: Payment) -> PaymentOut:
    """A payment with its customer loaded, as the API shows it."""
    currency = payment.captured_currency or payment.currency
    return PaymentOut(
        id=payment.public_id,
        customer=payment.customer.public_id,
        gateway=payment.gateway,
        subject=payment.subject or None,
        state=payment.state,
        amount=money(payment.amount, payment.currency),
        captured=money(payment.captured, currency) if payment.captured else None,
        allocated=money(payment.allocated, currency),
        refunded=money(payment.refunded, currency),
        credit=money(queries.free(payment), currency),
        reference=payment.reference,
        redirect=payment.redirect if payment.redirect and payment.state == "pending" else None,
        created_at=payment.created_at,
        ended_at=payment.ended_at,
    )


def _refund_out(refund: Refund) -> RefundOut:
    return RefundOut(
        id=refund.public_id,
        payment=refund.payment.public_id,
        state=refund.state,
        amount=money(refund.amount, refund.payment.captured_currency),
        reason=refund.reason,
        created_at=refund.created_at,
        ended_at=refund.ended_at,
    )


def _by(request: ApiRequest) -> By:
    return By(request.principal.actor, "api")


@routes.reads("/payments", "payments:read", answer=Page[PaymentOut])
def list_payments(
    request: ApiRequest,
    *,
    customer: str = "",
    created_since: Instant | None = None,
    cursor: Cursor = "",
    limit: Limit = DEFAULT_LIMIT,
) -> Page[PaymentOut]:
    """Payments, the latest first; of one customer, if named."""
    whose = chosen(request, customer)
    rows = Payment.objects.select_related("customer")
    rows = rows.filter(customer=whose) if whose else rows
    rows = rows.filter(created_at__gte=created_since) if created_since else rows
    return page(rows, Order(descending=True), cursor, limit, payment_out)


@routes.reads("/payments/{payment_id}", "payments:read", answer=PaymentOut)
def get_payment(request: ApiRequest, payment_id: str) -> PaymentOut:
    """A payment."""
    return payment_out(queries.by_public_id(payment_id, own(request)))


@routes.reads("/payments/{payment_id}/refunds", "payments:read", answer=Page[RefundOut])
def list_refunds(
    request: ApiRequest, payment_id: str, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[RefundOut]:
    """Refunds of a payment, the first one first."""
    payment = queries.by_public_id(payment_id, own(request))
    return page(payment.refunds.select_related("payment"), Order(), cursor, limit, _refund_out)


@routes.adds("/invoices/{invoice_id}/payments", "payments:write", answer=PaymentOut)
def pay_an_invoice(request: ApiRequest, invoice_id: str, pay_in: PayIn) -> PaymentOut:
    """Begin to pay an invoice, once for each Idempotency-Key.

    The gateway is called after the answer: read the payment again for `redirect`, where the payer goes on. Refused with
    `portal_payment_off`, `invoice_not_open`, `more_than_open`, `gateway_not_offered`, `gateway_by_hand`,
    `amount_places`.
    """
    queries.check_portal_payment(own(request))
    invoice = invoice_of(invoice_id, own(request))
    if invoice.state == InvoiceState.DRAFT:
        raise NotFound("invoice_not_found", f"there is no invoice {invoice_id}", param="invoice")
    key = effect_key(request)
    return payment_out(actions.pay_invoice(invoice, pay_in.gateway, key=key, amount=pay_in.amount, by=_by(request)))


@routes.adds("/wallets/{wallet_id}/payments", "payments:write", answer=PaymentOut)
def add_funds(request: ApiRequest, wallet_id: str, funds_in: FundsIn) -> PaymentOut:
    """Begin a payment whose success tops up a wallet, by a customer's own key, once for each Idempotency-Key.

    Refused with `portal_payment_off`, `recharge_too_small`, `recharge_too_large`, `currency_mismatch`,
    `gateway_not_offered`, `gateway_by_hand`.
    """
    mine = own(request)
    if mine is None or not wallets_of(mine).filter(public_id=wallet_id).exists():
        raise NotFound("wallet_not_found", f"there is no wallet {wallet_id}", param="wallet")
    queries.check_portal_payment(mine)
    amount, key = Money(funds_in.amount, funds_in.currency), effect_key(request)
    return payment_out(actions.add_funds(mine, wallet_id, amount, funds_in.gateway, key=key, by=_by(request)))


@routes.adds(
    "/payments/{payment_id}/refunds",
    "payments:write",
    answer=RefundOut,
    roles=(StaffRole.BILLING, StaffRole.FINANCE),
)
def refund_a_payment(request: ApiRequest, payment_id: str, refund_in: RefundIn) -> RefundOut:
    """Give a part of a payment back, once for each Idempotency-Key.

    Credit goes first; then invoices that it settled ask for it again; of what a wallet took, what is unused there is
    taken out of it. Refused with `more_than_refundable`,
    `payment_not_paid`, `amount_places`, and with `needs_approval` above `payments.approve_above`: two people of staff
    do that in the staff portal.
    """
    key, by = effect_key(request), _by(request)
    payment = queries.by_public_id(payment_id)
    check_alone(payment.customer, Money(refund_in.amount, payment.captured_currency))
    return _refund_out(order_refund(payment_id, refund_in.amount, reason=refund_in.reason, key=key, by=by))
