"""Orders from the first draft to what runs: priced, placed once, paid, provisioned, or as if they had never been."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from tollbook.base import clock
from tollbook.features.actions import set_value
from tollbook.gateways.test import actions as sandbox
from tollbook.gateways.test.models import Entry
from tollbook.invoicing.models import Invoice
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import Money
from tollbook.ledger.queries import balance_of
from tollbook.ledger.rules import AccountKind
from tollbook.orders import actions, drafting, offers, queries
from tollbook.orders.drafting import Wish
from tollbook.orders.models import Line, Order
from tollbook.orders.rules import Payment, payment_for
from tollbook.orders.tests.conftest import ADA, OLGA, Shopper
from tollbook.payments import asking, deposits
from tollbook.payments.actions import receive
from tollbook.payments.applying import By as Desk
from tollbook.payments.models import Deposit
from tollbook.promotions.actions import NewPromotion, create
from tollbook.promotions.models import Redemption
from tollbook.promotions.rules import Kind
from tollbook.provisioning import by_hand, connections
from tollbook.provisioning import queries as services
from tollbook.provisioning.connectors.base import Spec
from tollbook.provisioning.models import Service
from tollbook.subscriptions.models import Subscription

Make = Callable[..., Shopper]


def code(call: Callable[[], object], kind: type[Refused] | type[NotFound] = Refused) -> str:
    with pytest.raises(kind) as refused:
        call()
    return refused.value.code


def test_a_draft_tells_what_it_costs_and_agrees_nothing(shop: Make) -> None:
    acme = shop()
    order = acme.drafts({"server": 2, "support": 1})
    assert (order.state, order.net, order.tax, order.total) == ("draft", 262, Decimal("60.26"), Decimal("322.26"))
    assert [(line.net, [d["name"] for d in line.due]) for line in queries.lines_of(order)] == [
        (131, ["Fee", "Setup"]), (131, ["Fee", "Setup"]), (0, []),
    ]  # fmt: skip
    assert not Subscription.objects.exists() and not Service.objects.exists() and not Invoice.objects.exists()


def test_paid_first_it_is_provisioned_when_it_is_paid(shop: Make) -> None:
    acme = shop()
    order = acme.places()
    assert acme.became(order) == ("accepted", ["active"], ["-"])
    assert acme.totals == [("issued", "161.13")]
    acme.goes_on()
    assert acme.became(order) == ("accepted", ["active"], ["-"])
    acme.pays(acme.again(order).invoice)
    acme.goes_on()
    assert acme.became(order) == ("done", ["active"], ["active"])
    assert acme.things == 1
    acme.goes_on()
    assert (acme.became(order), acme.things, acme.totals) == (("done", ["active"], ["active"]), 1, [("paid", "161.13")])


def test_the_invoice_is_what_was_estimated_and_of_the_order_alone(shop: Make) -> None:
    acme = shop()
    acme.world.plan("old", acme.world.monthly("70", in_advance=True))
    acme.party.buys("old")
    acme.world.on("2026-05-11")
    order = acme.drafts({"server": 1, "support": 3})
    # 21 of 31 days of 31, and 100 once.
    assert (order.net, order.total) == (121, Decimal("148.83"))
    actions.place(order.public_id, by=OLGA)
    assert acme.totals == [("issued", "148.83")]
    acme.world.close()
    assert acme.totals == [("issued", "148.83"), ("issued", "86.1")]


def test_on_account_it_is_provisioned_at_once(shop: Make) -> None:
    acme = shop(payment="on_account")
    order = acme.places()
    assert (acme.became(order), acme.totals) == (("provisioning", ["active"], ["pending"]), [])
    acme.goes_on()
    assert acme.became(order) == ("done", ["active"], ["active"])
    acme.world.close()
    assert acme.totals == [("issued", "161.13")]


def test_where_nothing_is_due_nothing_is_paid_first(shop: Make) -> None:
    acme = shop()
    order = acme.places({"support": 1})
    assert (acme.became(order), acme.totals) == (("done", ["active"], ["-"]), [])


def test_what_was_paid_before_pays_the_order(shop: Make) -> None:
    acme = shop()
    receive(acme.party.row, Money(Decimal("161.13"), "EUR"), "manual", "bank-1")
    order = acme.places()
    assert (acme.became(order), acme.totals) == (("provisioning", ["active"], ["pending"]), [("paid", "161.13")])


def test_people_accept(shop: Make) -> None:
    acme = shop(accept="by_people", payment="on_account")
    order = acme.places()
    assert acme.became(order) == ("placed", ["-"], ["-"])
    acme.goes_on()
    assert acme.again(order).state == "placed"
    for _ in range(2):
        actions.accept(order.public_id, by=ADA)
    acme.goes_on()
    assert acme.became(order) == ("done", ["active"], ["active"])
    assert code(lambda: actions.accept(acme.drafts().public_id, by=ADA)) == "invalid_transition"


def test_placed_twice_it_is_placed_once(shop: Make) -> None:
    acme = shop(payment="on_account")
    order = acme.drafts(key="cart")
    for _ in range(3):
        actions.place(order.public_id, by=OLGA)
    assert acme.drafts(key="cart").pk == order.pk
    assert (Order.objects.count(), Subscription.objects.count(), Service.objects.count()) == (1, 1, 1)
    assert code(lambda: acme.drafts({"support": 1}, key="cart")) == "order_key_conflict"


def test_what_costs_something_else_now_is_looked_at_again(shop: Make) -> None:
    acme = shop()
    order = acme.drafts()
    acme.world.on("2026-05-02")
    assert code(lambda: actions.place(order.public_id, by=OLGA)) == "estimate_changed"
    assert (acme.again(order).state, Subscription.objects.count()) == ("draft", 0)
    drafting.estimate_again(order.public_id, by=OLGA)
    assert actions.place(order.public_id, by=OLGA).state == "accepted"
    assert acme.totals == [("issued", "159.9")]
    other = acme.drafts()
    acme.world.plan(
        "server", acme.world.monthly("31", in_advance=True), acme.world.once("100", in_advance=True),
        acme.world.monthly("9", "care"),
    )  # fmt: skip
    # It costs the same at once, but another version is sold.
    assert code(lambda: actions.place(other.public_id, by=OLGA)) == "estimate_changed"
    assert code(lambda: drafting.estimate_again(order.public_id, by=OLGA)) == "order_not_draft"


def test_a_code_counts_in_the_estimate_and_in_the_invoice(shop: Make) -> None:
    acme = shop()
    create(acme.world.brand, NewPromotion("HALF", "Half", Kind.PERCENT, Decimal(50)))
    order = acme.drafts(code="half")
    assert (order.net, Redemption.objects.count()) == (Decimal("65.5"), 0)
    actions.place(order.public_id, by=OLGA)
    assert (acme.totals, Redemption.objects.get().redeemed_by) == ([("issued", "80.57")], OLGA.actor)
    redeemed = Redemption.objects.get().subscription
    assert redeemed is not None and redeemed.order_line.order_id == order.pk
    assert code(lambda: acme.drafts(code="NONE"), NotFound) == "promotion_not_found"


def test_a_code_that_has_a_limit_is_refused_before_anything_is_agreed(shop: Make) -> None:
    acme = shop()
    create(acme.world.brand, NewPromotion("ONCE", "Once", Kind.SETUP, limit_customer=1))
    assert code(lambda: acme.drafts({"server": 2}, code="ONCE")) == "promotion_used_up"
    assert (Order.objects.count(), Redemption.objects.count(), Subscription.objects.count()) == (0, 0, 0)


def test_a_draft_is_cancelled(shop: Make) -> None:
    acme = shop()
    order = acme.drafts()
    for _ in range(2):
        actions.cancel(order.public_id, reason="changed my mind", by=OLGA)
    assert acme.again(order).state == "cancelled"
    assert code(lambda: actions.place(order.public_id, by=OLGA)) == "order_cancelled"


def test_cancelled_before_it_is_paid_it_is_as_if_it_had_never_been(shop: Make) -> None:
    acme = shop()
    acme.world.plan("old", acme.world.monthly("70", in_advance=True))
    acme.party.buys("old")
    acme.world.close().on("2026-05-03")
    order = acme.places({"server": 1, "support": 1})
    assert acme.totals == [("issued", "86.1"), ("issued", "158.67")]
    acme.world.on("2026-05-09")
    actions.cancel(order.public_id, reason="not paid", by=ADA)
    assert acme.became(order) == ("cancelled", ["ended", "ended"], ["-", "-"])
    # The customer goes on with something else, and yet owes nothing of the order from now on.
    assert acme.totals == [("issued", "86.1"), ("void", "158.67"), ("issued", "158.67")]
    acme.world.on("2026-06-01").close()
    assert acme.totals[3:] == [("issued", "86.1")]
    assert balance_of(acme.world.brand.pk, AccountKind.RECEIVABLE, "EUR", acme.party.row.public_id) == Decimal("172.2")


def test_what_is_paid_or_provisioned_is_not_cancelled(shop: Make) -> None:
    acme = shop()
    order = acme.places()
    acme.pays(acme.again(order).invoice)
    assert code(lambda: actions.cancel(order.public_id, reason="no", by=ADA)) == "order_paid"
    acme.goes_on()
    assert code(lambda: actions.cancel(order.public_id, reason="no", by=ADA)) == "invalid_transition"
    assert acme.became(order) == ("done", ["active"], ["active"])


def test_a_paid_order_that_cannot_be_made_says_why_and_keeps_nobody_waiting(shop: Make) -> None:
    acme, bolt = shop(), shop("bolt")
    # Each shop gave the plan a console of its own; the last one counts.
    first, second = acme.places(), bolt.places()
    acme.pays(acme.again(first).invoice)
    connections.retire(bolt.connection.public_id)
    bolt.pays(bolt.again(second).invoice)
    acme.goes_on()
    assert (acme.again(first).state, acme.again(first).note[:10]) == ("accepted", "connection")
    connections.deliver(acme.world.plans["server"].plan, acme.connection, Spec("server", {}), customer_stops=True)
    acme.goes_on()
    assert (acme.became(first)[0], bolt.became(second)[0], acme.again(first).note) == ("done", "done", "")


def test_options_reach_what_is_made(shop: Make) -> None:
    acme = shop(payment="on_account")
    plan = acme.world.plans["server"].plan
    connections.deliver(plan, acme.connection, Spec("server", {"cores": 2}), asks=["hostname"])
    assert code(lambda: acme.drafts()) == "options_wrong"
    assert code(lambda: acme.drafts(options={"cores": "64", "hostname": "a"})) == "options_wrong"
    assert code(lambda: acme.drafts({"support": 1}, options={"hostname": "a"})) == "options_wrong"
    order = acme.places(options={"hostname": "web1"})
    acme.goes_on()
    assert services.services_of(queries.lines_of(order)[0].subscription_id or 0)[0].spec == Spec(
        "server", {"cores": 2, "hostname": "web1"}
    )


def test_what_cannot_be_ordered(shop: Make) -> None:
    acme = shop()
    assert code(lambda: acme.drafts({"secret": 1})) == "not_offered"
    assert acme.drafts({"secret": 1}, by=ADA).state == "draft"
    assert code(lambda: acme.drafts({"server": 0})) == "bad_quantity"
    assert code(lambda: acme.drafts({"server": 15, "support": 15})) == "order_too_long"
    assert code(lambda: drafting.draft(acme.party.row, [], key="k", by=OLGA)) == "order_empty"
    assert code(lambda: acme.drafts(months=12)) == "months_by_people"
    assert acme.drafts(months=12, by=ADA).lines.get().months == 12
    offers.withdraw(acme.world.plans["server"].plan, by=ADA)
    assert code(lambda: acme.drafts()) == "not_offered"
    assert [each.plan.code for each in queries.offers(acme.party.row)[1]] == ["support"]


def test_sign_up_payment(shop: Make) -> None:
    acme = shop(payment="on_account")
    set_value("customers.signup_payment", True)
    first = acme.places()
    assert (acme.again(first).payment, acme.became(first)[0]) == ("pay_first", "accepted")
    acme.pays(acme.again(first).invoice)
    acme.goes_on()
    second = acme.places()
    assert (acme.again(second).payment, acme.became(second)[0]) == ("on_account", "provisioning")


@pytest.mark.parametrize(
    ("usual", "sign_up", "has_paid", "expected"),
    [
        (Payment.FIRST, False, True, Payment.FIRST),
        (Payment.ON_ACCOUNT, False, False, Payment.ON_ACCOUNT),
        (Payment.ON_ACCOUNT, True, False, Payment.FIRST),
        (Payment.ON_ACCOUNT, True, True, Payment.ON_ACCOUNT),
    ],
)
def test_when_it_is_paid(usual: Payment, sign_up: bool, has_paid: bool, expected: Payment) -> None:
    assert payment_for(usual, sign_up=sign_up, has_paid=has_paid) is expected


def test_the_whole_story(shop: Make) -> None:
    """Order, pay, provision; the other system is down: tries, a task for people, done."""
    acme = shop()
    order = acme.places()
    acme.pays(acme.again(order).invoice)
    acme.weather(busy=True)
    acme.goes_on()
    assert acme.became(order) == ("provisioning", ["active"], ["pending"])
    began = clock.now()
    acme.waits(days=1)
    (task,) = services.for_people()
    assert (task.verb, task.calls, task.queued_at and (task.queued_at - began).total_seconds() / 60) == (
        "provision",
        8,
        463,
    )
    actions.go_on_due()
    assert acme.again(order).state == "provisioning"
    by_hand.retry(task.public_id, actor="ada", door="staff")
    acme.weather()
    acme.goes_on()
    assert acme.became(order) == ("done", ["active"], ["active"])
    assert (acme.things, acme.totals) == (1, [("paid", "161.13")])


def test_one_of_another_brand(shop: Make) -> None:
    from tollbook.brands.models import Brand
    from tollbook.catalog.actions import plan

    acme = shop()
    other = Brand.objects.create(
        code="other", name="Other", legal_name="Other Ltd", vat_id="IE1234567FA", email="b@other.example",
        currency="EUR", street="1 Quay Street", city="Galway", postcode="H91 X2Y3", country="IE",
    )  # fmt: skip
    foreign = plan(other, "x", "X", "x", "X")
    assert code(lambda: drafting.draft(acme.party.row, [Wish(foreign)], key="k", by=ADA)) == "other_brand"
    assert not Line.objects.exists()


def test_who_owes_a_deposit_orders_when_it_is_paid(shop: Make) -> None:
    set_value("payments.deposit", {"EUR": "25.00"})
    set_value("customers.signup_payment", True)
    acme = shop(payment="on_account")
    order = acme.drafts()
    assert code(lambda: actions.place(order.public_id, by=OLGA)) == "deposit_unpaid"
    assert (acme.again(order).state, acme.totals) == ("draft", [])
    payment = deposits.pay(acme.party.row, "test", key="dep")
    asking.send(payment.public_id)
    sandbox.finish(payment.public_id, Entry.Kind.CAPTURE)
    asking.ask(payment.public_id)
    actions.place(order.public_id, by=OLGA)
    assert (acme.again(order).payment, acme.became(order)[0]) == ("on_account", "provisioning")
    deposits.reject(Deposit.objects.get().public_id, reason="No such address", by=Desk("ada@harbour.example", "staff"))
    other = acme.drafts()
    assert code(lambda: actions.place(other.public_id, by=OLGA)) == "account_rejected"
    # People of ours may order for whom they like.
    assert actions.place(other.public_id, by=ADA).state == "provisioning"
