"""Orders that nobody pays: reminded of, then cancelled; money that comes too late is credit."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tollbook.features.actions import set_value
from tollbook.gateways.test import actions as sandbox
from tollbook.gateways.test.models import Entry
from tollbook.identity.queries import trail
from tollbook.kernel.money import Money
from tollbook.orders import actions, expiring
from tollbook.orders.tests.conftest import ADA, Shopper
from tollbook.payments import actions as payments
from tollbook.payments import asking, tidying
from tollbook.payments import queries as paid
from tollbook.site.tests.world import World, instant

Make = Callable[..., Shopper]


def due(acme: Shopper, on: str) -> tuple[int, int]:
    return expiring.run_due(acme.world.on(on).now)


def test_reminded_when_half_the_time_is_over_and_then_cancelled(shop: Make) -> None:
    acme = shop(pay_days=10)
    order = acme.places()
    assert due(acme, "2026-05-05 23:59") == (0, 0)
    assert [due(acme, "2026-05-06"), due(acme, "2026-05-07")] == [(1, 0), (0, 0)]
    assert due(acme, "2026-05-10 23:59") == (0, 0)
    assert [due(acme, "2026-05-11"), due(acme, "2026-05-12")] == [(0, 1), (0, 0)]
    assert acme.became(order) == ("cancelled", ["ended"], ["-"])
    assert (acme.again(order).note, acme.totals) == (
        "Not paid by 2026-05-11", [("void", "161.13"), ("issued", "161.13")],
    )  # fmt: skip
    told = [(each.verb, each.actor) for each in trail(order.public_id)][:2]
    assert told == [("order.cancel", "system"), ("order.remind", "system")]


@pytest.mark.parametrize(
    ("settings", "why"),
    [({"pay_days": 0}, "never"), ({"payment": "on_account"}, "on account"), ({"accept": "by_people"}, "not accepted")],
)
def test_what_is_not_cancelled(shop: Make, settings: dict[str, Any], why: str) -> None:
    acme = shop(**settings)
    order = acme.places()
    state = acme.again(order).state
    acme.works()
    assert due(acme, "2027-05-01") == (0, 0), why
    assert acme.again(order).state == state


def test_what_was_said_when_it_was_accepted_holds(shop: Make) -> None:
    acme = shop(pay_days=10)
    order = acme.places()
    set_value("orders.pay_days", 1)
    assert due(acme, "2026-05-03") == (0, 0)
    assert acme.again(order).pay_by == instant("2026-05-11")


def test_what_is_paid_goes_on(shop: Make) -> None:
    acme = shop(pay_days=10)
    order = acme.places()
    acme.pays(acme.again(order).invoice)
    assert due(acme, "2026-06-01") == (0, 0)
    acme.goes_on()
    assert acme.became(order) == ("done", ["active"], ["active"])


def test_a_payment_under_way_is_waited_for(shop: Make) -> None:
    acme = shop(pay_days=10)
    order = acme.places()
    invoice = acme.again(order).invoice
    assert invoice
    payment = payments.pay_invoice(invoice, "test", key="slow")
    asking.send(payment.public_id)
    assert due(acme, "2026-05-12") == (1, 0)
    sandbox.finish(payment.public_id, Entry.Kind.CANCEL)
    asking.ask(payment.public_id)
    assert due(acme, "2026-05-13") == (0, 1)


def test_late_money_is_credit(shop: Make) -> None:
    acme = shop(pay_days=10)
    order = acme.places()
    invoice = acme.again(order).invoice
    assert invoice
    payment = payments.pay_invoice(invoice, "test", key="late")
    asking.send(payment.public_id)
    sandbox.finish(payment.public_id, Entry.Kind.FAILURE)
    asking.ask(payment.public_id)
    assert due(acme, "2026-05-12") == (1, 1)
    # A transfer that names the invoice, after the order is gone.
    payments.receive(acme.party.row, Money(Decimal("161.13"), "EUR"), "manual", "bank-1", invoice=invoice)
    tidying.tidy()
    assert [str(each) for each in paid.credit(acme.party.row)] == ["161.13 EUR"]
    assert acme.became(order) == ("cancelled", ["ended"], ["-"])


def test_a_part_that_was_paid_is_credit(shop: Make) -> None:
    acme = shop(pay_days=10)
    order = acme.places()
    invoice = acme.again(order).invoice
    assert invoice
    payments.receive(acme.party.row, Money(Decimal(61), "EUR"), "manual", "bank-1", invoice=invoice)
    assert due(acme, "2026-05-12") == (1, 1)
    tidying.tidy()
    assert [str(each) for each in paid.credit(acme.party.row)] == ["61.00 EUR"]


def test_it_is_on_the_pages(shop: Make, portal: Any) -> None:
    acme = shop(pay_days=10)
    order = acme.places()
    see = portal(acme.party.row)
    told = see.owner.get("/portal/").content.decode()
    assert "An order of €161.13 waits to be paid" in told
    assert "it is cancelled" in see.owner.get(f"/portal/orders/{order.public_id}/").content.decode()
    due(acme, "2026-05-06")
    assert "Remind to be paid by 2026-05-11" in see.read(f"/staff/orders/{order.public_id}/")
    actions.cancel(order.public_id, reason="no", by=ADA)
    assert "An order of" not in see.owner.get("/portal/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_paid_and_expired_at_once(world: World, shop: Make, at_once: Callable[..., list[Any]]) -> None:
    """Either it is paid in time, or it is cancelled and the money is credit: never both, and nothing is lost."""
    acme = shop(pay_days=10)
    order = acme.places()
    invoice = acme.again(order).invoice
    assert invoice
    world.on("2026-05-12")
    expiring.run_due(world.now - timedelta(days=2))
    pay = lambda: payments.receive(acme.party.row, Money(invoice.total, "EUR"), "manual", "b", invoice=invoice)  # noqa: E731
    found = at_once(pay, lambda: expiring.run_due(world.now))
    assert not [each for each in found if isinstance(each, Exception)]
    tidying.tidy()
    credit = [str(each) for each in paid.credit(acme.party.row)]
    assert (acme.again(order).state, credit) in [("accepted", []), ("cancelled", ["161.13 EUR"])]
