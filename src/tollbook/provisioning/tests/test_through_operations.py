"""The conformance suite again, on the console as it is reached through services and operations: a connector whose
methods are acts, and whose answers are what the operations brought.
"""

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel

from tollbook.base import clock
from tollbook.kernel.errors import NotFound, Refused
from tollbook.provisioning import actions, connections, queries, running
from tollbook.provisioning.conformance import CHECKS, Case, check_all
from tollbook.provisioning.connectors.base import Connector, Done, Observed, Outcome, Ref, Spec
from tollbook.provisioning.connectors.console import Console, ConsoleSettings
from tollbook.provisioning.models import Operation, Service
from tollbook.provisioning.rules import Reason, State
from tollbook.provisioning.tests.conftest import SPEC, Host

Make = Callable[..., Host]
MORE = Spec("server", {"cores": 8, "memory": "16 GB"})


class Through:
    """The console behind services: provision makes a service, the other methods act on it."""

    kind: ClassVar[str] = "through"
    title: ClassVar[str] = "Through operations"
    Settings: ClassVar[type[BaseModel]] = ConsoleSettings

    def __init__(self, settings: Host) -> None:
        self.host = settings

    def provision(self, spec: Spec, key: str) -> Outcome:
        world, party = self.host.world, self.host.party
        connections.deliver(world.plans["server"].plan, self.host.connection, spec)
        earlier = Service.objects.filter(key=key).first()
        if earlier is not None and earlier.spec != spec:
            raise Refused("key_reused", "the key made another thing", param="key")
        if earlier is None:
            party.buys("server", key=key)
        made = actions.provide(party.subscriptions[key], key=key, at=clock.now())
        return self._done(made.public_id)

    def change(self, ref: Ref, spec: Spec, key: str) -> Outcome:
        service = self._service(ref)
        actions.change(service.public_id, spec, key=key, at=clock.now())
        return self._done(service.public_id)

    def suspend(self, ref: Ref) -> Outcome:
        actions.stop(self._service(ref).public_id, reason=Reason.STAFF, at=clock.now())
        return self._done(self._service(ref).public_id)

    def resume(self, ref: Ref) -> Outcome:
        service = self._service(ref)
        if service.state == State.TERMINATED:
            raise Refused("service_over", "it is over", param="ref")
        actions.lift(service.public_id, reason=Reason.STAFF, at=clock.now())
        return self._done(service.public_id)

    def terminate(self, ref: Ref) -> Outcome:
        actions.terminate(self._service(ref).public_id, reason=Reason.STAFF, at=clock.now())
        return self._done(self._service(ref).public_id)

    def observe(self, ref: Ref) -> Observed:
        self._service(ref)
        name = connections.shown_settings(self.host.connection)["name"]
        return Console(ConsoleSettings(name=name, keep=True)).observe(ref)

    def _service(self, ref: Ref) -> Service:
        found = Service.objects.filter(ref=ref.text).first()
        if found is None:
            raise NotFound("not_known", f"there is no {ref.text}", param="ref")
        return found

    def _done(self, public_id: str) -> Done:
        """What the worker does, as long as there is something to do; slow systems are asked until they are done."""
        for _ in range(20):
            running.run_due(clock.now())
            waits = queries.next_due()
            if waits is None:
                break
            clock.set_virtual(max(waits, clock.now()))
        return Done(Ref(queries.by_public_id(public_id).ref))


@pytest.mark.parametrize("weather", [{}, {"slow": True}], ids=["fine", "slow"])
def test_the_console_conforms_through_operations(host: Make, weather: dict[str, Any]) -> None:
    acme = host().weather(**weather)
    assert isinstance(Through(acme), Connector)
    ran = check_all(Case(lambda: Through(acme), SPEC, MORE))
    assert ran == [check.__name__ for check in CHECKS]
    assert acme.things == Service.objects.exclude(ref="").count() > 0
    assert not Operation.objects.filter(queued_at__isnull=False).exists()
