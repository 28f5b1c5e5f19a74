"""Payments, read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import F, QuerySet, Sum

from tollbook.customers.features import value_for
from tollbook.customers.models import Customer
from tollbook.customers.settings import PORTAL_PAYMENT
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.queries import open_invoices
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import Money
from tollbook.payments.deposit_rules import DepositState
from tollbook.payments.models import Allocation, Deposit, Payment, Proforma, Refund, Setup, WriteOff
from tollbook.payments.rules import OPEN, Owed
from tollbook.payments.settings import LEAST_RECHARGE, MOST_RECHARGE

NOT_FREE = F("allocated") + F("topped_up") + F("refunded") + F("lost") + F("deposited")


def by_public_id(public_id: str, customer: Customer | None = None) -> Payment:
    """The payment with that id, of that customer if one is given; NotFound "payment_not_found" otherwise."""
    rows = Payment.objects.select_related("customer__brand", "customer__group", "invoice", "proforma")
    rows = rows.filter(public_id=public_id)
    found = (rows if customer is None else rows.filter(customer=customer)).first()
    if found is None:
        raise NotFound("payment_not_found", f"there is no payment {public_id}", param="payment")
    return found


def proformas_of(customer: Customer) -> QuerySet[Proforma]:
    """The customer's proformas, the latest first."""
    rows = Proforma.objects.filter(customer=customer).select_related("customer", "invoice")
    return rows.order_by("-issued_on", "-pk")


def proforma_by_public_id(public_id: str, customer: Customer | None = None) -> Proforma:
    """The proforma with that id, of that customer if one is given; NotFound "proforma_not_found" otherwise."""
    rows = Proforma.objects.select_related("customer", "invoice").filter(public_id=public_id)
    found = (rows if customer is None else rows.filter(customer=customer)).first()
    if found is None:
        raise NotFound("proforma_not_found", f"there is no proforma {public_id}", param="proforma")
    return found


def deposit_by_public_id(public_id: str, customer: Customer | None = None) -> Deposit:
    """The deposit with that id, of that customer if one is given; NotFound "deposit_not_found"."""
    rows = Deposit.objects.select_related("customer__brand", "customer__group", "payment", "refund")
    rows = rows.filter(public_id=public_id)
    found = (rows if customer is None else rows.filter(customer=customer)).first()
    if found is None:
        raise NotFound("deposit_not_found", f"there is no deposit {public_id}", param="deposit")
    return found


def deposits_unpaid(at: datetime, limit: int) -> list[str]:
    """Public ids of deposits that were to be paid before `at`, the oldest first."""
    rows = Deposit.objects.filter(state=DepositState.AWAITING_PAYMENT, pay_by__lte=at).order_by("pay_by", "pk")
    return list(rows.values_list("public_id", flat=True)[:limit])


def deposit_asked(customer: Customer, money: Money) -> Deposit | None:
    """The deposit that the customer is to pay and that the money is enough for."""
    rows = Deposit.objects.filter(customer=customer, state=DepositState.AWAITING_PAYMENT)
    return rows.filter(currency=money.currency, amount__lte=money.amount).first()


def check_portal_payment(mine: Customer | None) -> None:
    """Refused "portal_payment_off" for a customer's own key where customers do not pay here by themselves."""
    if mine is not None and not value_for(mine, PORTAL_PAYMENT):
        raise Refused("portal_payment_off", "customers do not pay here by themselves: please write to us")


def refund_by_public_id(public_id: str) -> Refund:
    """The refund with that id; NotFound "refund_not_found"."""
    found = Refund.objects.select_related("payment", "customer").filter(public_id=public_id).first()
    if found is None:
        raise NotFound("refund_not_found", f"there is no refund {public_id}", param="refund")
    return found


def of_customer(customer: Customer) -> QuerySet[Payment]:
    """The customer's payments, the latest first."""
    return (
        Payment.objects.filter(customer=customer).select_related("invoice", "proforma").order_by("-created_at", "-pk")
    )


def free(payment: Payment) -> Decimal:
    """What is left of a payment: captured, and not allocated, topped up, deposited, given back or lost."""
    used = payment.allocated + payment.topped_up + payment.deposited + payment.refunded + payment.lost
    return payment.captured - used


def with_credit(customer_id: int) -> QuerySet[Payment]:
    """The customer's payments that have something left, the oldest first."""
    rows = Payment.objects.filter(customer_id=customer_id, state="succeeded", captured__gt=NOT_FREE)
    return rows.order_by("ended_at", "pk")


def credit(customer: Customer) -> list[Money]:
    """What the customer has paid and not used, by currency, the customer's own first; nothing: an empty list."""
    by = with_credit(customer.pk).order_by().values_list("captured_currency")
    found = [Money(total, currency) for currency, total in by.annotate(sum=Sum(F("captured") - NOT_FREE))]
    return sorted(found, key=lambda each: (each.currency != customer.currency, each.currency))


def owed(customer: Customer, currency: str) -> list[Owed]:
    """The customer's open invoices in a currency, as allocation sees them."""
    rows = open_invoices(customer).filter(currency=currency).defer("content")
    found = [Owed(i.pk, i.open, i.due_on or i.created_at.date(), i.number or 0) for i in rows]
    return [each for each in found if each.open > 0]


def standing(payment: Payment) -> list[tuple[Allocation, Decimal]]:
    """The payment's allocations that still stand, with what is left of each, the first one first."""
    return _standing(payment.allocations.select_related("invoice", "payment"))


def settled_by(invoice: Invoice) -> list[tuple[Allocation, Decimal]]:
    """What settles an invoice now, with what is left of each allocation, the first one first."""
    return _standing(invoice.allocations.select_related("payment", "invoice"))


def _standing(rows: Iterable[Allocation]) -> list[tuple[Allocation, Decimal]]:
    left: dict[int, tuple[Allocation, Decimal]] = {}
    for row in sorted(rows, key=lambda each: each.pk):
        if row.reverses_id is None:
            left[row.pk] = (row, row.amount)
        else:
            first, amount = left[row.reverses_id]
            left[row.reverses_id] = (first, amount + row.amount)
    return [(row, amount) for row, amount in left.values() if amount]


def written_off(invoice: Invoice) -> WriteOff | None:
    """The write-off of the invoice that stands, if there is one."""
    return invoice.write_offs.filter(reverses__isnull=True, reversal__isnull=True).first()


def under_way(invoice: Invoice) -> Payment | None:
    """The latest payment of the invoice whose outcome is open, if there is one."""
    return invoice.payments.filter(state__in=OPEN).order_by("-pk").first()


def due(at: datetime, limit: int) -> list[int]:
    """Row ids of payments that are to be asked about at `at`, those that wait longest first."""
    return list(Payment.objects.filter(ask_at__lte=at).order_by("ask_at", "pk").values_list("pk", flat=True)[:limit])


def refunds_due(at: datetime, limit: int) -> list[int]:
    """Row ids of refunds that are to be asked about at `at`."""
    return list(Refund.objects.filter(ask_at__lte=at).order_by("ask_at", "pk").values_list("pk", flat=True)[:limit])


def next_due() -> datetime | None:
    """The earliest instant at which a payment, refund or set-up is to be asked about; None: there is none."""
    rows = [
        model.objects.filter(ask_at__isnull=False).order_by("ask_at").values_list("ask_at", flat=True).first()
        for model in (Payment, Refund, Setup)
    ]
    return min((each for each in rows if each is not None), default=None)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a customer may add at once, in `currency`; None: no limit."""

    currency: str
    least: Decimal | None
    most: Decimal | None

    def check(self, amount: Decimal) -> None:
        """Refused "recharge_too_small" or "recharge_too_large", naming the limit."""
        if self.least is not None and amount < self.least:
            message = f"amount: {amount} is less than {self.least} {self.currency}, the least that can be added"
            raise Refused("recharge_too_small", message, param="amount", least=str(self.least))
        if self.most is not None and amount > self.most:
            message = f"amount: {amount} is more than {self.most} {self.currency}, the most that can be added at once"
            raise Refused("recharge_too_large", message, param="amount", most=str(self.most))


def limits(customer: Customer, currency: str) -> Limits:
    """The customer's limits in that currency."""
    least, most = value_for(customer, LEAST_RECHARGE), value_for(customer, MOST_RECHARGE)
    return Limits(currency, least.get(currency), most.get(currency))
