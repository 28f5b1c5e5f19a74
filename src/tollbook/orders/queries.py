"""Orders, read."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from tollbook.base import clock
from tollbook.catalog.models import Plan, PlanVersion, Price, PriceBook
from tollbook.catalog.queries import book_for, for_customers, version_at
from tollbook.customers.features import value_for
from tollbook.customers.models import Customer
from tollbook.customers.settings import SIGNUP_PAYMENT
from tollbook.invoicing.rules import State as InvoiceState
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import Money
from tollbook.orders.models import Line, Offer, Order
from tollbook.orders.rules import Payment, State, payment_for
from tollbook.orders.settings import PAYMENT
from tollbook.payments.deposit_rules import DepositState
from tollbook.payments.models import Deposit
from tollbook.payments.models import Payment as Paid
from tollbook.provisioning.rules import State as ServiceState


def _rows() -> QuerySet[Order]:
    return Order.objects.select_related("customer__brand", "customer__group", "invoice")


def by_public_id(public_id: str, customer: Customer | None = None) -> Order:
    """The order with that id, of that customer if one is given; NotFound "order_not_found"."""
    rows = _rows().filter(public_id=public_id)
    found = (rows if customer is None else rows.filter(customer=customer)).first()
    if found is None:
        raise NotFound("order_not_found", f"there is no order {public_id}", param="order")
    return found


def of_customer(customer: Customer) -> QuerySet[Order]:
    """The customer's orders, the latest first."""
    return _rows().filter(customer=customer).order_by("-created_at", "-pk")


def lines_of(order: Order) -> list[Line]:
    """The lines of an order with their plans, services and subscriptions, in their order."""
    related = ("version__plan__product", "subscription", "service")
    return list(order.lines.select_related(*related).order_by("position"))


def payment_of(customer: Customer) -> Payment:
    """When the customer pays what it orders now."""
    paid = Paid.objects.filter(customer=customer, state="succeeded").exists()
    usual = Payment(value_for(customer, PAYMENT))
    return payment_for(usual, sign_up=bool(value_for(customer, SIGNUP_PAYMENT)), has_paid=paid)


def check_deposit(customer: Customer) -> None:
    """Refused "deposit_unpaid" for a new account whose deposit is not paid, "account_rejected" for one that was not
    verified: neither orders by itself.
    """
    deposit = Deposit.objects.filter(customer=customer).only("state", "reason", "amount", "currency").first()
    if deposit is None:
        return
    if deposit.state in (DepositState.AWAITING_PAYMENT, DepositState.EXPIRED):
        message = f"order: pay the deposit of {Money(deposit.amount, deposit.currency)} first; then you can order"
        raise Refused("deposit_unpaid", message, param="order")
    if deposit.reason:
        raise Refused("account_rejected", f"order: the account was not verified: {deposit.reason}", param="order")


class Sold:
    """A plan that the customer can order now: what it is, its version, its prices and what it asks for."""

    def __init__(self, offer: Offer, version: PlanVersion, prices: Sequence[Price]) -> None:
        self.plan: Plan = offer.plan
        self.text, self.version, self.prices = offer.text, version, prices
        delivery = getattr(offer.plan, "delivery", None)
        self.asks: list[str] = list(delivery.asks) if delivery else []


def offers(customer: Customer, at: datetime | None = None) -> tuple[PriceBook, list[Sold]]:
    """What the customer can order, in the order of the catalogue, with the book that its prices are from; NotFound
    "no_price_book".
    """
    at, book = at or clock.now(), book_for(customer)
    rows = Offer.objects.select_related("plan__product", "plan__delivery").filter(plan__product__brand=customer.brand)
    rows = rows.filter(plan__in=for_customers(Plan.objects.all()))
    found = []
    for offer in rows.order_by("position", "plan__product__name", "plan__name", "pk"):
        try:
            version = version_at(offer.plan, at)
        except NotFound:
            continue  # not sold yet
        prices = list(Price.objects.filter(version=version, book=book).order_by("kind", "name", "pk"))
        if prices:
            found.append(Sold(offer, version, prices))
    return book, found


def unpaid(at: datetime) -> QuerySet[Order]:
    """Orders that were to be paid by `at` and are not, the oldest first."""
    return _waiting().filter(pay_by__lte=at).order_by("pay_by", "pk")


def to_remind(at: datetime) -> QuerySet[Order]:
    """Orders of whose payment the customer is to be reminded at `at`, the oldest first."""
    return _waiting().filter(remind_at__lte=at).order_by("remind_at", "pk")


def waiting_of(customer: Customer) -> QuerySet[Order]:
    """The customer's orders that wait to be paid until some day."""
    return _waiting().filter(customer=customer, pay_by__isnull=False).order_by("pay_by", "pk")


def _waiting() -> QuerySet[Order]:
    waits = Q(state=State.ACCEPTED, payment=Payment.FIRST, invoice__state=InvoiceState.ISSUED)
    return Order.objects.filter(waits).select_related("invoice")


_UNMADE = Line.objects.filter(order=OuterRef("pk"), service__state__in=[ServiceState.PENDING, ServiceState.FAILED])


def ready() -> QuerySet[Order]:
    """Orders that can go on: paid or with nothing to pay, or with everything made; those that wait longest first."""
    paid = Q(state=State.ACCEPTED) & (Q(invoice=None) | Q(invoice__state=InvoiceState.PAID))
    made = Q(state=State.PROVISIONING) & ~Exists(_UNMADE)
    return Order.objects.filter(paid | made).order_by("accepted_at", "pk")
