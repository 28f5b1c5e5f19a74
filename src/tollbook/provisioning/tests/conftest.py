"""Customers with services that a console runs, and the weather that the console has."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from tollbook.base import clock
from tollbook.provisioning import actions, connections, queries, running
from tollbook.provisioning.connectors.base import Condition, Observed, Ref, Spec
from tollbook.provisioning.connectors.console import Console, ConsoleSettings, kept_in
from tollbook.provisioning.models import Connection, Operation, Service
from tollbook.provisioning.rules import Reason
from tollbook.site.tests.world import Party, World
from tollbook.subscriptions.models import Subscription

SPEC = Spec("server", {"cores": 2, "memory": "4 GB"})


@dataclass
class Host:
    """A customer with a server, which a console runs."""

    world: World
    party: Party
    connection: Connection
    made: list[Service] = field(default_factory=list)

    @property
    def service(self) -> Service:
        """The first service as it is now."""
        return queries.by_public_id(self.made[0].public_id)

    @property
    def subscription(self) -> Subscription:
        return Subscription.objects.get(pk=self.made[0].subscription_id)

    @property
    def id(self) -> str:
        return str(self.made[0].public_id)

    @property
    def seen(self) -> Observed:
        """What the other system says of the service, whatever the weather."""
        fine = Console(ConsoleSettings(name=connections.shown_settings(self.connection)["name"], keep=True))
        return fine.observe(Ref(self.service.ref))

    @property
    def there(self) -> str:
        """In what state the other system says that the service is."""
        return self.seen.condition

    @property
    def things(self) -> int:
        """How many things the other system has ever made."""
        kept = kept_in(connections.shown_settings(self.connection)["name"])
        return len(json.loads(kept.read_text())["things"]) if kept.exists() else 0

    @property
    def told(self) -> list[str]:
        """Every operation with its progress, the first one first: "provision done"."""
        return [f"{o.verb} {o.progress}" for o in Operation.objects.filter(service__in=self.made).order_by("pk")]

    @property
    def state(self) -> tuple[str, str]:
        """The service's and its subscription's."""
        return self.service.state, self.subscription.state

    @property
    def last(self) -> Operation:
        """The last operation."""
        return Operation.objects.filter(service__in=self.made).order_by("-pk")[0]

    def weather(self, **settings: Any) -> "Host":
        """Let the console be busy, slow, silent, or refuse a kind; fine without settings."""
        name = connections.shown_settings(self.connection)["name"]
        fine = {"name": name, "keep": True}
        self.connection = connections.configure(self.connection.public_id, {**fine, **settings})
        return self

    def orders(self, key: str = "server", plan: str = "server") -> "Host":
        """Subscribe and have it provided."""
        self.party.buys(plan, key=key)
        self.made.append(actions.provide(self.party.subscriptions[key], key=key, at=clock.now()))
        return self

    def works(self) -> "Host":
        """Do what is due now."""
        running.run_due(clock.now())
        return self

    def waits(self, **time: float) -> "Host":
        """Let time pass in steps of a minute at most, and do what falls due."""
        until = clock.now() + timedelta(**time)
        for _ in range(10_000):
            due = queries.next_due()
            if due is None or due > until:
                break
            clock.set_virtual(max(due, clock.now()))
            self.works()
        clock.set_virtual(until)
        return self.works()

    def stops(self, reason: Reason = Reason.CUSTOMER) -> "Host":
        actions.stop(self.id, reason=reason, at=clock.now())
        return self

    def lifts(self, reason: Reason = Reason.CUSTOMER) -> "Host":
        actions.lift(self.id, reason=reason, at=clock.now())
        return self

    def ends(self) -> "Host":
        actions.terminate(self.id, reason=Reason.STAFF, at=clock.now())
        return self

    def gone(self) -> bool:
        """Whether the other system has no such thing any more."""
        return self.there == Condition.GONE


def make_host(world: World, reference: str = "acme", *, customer_stops: bool = True) -> Host:
    """A customer, and a plan "server" that a console of its own delivers."""
    if "server" not in world.plans:
        world.plan("server", world.monthly("10", in_advance=True))
    settings = {"name": uuid.uuid4().hex, "keep": True}
    made = connections.connect(world.brand, "console", f"Console of {reference}", settings)
    connections.deliver(world.plans["server"].plan, made, SPEC, customer_stops=customer_stops)
    return Host(world, world.customer(reference), made)


@pytest.fixture
def host(world: World) -> Callable[..., Host]:
    """`host("acme")`: see `make_host`."""
    return lambda *names, **how: make_host(world, *names, **how)
