"""A customer with a webhook at a receiver."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tollbook.customers.models import Customer
from tollbook.notifications.actions import hand_on, tell
from tollbook.site.tests.world import World
from tollbook.webhooks.actions import Secret, add
from tollbook.webhooks.delivering import deliver
from tollbook.webhooks.models import Delivery
from tollbook.webhooks.queries import Holder
from tollbook.webhooks.tests.receiver import Receiver, receiving


@dataclass
class Post:
    """Facts told and sent, as stories say it."""

    customer: Customer
    settings: Any

    def add(self, receiver: Receiver, *kinds: str, customer: Customer | None = None, brand: bool = False) -> Secret:
        """A webhook of the customer (or of its brand) at the receiver, which may be called from now on."""
        self.settings.OUTBOUND_ALLOW = frozenset({*self.settings.OUTBOUND_ALLOW, receiver.address})
        whose = None if brand else customer or self.customer
        return add(Holder(self.customer.brand, whose), receiver.url, kinds=kinds)

    def tell(self, thing: str = "wal_a", balance: str = "4.20", customer: Customer | None = None) -> None:
        """A wallet of the customer is low."""
        whose = customer or self.customer
        tell("wallet.low", whose.pk, thing, {"balance": balance, "currency": "EUR"})

    def send(self) -> int:
        """Hand on what was told and send what is due; how many attempts."""
        hand_on()
        return deliver()

    def states(self) -> list[tuple[str, str, int]]:
        """(thing, state, attempts) of every delivery."""
        return list(Delivery.objects.order_by("pk").values_list("object_id", "state", "attempts"))


@pytest.fixture
def post(world: World, settings: Any) -> Post:
    return Post(world.customer("acme").row, settings)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def other() -> Iterator[Receiver]:
    """A second receiver."""
    with receiving() as found:
        yield found
