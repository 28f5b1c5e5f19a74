"""A shop: plans that customers order, a console that makes what they deliver, and customers who pay or do not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tollbook.features.actions import set_value
from tollbook.gateways.test import actions as sandbox
from tollbook.gateways.test.models import Entry
from tollbook.invoicing.models import Invoice
from tollbook.kernel.money import plain
from tollbook.orders import actions, drafting, offers, queries
from tollbook.orders.drafting import By, Wish
from tollbook.orders.models import Order
from tollbook.payments import actions as payments
from tollbook.payments import asking
from tollbook.provisioning.tests.conftest import Host, make_host
from tollbook.site.tests.world import World

OLGA = By("olga@acme.example", "portal")
ADA = By("ada@harbour.example", "staff", people=True)
#: The lines that most tests order: a server with a set-up fee, 110 net.
SERVER = {"server": 1}


@dataclass
class Shopper(Host):
    """A customer who orders."""

    sent: int = 0

    def wishes(self, plans: dict[str, int], **more: Any) -> list[Wish]:
        return [Wish(self.world.plans[code].plan, quantity, **more) for code, quantity in plans.items()]

    def drafts(self, plans: dict[str, int] | None = None, *, key: str = "", by: By = OLGA, **more: Any) -> Order:
        """Draft an order of these plans, so many of each (one server)."""
        self.sent += 1
        return drafting.draft(self.party.row, self.wishes(plans or SERVER, **more), key=key or f"o{self.sent}", by=by)

    def places(self, plans: dict[str, int] | None = None, **more: Any) -> Order:
        """Draft and place it."""
        return actions.place(self.drafts(plans, **more).public_id, by=OLGA)

    def again(self, order: Order) -> Order:
        return queries.by_public_id(order.public_id)

    def pays(self, invoice: Invoice | None) -> None:
        """Pay an invoice through the test gateway."""
        assert invoice is not None
        self.sent += 1
        payment = payments.pay_invoice(invoice, "test", key=f"pay{self.sent}")
        asking.send(payment.public_id)
        sandbox.finish(payment.public_id, Entry.Kind.CAPTURE)
        asking.ask(payment.public_id)

    def goes_on(self) -> "Shopper":
        """What the schedule does."""
        actions.go_on_due()
        self.works()
        actions.go_on_due()
        return self

    def became(self, order: Order) -> tuple[str, list[str], list[str]]:
        """The order's state, and those of its subscriptions and services; '-' for none."""
        lines = queries.lines_of(order)
        return (
            self.again(order).state,
            [line.subscription.state if line.subscription else "-" for line in lines],
            [line.service.state if line.service else "-" for line in lines],
        )

    @property
    def totals(self) -> list[tuple[str, str]]:
        """State and total of each document, the first one first."""
        return [(i.state, plain(i.total)) for i in Invoice.objects.filter(customer=self.party.row).order_by("pk")]


@pytest.fixture
def shop(world: World) -> Callable[..., Shopper]:
    """`shop("acme")`: a customer of a brand that offers a server (10 a month in advance, 100 once) and support."""

    def make(reference: str = "acme", **settings: str) -> Shopper:
        for key, value in settings.items():
            set_value(f"orders.{key}", value)
        if "server" not in world.plans:
            world.plan("server", world.monthly("31", in_advance=True), world.once("100", in_advance=True))
            world.plan("support", world.monthly("5"))
            world.plan("secret", world.monthly("1"))
            for code in ("server", "support"):
                offers.offer(world.plans[code].plan, text=f"Our {code}", by=ADA)
        host = make_host(world, reference)
        return Shopper(host.world, host.party, host.connection)

    return make
