"""Charging saved methods while customers are away: only what they agreed to, once, within the caps."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tollbook.features.actions import set_value
from tollbook.gateways.test import actions as sandbox
from tollbook.gateways.test.gateway import EMPTY_TOKEN, GOOD_TOKEN
from tollbook.gateways.test.models import Entry
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import Money
from tollbook.ledger.rules import AccountKind
from tollbook.payments import asking, collecting, methods, saving
from tollbook.payments.actions import pay_top_up
from tollbook.payments.agreements import agree_to_collect, agree_to_top_up, standing, withdraw
from tollbook.payments.collecting import collect_due, next_due
from tollbook.payments.models import Agreement, Method, Payment, Setup
from tollbook.payments.protocol import Saved
from tollbook.payments.tests.conftest import Payer, eur
from tollbook.site.tests.world import World
from tollbook.wallets.actions import draw, give_back, open_wallet
from tollbook.wallets.models import TopUpRequest, Wallet

Make = Callable[..., Payer]


def saves(acme: Payer, token: str = GOOD_TOKEN, label: str = "Card") -> Method:
    return methods.keep(acme.row.pk, "test", Saved(token, label), acme.world.now)


def collects(acme: Payer) -> list[Payment]:
    """What falls due now is begun and sent; the payments that began by themselves."""
    collect_due(acme.world.now)
    for payment in Payment.objects.filter(key__startswith="auto:", sent_at__isnull=True):
        asking.send(payment.public_id)
    return list(Payment.objects.filter(key__startswith="auto:").order_by("pk"))


# --- saving ----------------------------------------------------------------------------------------------------------


def test_a_method_is_saved_without_paying(payer: Make) -> None:
    acme = payer()
    setup = saving.set_up(acme.row, "test", "EUR", key="s")
    assert saving.set_up(acme.row, "test", "EUR", key="s").pk == setup.pk
    saving.send(setup.public_id)
    setup.refresh_from_db()
    assert (setup.state, setup.redirect) == ("pending", f"/portal/gateway_test/{setup.public_id}/")
    sandbox.finish(setup.public_id, Entry.Kind.CAPTURE)
    asking.ask_due(acme.world.on(acme.world.now + timedelta(minutes=1)).now)
    setup.refresh_from_db()
    assert setup.method is not None
    assert (setup.state, setup.method.label, setup.method.is_default) == ("succeeded", "Test card ending 4242", True)
    assert not Payment.objects.exists()


@pytest.mark.parametrize(("kind", "state"), [(Entry.Kind.FAILURE, "failed"), (Entry.Kind.CANCEL, "cancelled")])
def test_a_set_up_that_ends_without_a_method(payer: Make, kind: Entry.Kind, state: str) -> None:
    acme = payer()
    setup = saving.set_up(acme.row, "test", "EUR", key="s")
    saving.send(setup.public_id)
    sandbox.finish(setup.public_id, kind)
    saving.ask(setup.public_id)
    setup.refresh_from_db()
    assert (setup.state, Method.objects.count()) == (state, 0)


@pytest.mark.parametrize("lie", [{"key": "stp_other"}, {"merchant": "sandbox-other"}])
def test_the_set_up_of_another_saves_nothing(payer: Make, lie: dict[str, str]) -> None:
    acme = payer()
    setup = saving.set_up(acme.row, "test", "EUR", key="s")
    sandbox.script(setup.public_id, lies=lie)
    saving.send(setup.public_id)
    sandbox.finish(setup.public_id, Entry.Kind.CAPTURE)
    saving.ask(setup.public_id)
    setup.refresh_from_db()
    assert (setup.state, Method.objects.count()) == ("failed", 0)


def test_a_set_up_that_nobody_heard_of_or_finished_ends(payer: Make) -> None:
    acme = payer()
    lost = saving.set_up(acme.row, "test", "EUR", key="s")
    left = saving.set_up(acme.row, "test", "EUR", key="t")
    sandbox.script(lost.public_id, swallows_before=True)
    for each in (lost, left):
        saving.send(each.public_id)
    assert set(Setup.objects.values_list("state", flat=True)) == {"unknown", "pending"}
    acme.world.on(acme.world.now + timedelta(days=31))
    asking.ask_due(acme.world.now)
    assert set(Setup.objects.values_list("state", flat=True)) == {"failed", "cancelled"}
    assert asking.ask_due(acme.world.now) == 0


def test_what_cannot_be_set_up(payer: Make) -> None:
    acme = payer()
    with pytest.raises(Refused, match="keeps no methods"):
        saving.set_up(acme.row, "manual", "EUR", key="s")
    with pytest.raises(NotFound):
        saving.set_up(acme.row, "none", "EUR", key="s")
    saving.set_up(acme.row, "test", "EUR", key="s")
    with pytest.raises(Refused, match="needs a key of its own"):
        saving.set_up(acme.row, "test", "USD", key="s")


def test_one_default_that_people_choose(payer: Make) -> None:
    acme, bolt = payer(), payer("bolt")
    first, second = saves(acme), saves(acme, EMPTY_TOKEN)
    assert [each.pk for each in methods.of_customer(acme.row)] == [first.pk, second.pk]
    methods.make_default(second)
    assert methods.default_of(acme.row) == second
    methods.retire_method(second)
    assert methods.default_of(acme.row) is None
    with pytest.raises(Refused, match="was removed"):
        methods.make_default(second)
    with pytest.raises(NotFound):
        methods.by_public_id(first.public_id, bolt.row)
    assert saves(acme, EMPTY_TOKEN).retired_at is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Method.objects.filter(customer=acme.row).update(is_default=True)


# --- invoices --------------------------------------------------------------------------------------------------------


def test_invoices_are_collected_for_those_who_agreed(payer: Make) -> None:
    acme, bolt = payer(), payer("bolt")
    for each in (acme, bolt):
        saves(each)
    assert collects(acme) == []
    agree_to_collect(acme.row)
    assert (agree_to_collect(acme.row).pk, Agreement.objects.count()) == (standing_one(acme).pk, 1)
    assert collects(acme) == []
    acme.world.on("2026-07-01").close()
    assert next_due() == acme.world.now
    (payment,) = collects(acme)
    assert (payment.customer_id, payment.captured) == (acme.row.pk, 123)
    assert (acme.states, bolt.states, next_due()) == (["issued", "paid"], ["issued", "issued"], None)
    assert len(collects(acme)) == 1


def standing_one(acme: Payer) -> Agreement:
    found = standing(acme.row, Agreement.What.INVOICES)
    assert found is not None
    return found


def test_a_charge_that_fails_is_not_tried_again(payer: Make) -> None:
    acme = payer()
    saves(acme, EMPTY_TOKEN)
    agree_to_collect(acme.row)
    acme.world.on("2026-07-01").close()
    (payment,) = collects(acme)
    assert (payment.state, acme.states) == ("failed", ["issued", "issued"])
    acme.world.on("2026-07-03")
    assert (len(collects(acme)), next_due()) == (1, None)


def test_what_is_being_paid_is_not_collected_as_well(payer: Make) -> None:
    acme = payer()
    saves(acme)
    agree_to_collect(acme.row)
    acme.world.on("2026-07-01").close()
    payment = acme.begins()
    assert collects(acme) == []
    sandbox.finish(payment.public_id, Entry.Kind.FAILURE)
    asking.ask(payment.public_id)
    assert [each.state for each in collects(acme)] == ["succeeded"]


def test_credit_goes_first(payer: Make) -> None:
    acme = payer()
    saves(acme)
    acme.pays()
    agree_to_collect(acme.row)
    acme.transfers("300", "b")
    acme.world.on("2026-07-01").close()
    assert (collects(acme), acme.states, acme.credit) == ([], ["paid", "paid"], ["177.00 EUR"])
    acme.world.on("2026-08-01").close()
    assert collects(acme) == []
    acme.world.on("2026-09-01").close()
    (payment,) = collects(acme)
    assert (payment.captured, acme.open, acme.credit) == (Decimal("69"), ["0"] * 4, [])


def test_what_is_withdrawn_or_off_or_without_a_method_is_not_charged(payer: Make) -> None:
    acme = payer()
    with pytest.raises(Refused, match="save one first"):
        agree_to_collect(acme.row)
    method = saves(acme)
    agreed = agree_to_collect(acme.row)
    acme.world.on("2026-07-01").close()
    methods.retire_method(method)
    assert (collects(acme), next_due()) == ([], None)
    saves(acme)
    set_value("payments.collect", False)
    assert collects(acme) == []
    agreed.refresh_from_db()
    assert agreed.paused_until == acme.world.now + timedelta(days=1)
    assert agreed.note.startswith("collecting invoices by itself is off")
    with pytest.raises(Refused, match="is off"):
        agree_to_collect(acme.row)
    set_value("payments.collect", True)
    assert (collects(acme), next_due()) == ([], agreed.paused_until)
    withdraw(agreed)
    acme.world.on("2026-07-03")
    assert collects(acme) == []
    again = agree_to_collect(acme.row)
    assert (again.pk != agreed.pk, collects(acme)) == (True, [])


def test_what_is_withdrawn_in_the_last_moment_is_not_charged(payer: Make) -> None:
    acme = payer()
    saves(acme)
    agreed = agree_to_collect(acme.row)
    acme.world.on("2026-07-01").close()
    (work,) = collecting.open_work(None)
    withdraw(agreed)
    assert (collecting.attempt(work, acme.world.now), Payment.objects.exists()) == (False, False)


def test_one_invoice_is_collected_once_at_once(
    payer: Make, at_once: Callable[..., list[Any]], transactional_db: None
) -> None:
    acme = payer()
    saves(acme)
    agree_to_collect(acme.row)
    acme.world.on("2026-07-01").close()
    at = acme.world.now
    found = at_once(*[lambda: collect_due(at)] * 4)
    assert all(not isinstance(each, Exception) for each in found), found
    (payment,) = collects(acme)
    assert (payment.state, acme.ledger(AccountKind.CLEARING, "test")) == ("succeeded", "123")


# --- wallets ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def low(payer: Make) -> Iterator[Payer]:
    """A customer with 50 EUR in a wallet that may fill itself by 40 at 20, for at most 100 a day.

    What was drawn is given back at the end: the books want a charge for what stays drawn, and there is none here.
    """
    set_value("payments.auto_top_up", True)
    set_value("payments.auto_top_up_daily", {"EUR": "100"})
    acme = payer()
    saves(acme)
    acme.party.tops_up("50")
    agree_to_top_up(acme.row, wallet_of(acme).public_id, Decimal(20), Decimal(40), Decimal(100))
    yield acme
    wallet = wallet_of(acme)
    for made in wallet.movements.filter(kind="draw"):
        give_back(wallet.pk, Money(-made.amount, "EUR"), key=f"{made.key}:back", draw_key=made.key)


def wallet_of(acme: Payer) -> Wallet:
    return open_wallet(acme.row, "EUR")


def uses(acme: Payer, amount: str, key: str) -> None:
    draw(wallet_of(acme).pk, eur(amount), key=key)


def test_a_low_wallet_fills_itself_once(low: Payer) -> None:
    assert (collects(low), next_due()) == ([], None)
    uses(low, "30", "a")
    assert next_due() == low.world.now
    (payment,) = collects(low)
    request = TopUpRequest.objects.get()
    assert (payment.state, payment.request, low.party.balance) == ("succeeded", request.public_id, "60")
    assert (request.closed_at, next_due(), len(collects(low))) == (low.world.now, None, 1)
    uses(low, "45", "b")
    assert (len(collects(low)), low.party.balance) == (2, "55")


def test_a_top_up_that_is_not_enough_closes_what_was_asked_for(low: Payer) -> None:
    """What is asked for was paid; use that goes on asks for the next one."""
    agree_to_top_up(low.row, wallet_of(low).public_id, Decimal(20), Decimal(10), Decimal(100))
    uses(low, "45", "a")
    collects(low)
    assert (low.party.balance, TopUpRequest.objects.filter(closed_at__isnull=True).count()) == ("15", 0)
    uses(low, "1", "b")
    assert (len(collects(low)), low.party.balance) == (2, "24")


def test_the_cap_of_a_day_holds_until_midnight_of_the_customer(low: Payer) -> None:
    for key, amount in (("a", "30"), ("b", "45"), ("c", "40")):
        uses(low, amount, key)
        collects(low)
    assert [payment.amount for payment in collects(low)] == [40, 40]
    agreed = Agreement.objects.get()
    assert (agreed.note[:22], next_due()) == ("amount: 40.00 EUR and ", agreed.paused_until)
    low.world.on(low.world.now + timedelta(hours=23, minutes=59))
    assert len(collects(low)) == 2
    low.world.on(low.world.now + timedelta(minutes=1))
    assert len(collects(low)) == 3


def test_the_customers_own_cap_is_below_the_brands(low: Payer) -> None:
    wallet = wallet_of(low).public_id
    first = Agreement.objects.get()
    agree_to_top_up(low.row, wallet, Decimal(20), Decimal(40), Decimal(40))
    first.refresh_from_db()
    assert first.withdrawn_at is not None
    for key, amount in (("a", "30"), ("b", "45")):
        uses(low, amount, key)
        collects(low)
    assert len(collects(low)) == 1


def test_a_charge_that_fails_leaves_the_top_up_to_be_paid_by_hand(low: Payer) -> None:
    methods.make_default(saves(low, EMPTY_TOKEN))
    uses(low, "30", "a")
    (payment,) = collects(low)
    assert (payment.state, low.party.balance, next_due()) == ("failed", "20", None)
    request = TopUpRequest.objects.get(closed_at__isnull=True)
    by_hand = pay_top_up(low.row, request.public_id, "test", key="hand")
    asking.send(by_hand.public_id)
    sandbox.finish(by_hand.public_id, Entry.Kind.CAPTURE)
    asking.ask(by_hand.public_id)
    assert (low.party.balance, TopUpRequest.objects.filter(closed_at__isnull=True).exists()) == ("60", False)


def test_money_that_comes_after_another_payment_filled_the_wallet_is_kept(low: Payer) -> None:
    uses(low, "30", "a")
    collect_due(low.world.now)
    low.party.tops_up("40", "second")
    assert not TopUpRequest.objects.filter(closed_at__isnull=True).exists()
    (payment,) = collects(low)
    assert (payment.state, payment.topped_up, low.party.balance) == ("succeeded", 40, "100")


@pytest.mark.parametrize(
    ("threshold", "amount", "cap", "code"),
    [
        ("20", "40", "101", "auto_top_up_cap"),
        ("20", "40", "39", "cap_below_amount"),
        ("-1", "40", "50", "threshold_negative"),
        ("20", "0", "50", "amount_not_positive"),
        ("20", "5", "50", "recharge_too_small"),
        ("20", "95", "100", "recharge_too_large"),
        ("20", "40.001", "50", "amount_places"),
    ],
)
def test_what_cannot_be_agreed_to(low: Payer, threshold: str, amount: str, cap: str, code: str) -> None:
    set_value("payments.least_recharge", {"EUR": "10"})
    set_value("payments.most_recharge", {"EUR": "90"})
    wallet = wallet_of(low)
    with pytest.raises(Refused) as refused:
        agree_to_top_up(low.row, wallet.public_id, Decimal(threshold), Decimal(amount), Decimal(cap))
    assert (refused.value.code, Agreement.objects.get().daily_cap) == (code, 100)
    wallet.refresh_from_db()
    assert (wallet.threshold, wallet.top_up_amount) == (20, 40)


def test_a_brand_that_allows_none_charges_none(low: Payer) -> None:
    set_value("payments.auto_top_up", False)
    uses(low, "30", "a")
    assert (collects(low), Agreement.objects.get().note[:15]) == ([], "topping up EUR ")
    with pytest.raises(Refused, match="is off"):
        agree_to_top_up(low.row, wallet_of(low).public_id, Decimal(20), Decimal(40), Decimal(100))
    with pytest.raises(NotFound):
        agree_to_top_up(low.row, "wal_none", Decimal(20), Decimal(40), Decimal(100))


def test_one_wallet_fills_once_at_once(low: Payer, at_once: Callable[..., list[Any]], transactional_db: None) -> None:
    uses(low, "30", "a")
    at = low.world.now
    found = at_once(*[lambda: collect_due(at)] * 4)
    assert all(not isinstance(each, Exception) for each in found), found
    pending = Payment.objects.get()
    at_once(*[lambda: asking.send(pending.public_id)] * 4)
    assert (low.party.balance, Entry.objects.filter(kind="capture").count()) == ("60", 1)


def test_the_cap_holds_at_once(low: Payer, at_once: Callable[..., list[Any]], transactional_db: None) -> None:
    wallet, method = wallet_of(low).public_id, Method.objects.get().public_id
    calls = [lambda n=n: collecting.auto_top_up(method, wallet, eur("40"), key=f"k{n}") for n in range(5)]
    found = at_once(*calls)
    assert sum(isinstance(each, Refused) and each.code == "auto_top_up_cap" for each in found) == 3, found


def test_the_schedule_knows_when(low: Payer, world: World) -> None:
    from tollbook.base.schedule import advance

    uses(low, "30", "a")
    advance(world.now + timedelta(minutes=3))
    assert low.party.balance in ("20", "60")
    assert Payment.objects.get().key.startswith("auto:")
    advance(world.now + timedelta(minutes=3))
    assert low.party.balance == "60"


@pytest.mark.parametrize(
    "change",
    [
        {"daily_cap": Decimal(1000)},
        {"wallet_id": 1},
        {"given_by": "somebody"},
    ],
)
def test_an_agreement_is_what_was_agreed(low: Payer, change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="frozen column"), transaction.atomic():
        Agreement.objects.update(**change)
    with pytest.raises(Exception, match="Cannot delete"), transaction.atomic():
        Agreement.objects.all().delete()
