"""Refunds and write-offs above a limit, which need two people."""

from decimal import Decimal

from django.http import HttpRequest

from tollbook.customers.features import value_for
from tollbook.customers.models import Customer
from tollbook.identity.approvals import Act, ask
from tollbook.identity.models import Approval, StaffRole, User
from tollbook.invoicing.models import Invoice
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money
from tollbook.payments.applying import By
from tollbook.payments.disputes import write_off
from tollbook.payments.models import Payment
from tollbook.payments.refunds import order_refund
from tollbook.payments.settings import APPROVE_ABOVE

APPROVERS = frozenset({StaffRole.APPROVER, StaffRole.FINANCE, StaffRole.ADMINISTRATOR})
REFUND, WRITE_OFF = "payment.refund", "invoice.write_off"


def needs_two(customer: Customer, money: Money) -> bool:
    """Whether giving up this amount takes a second person: above the limit of its currency, where there is one."""
    limit = value_for(customer, APPROVE_ABOVE).get(money.currency)
    return limit is not None and money.amount > Decimal(limit)


def check_alone(customer: Customer, money: Money) -> None:
    """Refused "needs_approval" for an amount that takes two people."""
    if needs_two(customer, money):
        message = (
            f"amount: {money} is above {APPROVE_ABOVE}; ask for it in the staff portal, where a second person approves"
        )
        raise Refused("needs_approval", message, param="amount")


def ask_refund(request: HttpRequest, payment: Payment, amount: Decimal, reason: str, key: str) -> Approval:
    """Ask for a refund of so much of the payment."""
    arguments = {"payment": payment.public_id, "amount": str(amount), "reason": reason, "key": key}
    summary = f"Refund {amount} {payment.captured_currency} of payment {payment.public_id}: {reason}"
    return ask(REFUND, payment.public_id, arguments, summary=summary, user=_user(request))


def ask_write_off(request: HttpRequest, invoice: Invoice, reason: str, key: str) -> Approval:
    """Ask for the write-off of what is open of the invoice now."""
    arguments = {"invoice": invoice.public_id, "amount": str(invoice.open), "reason": reason, "key": key}
    summary = f"Write off {invoice.open} {invoice.currency} of invoice {invoice.label}: {reason}"
    return ask(WRITE_OFF, invoice.public_id, arguments, summary=summary, user=_user(request))


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  - a staff page looked
    return request.user


def _refund(*, payment: str, amount: str, reason: str, key: str, by: str) -> None:
    order_refund(payment, Decimal(amount), reason=reason, key=key, by=By(by, "staff"))


def _write_off(*, invoice: str, amount: str, reason: str, key: str, by: str) -> None:
    found = Invoice.objects.get(public_id=invoice)
    if found.open != Decimal(amount):
        message = f"invoice {found.label}: {found.open} is open now, not {amount}; ask again"
        raise Refused("amount_changed", message, param="invoice")
    write_off(found, reason=reason, key=key, by=By(by, "staff"))


ACTS = [
    Act(REFUND, "Refund", APPROVERS, _refund),
    Act(WRITE_OFF, "Write-off", APPROVERS, _write_off),
]
