"""What an order costs at once: it is carried out by the functions that charge and invoice, and undone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from tollbook.charging.actions import charge_customers
from tollbook.customers.models import Customer
from tollbook.invoicing.actions import drafts_for
from tollbook.orders.models import Line
from tollbook.orders.papers import told
from tollbook.promotions.actions import redeem
from tollbook.subscriptions.actions import start
from tollbook.subscriptions.models import Subscription


@dataclass(frozen=True, slots=True)
class Due:
    """What is due of a line at once: the name of a price, and its rounded net."""

    name: str
    net: Decimal


@dataclass(frozen=True, slots=True)
class Estimate:
    """What lines cost at once, rounded and taxed as their invoice will be; `lines` in the order of those given."""

    lines: tuple[tuple[Due, ...], ...]
    net: Decimal
    tax: Decimal
    #: The proforma over it, as `papers.told` says; empty where nothing is due, or it was not asked for.
    paper: str = ""


def begin(customer: Customer, lines: Sequence[Line], at: datetime, *, by: str, door: str) -> list[Subscription]:
    """Subscribe the customer to the plans of these lines and redeem their codes, each once.

    Raises what `subscriptions.actions.start` and `promotions.actions.redeem` raise.
    """
    made = []
    for line in lines:
        started = start(customer, line.version, key=line.key, at=at, months=line.months, alignment=line.alignment)
        if line.code:
            redeem(started.public_id, line.code, by=by, door=door)
        made.append(started)
    return made


def estimate(customer: Customer, lines: Sequence[Line], at: datetime, order_id: str = "") -> Estimate:
    """What the lines would cost the customer if they were accepted at `at`, with the proforma of the order of that
    public id, if one is given. Nothing stays of it. Raises what `begin` raises, and Refused "tax_rate_missing".
    """
    with transaction.atomic():
        made = begin(customer, lines, at, by="estimate", door="estimate")
        charge_customers([customer.pk], at)
        drafts = drafts_for([customer.pk], at, [each.pk for each in made])
        paper = told(drafts[0], order_id, at) if drafts and order_id else ""
        transaction.set_rollback(True)
    due: dict[int, list[Due]] = {each.pk: [] for each in made}
    for draft in drafts:
        for line in draft.lines:
            due[line.first.subscription_id].append(Due(line.price.name, line.net))
    return Estimate(
        tuple(tuple(due[each.pk]) for each in made),
        sum((draft.net for draft in drafts), Decimal(0)),
        sum((draft.tax for draft in drafts), Decimal(0)),
        paper,
    )
