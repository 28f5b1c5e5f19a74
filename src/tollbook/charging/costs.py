"""What a customer was charged in a month, line by line and in groups; read only."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from tollbook.charging.focus import ChargeLine, corrects_a_past_month
from tollbook.charging.models import Charge
from tollbook.customers.models import Customer
from tollbook.kernel.money import Money
from tollbook.kernel.period import Period

#: What charges can be put together by: the field that tells groups apart, and the one that names them.
GROUPS: dict[str, tuple[str, str]] = {
    "product": ("price__version__plan__product__public_id", "price__version__plan__product__name"),
    "subscription": ("subscription__public_id", "subscription__version__plan__name"),
    "item": ("price__name", "price__name"),
    "section": ("price__section", "price__section"),
}
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Group:
    """Charges put together: their sum in one currency, exact and as priced, and how many they are."""

    key: str
    name: str
    sum: Money
    charges: int


def of_month(customer: Customer, month: Period, subscription: str = "") -> QuerySet[Charge]:
    """The customer's charges whose period begins in the month, in all currencies, with what their rows tell; only those
    of a subscription, if its public id is given.
    """
    rows = Charge.objects.filter(customer=customer, period_start__gte=month.start, period_start__lt=month.end)
    rows = rows.filter(subscription__public_id=subscription) if subscription else rows
    return rows.select_related("price__version__plan__product", "subscription__version__plan")


def groups(rows: QuerySet[Charge], by: str) -> list[Group]:
    """The charges put together by a name of GROUPS, by currency, the largest sums first."""
    key, name = GROUPS[by]
    named: Any = {"key": F(key), "named": F(name)}
    found: QuerySet[Any, Any] = (
        rows.order_by().values("currency", **named).annotate(total=Sum("amount"), lines=Count("pk"))
    )
    made = [Group(each["key"], each["named"], Money(each["total"], each["currency"]), each["lines"]) for each in found]
    return sorted(made, key=lambda group: (group.sum.currency, -group.sum.amount, group.name, group.key))


def billed_in(customer: Customer, month: Period) -> QuerySet[Charge]:
    """The charges of a month's bill as FOCUS counts them: those whose period begins in it and that correct no earlier
    month, and what was corrected in it of earlier months; in the order in which they were made.
    """
    own = Q(period_start__gte=month.start, period_start__lt=month.end) & (Q(reason="") | Q(created_at__lt=month.end))
    corrected = ~Q(reason="") & Q(created_at__gte=month.start, created_at__lt=month.end, period_start__lt=month.start)
    rows = Charge.objects.filter(own | corrected, customer=customer)
    return rows.select_related("price__version__plan__product", "price__book", "subscription__version__plan").order_by(
        "pk"
    )


def focus_lines(customer: Customer, month: Period) -> Iterator[ChargeLine]:
    """The lines of `billed_in`, one after the other: memory does not grow with them."""
    brand, account = customer.brand, (customer.public_id, customer.name)
    for charge in billed_in(customer, month).iterator(chunk_size=CHUNK):
        price, plan = charge.price, charge.price.version.plan
        yield ChargeLine(
            charge_id=charge.public_id,
            account=account,
            subscription=(charge.subscription.public_id, charge.subscription.version.plan.name),
            seller=brand.name,
            issuer=brand.legal_name,
            service=plan.product.name,
            price_id=price.public_id,
            price_code=price.code,
            price_name=price.name,
            kind=price.kind,
            unit=price.unit,
            month=(month.start, month.end),
            period=(charge.period_start, charge.period_end),
            quantity=charge.quantity,
            amount=charge.amount,
            currency=charge.currency,
            includes_tax=price.book.includes_tax,
            reason=charge.reason,
            is_correction=corrects_a_past_month(charge.period_start, charge.created_at, charge.reason, customer.zone),
        )


def first_and_last(customer: Customer) -> tuple[datetime, datetime] | None:
    """The first and the last instant of which `billed_in` and `of_month` can find charges; None without charges."""
    rows = Charge.objects.filter(customer=customer)
    first = rows.order_by("period_start").values_list("period_start", flat=True).first()
    if first is None:
        return None
    last = rows.order_by("-period_start").values_list("period_start", flat=True).first()
    made = rows.exclude(reason="").order_by("-created_at").values_list("created_at", flat=True).first()
    return first, max(at for at in (first, last, made) if at is not None)
