"""Customers who do not pay, and what dunning says and does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tollbook.catalog.models import Product
from tollbook.dunning.actions import dun_due, resume_due
from tollbook.dunning.models import Notice, Step
from tollbook.dunning.policies import say
from tollbook.dunning.policy import Level
from tollbook.dunning.policy_text import from_text
from tollbook.gateways.test import actions as sandbox
from tollbook.gateways.test.gateway import GOOD_TOKEN
from tollbook.gateways.test.models import Entry
from tollbook.invoicing.models import Invoice
from tollbook.kernel.money import Money, plain
from tollbook.payments import actions, asking
from tollbook.payments.agreements import agree_to_collect
from tollbook.site.tests.world import Party, World, instant

#: What most stories live under: two reminders, a fee, a stop and an end.
STRICT = {
    "reminders": "-3 email, 1 email+portal, 7 email",
    "fee_after": "10",
    "fee_fixed": "EUR 5",
    "fee_product": "late-fees",
    "suspend_after": "14",
    "terminate_after": "30",
}


@dataclass
class Debtor:
    """A customer and its services; what was done, as plain values."""

    world: World
    party: Party
    transfers: int = field(default=0)

    @property
    def row(self) -> Any:
        return self.party.row

    @property
    def invoices(self) -> list[Invoice]:
        return [invoice for invoice in self.party.invoices if invoice.kind == Invoice.Kind.INVOICE]

    def pays(self, amount: str, number: int = 0) -> None:
        """A bank transfer for the invoice of that place."""
        self.transfers += 1
        money, reference = Money(Decimal(amount), "EUR"), f"{self.row.reference}-{self.transfers}"
        actions.receive(self.row, money, "manual", reference, invoice=self.invoices[number])

    def saves_card(self, token: str = GOOD_TOKEN) -> None:
        """Pay an invoice of 123 EUR with a card that may be kept, and charged for invoices."""
        payment = actions.pay_invoice(self.invoices[-1], "test", key="card", keep_method=True)
        asking.send(payment.public_id)
        sandbox.finish(payment.public_id, Entry.Kind.CAPTURE)
        asking.ask(payment.public_id, "hint")
        agree_to_collect(self.row)

    def state(self, key: str = "rent") -> str:
        """The state of a service."""
        found = self.party.subscriptions[key]
        found.refresh_from_db()
        return str(found.state)

    @property
    def steps(self) -> list[tuple[str, int, str, str]]:
        """(kind, number, day of the act, outcome) of each step in the order of the acts."""
        rows = Step.objects.filter(customer=self.row).order_by("pk")
        return [(s.kind, s.number, f"{s.taken_at:%m-%d}", s.outcome) for s in rows]

    @property
    def told(self) -> list[str]:
        """Titles of what the customer was told."""
        return list(Notice.objects.filter(customer=self.row).order_by("pk").values_list("title", flat=True))

    @property
    def fees(self) -> list[str]:
        """Totals of the late fees."""
        rows = Step.objects.filter(customer=self.row, fee_invoice__isnull=False).order_by("pk")
        return [plain(step.fee_invoice.total) for step in rows if step.fee_invoice]


@pytest.fixture
def policy(world: World) -> Callable[..., None]:
    """`policy(reminders="1 email")`: say fields of the brand's policy, or of `level` and `name`; the product of late fees
    exists.
    """

    def set_(level: Level = Level.BRAND, name: str = "", **fields: str) -> None:
        Product.objects.get_or_create(brand=world.brand, code="late-fees", defaults={"name": "Late fees"})
        changes = {key: from_text(key, text) for key, text in fields.items()}
        say(level, name or world.brand.public_id, changes)

    return set_


@pytest.fixture
def debtor(world: World) -> Callable[..., Debtor]:
    """`debtor("acme")`: rents since 1 May, and owes an invoice of 123 EUR of 1 June, due on 15 June."""

    def make(reference: str = "acme", close: bool = True, **more: Any) -> Debtor:
        if "rent" not in world.plans:
            world.plan("rent", world.monthly("100"))
        party = world.customer(reference, **more).buys("rent", "2026-05-01")
        if close:
            world.on(max(world.now, instant("2026-06-01"))).close()
        return Debtor(world, party)

    return make


@pytest.fixture
def days(world: World) -> Callable[..., None]:
    """`days("2026-07-01")`: let the days pass up to and with that one, at 6 o'clock each; every night dunning runs."""

    def pass_(until: str, *, bill: bool = False) -> None:
        last = instant(until).replace(hour=6)
        while (at := (world.now + timedelta(days=1)).replace(hour=6, minute=0)) <= last:
            world.on(at)
            world.charge()
            if bill:
                world.bill()
            dun_due(at)
            resume_due(at)

    return pass_
