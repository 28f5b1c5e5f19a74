"""Two workers, two people, one service: it is made, stopped and ended once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from tollbook.base import clock
from tollbook.kernel.errors import TollbookError
from tollbook.provisioning import actions, by_hand, running
from tollbook.provisioning.models import Call, Operation, Service, Stop
from tollbook.provisioning.rules import Reason
from tollbook.provisioning.tests.conftest import Host
from tollbook.subscriptions.models import Subscription

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Host]
AtOnce = Callable[..., list[Any]]


@pytest.fixture(autouse=True)
def no_endless_waits(db: None) -> None:
    """A lock that is never given up fails the test instead of hanging it."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '20s'")


def errors(found: list[Any]) -> list[str]:
    return [
        each.code if isinstance(each, TollbookError) else repr(each) for each in found if isinstance(each, Exception)
    ]


def test_one_key_provides_one_service(host: Make, at_once: AtOnce) -> None:
    acme = host()
    acme.party.buys("server")
    bought, at = acme.party.subscriptions["server"], clock.now()
    found = at_once(*[lambda: actions.provide(bought, key="server", at=at)] * 5)
    assert (errors(found), Service.objects.count(), Operation.objects.count()) == ([], 1, 1)


def test_workers_at_once_call_once(host: Make, at_once: AtOnce) -> None:
    acme = host().orders()
    number = acme.last.public_id
    at_once(*[lambda: running.run(number)] * 5)
    running.run(number)
    assert (Call.objects.count(), acme.things, acme.told) == (1, 1, ["provision done"])


def test_stopped_at_once_it_is_stopped_once(host: Make, at_once: AtOnce) -> None:
    acme = host().orders().works()
    at = clock.now()
    found = at_once(*[lambda: actions.stop(acme.id, reason=Reason.DUNNING, at=at)] * 5)
    assert (errors(found), Stop.objects.count(), acme.told[1:]) == ([], 1, ["suspend waiting"])


def test_a_stop_and_a_lift_of_two_reasons_at_once(host: Make, at_once: AtOnce) -> None:
    acme = host().orders().works().stops(Reason.DUNNING).works()
    at = clock.now()
    found = at_once(
        lambda: actions.lift(acme.id, reason=Reason.DUNNING, at=at),
        lambda: actions.stop(acme.id, reason=Reason.CUSTOMER, at=at),
        acme.works,
    )
    assert errors(found) == []
    acme.works()
    assert (acme.state, acme.there) == (("suspended", "suspended"), "suspended")


def test_ended_at_once_it_ends_once(host: Make, at_once: AtOnce) -> None:
    acme = host().orders().works()
    at = clock.now()
    found = at_once(*[lambda: actions.terminate(acme.id, reason=Reason.STAFF, at=at)] * 4, acme.works)
    acme.works()
    assert (errors(found), acme.told[1:], acme.gone()) == ([], ["terminate done"], True)
    assert Subscription.objects.get().state == "ended"


def test_people_and_a_worker_at_once(host: Make, at_once: AtOnce) -> None:
    acme = host().weather(refuse="server").orders().works().weather()
    number = acme.last.public_id
    found = at_once(
        lambda: by_hand.complete(number, ref="rack-1", reason="made", actor="a", door="staff"),
        lambda: by_hand.fail(number, reason="no", actor="b", door="staff"),
    )
    assert errors(found) == ["operation_ended"]
    assert acme.told in (["provision done"], ["provision failed"])
