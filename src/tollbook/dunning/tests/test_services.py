"""Provisioned services, and wallets in which nothing is left."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tollbook.dunning.actions import dun_due, resume_due
from tollbook.dunning.models import Notice, Stop
from tollbook.dunning.tests.conftest import Debtor
from tollbook.provisioning.models import Stop as Stopped
from tollbook.provisioning.rules import Reason
from tollbook.provisioning.tests.conftest import Host, make_host
from tollbook.site.tests.world import Party, World
from tollbook.subscriptions.actions import resume, suspend
from tollbook.wallets.actions import open_wallet
from tollbook.wallets.rules import AtZero
from tollbook.wallets.top_ups import decide_at_zero

Policy = Callable[..., None]
Days = Callable[..., None]


@pytest.fixture
def host(world: World) -> Host:
    """acme has a server, which runs, and owes an invoice of 12.30 EUR of 1 May, due on 15 May."""
    made = make_host(world).orders().works()
    world.close()
    assert made.state == ("active", "active")
    return made


def debtor_of(host: Host) -> Debtor:
    return Debtor(host.world, host.party)


def why(host: Host) -> list[str]:
    rows = Stopped.objects.filter(service__in=host.made, lifted_at__isnull=True).order_by("pk")
    return list(rows.values_list("reason", flat=True))


def test_a_server_is_stopped_and_runs_again_once_that_is_confirmed(
    host: Host, policy: Policy, days: Days, world: World
) -> None:
    policy(suspend_after="14", reminders="none")
    days("2026-05-29")
    host.works()
    assert (host.state, host.there, why(host)) == (("suspended", "suspended"), "suspended", ["dunning"])
    # The console does not answer: what was paid is tried until it does.
    host.weather(busy=True)
    debtor_of(host).pays("12.3")
    assert resume_due(world.now) == 0
    stop = Stop.objects.get()
    assert (why(host), stop.lift_at, stop.lifted_at) == ([], world.now, None)
    host.waits(hours=1)
    assert (resume_due(world.now), host.there) == (0, "suspended")
    assert not Notice.objects.filter(about="resumed").exists()
    host.weather().waits(hours=4)
    assert (host.state, host.there) == (("active", "active"), "active")
    assert resume_due(world.now) == 1
    stop.refresh_from_db()
    assert stop.lifted_at == world.now
    assert Notice.objects.filter(about="resumed").count() == 1
    days("2026-06-20")
    assert Stop.objects.count() == 1


def test_what_the_customer_has_stopped_stays_stopped(host: Host, policy: Policy, days: Days, world: World) -> None:
    policy(suspend_after="14", reminders="none")
    host.stops(Reason.CUSTOMER).works()
    days("2026-05-29")
    assert why(host) == ["customer", "dunning"]
    # Of the two reasons, each ends by itself.
    host.lifts(Reason.CUSTOMER).works()
    assert host.state == ("suspended", "suspended")
    host.stops(Reason.CUSTOMER).works()
    debtor_of(host).pays("12.3")
    days("2026-05-30")
    host.works()
    assert (why(host), host.state) == (["customer"], ("suspended", "suspended"))
    assert Stop.objects.get().lifted_at is not None


def test_a_server_ends_for_good(host: Host, policy: Policy, days: Days, world: World) -> None:
    policy(suspend_after="14", terminate_after="30", reminders="none")
    days("2026-06-14")
    host.works()
    assert host.state == ("terminated", "ended")
    assert host.gone()
    assert debtor_of(host).steps == [("suspend", 0, "05-29", "taken"), ("terminate", 0, "06-14", "taken")]
    assert Stop.objects.get().ended_at is not None
    debtor_of(host).pays("12.3")
    days("2026-06-16")
    assert host.state == ("terminated", "ended")


def test_staff_let_a_server_run(host: Host, policy: Policy, days: Days, world: World) -> None:
    policy(suspend_after="14", terminate_after="30", reminders="none")
    days("2026-05-29")
    host.works().lifts(Reason.DUNNING).works()
    days("2026-06-20")
    assert (host.state, why(host), Stop.objects.get().by_hand) == (("active", "active"), [], True)


@pytest.fixture
def prepaid(world: World) -> Party:
    """bolt uses what it has paid for: 20 EUR are in its wallet."""
    world.meter("air")
    world.plan("air", world.metered("air", "0.10", prepaid=True))
    return world.customer("bolt").tops_up("20").buys("air")


def at_zero(party: Party, policy: AtZero, grace_hours: int = 0) -> None:
    decide_at_zero(open_wallet(party.row, "EUR").pk, policy, grace_hours)


def uses_up(party: Party, on: str) -> None:
    """Use more than there is, and have it charged."""
    party.uses("air", 500, on)
    party.world.on(f"{on} 12:00").charge()
    assert party.balance == "0"


def state(party: Party) -> str:
    found = party.subscriptions["air"]
    found.refresh_from_db()
    return str(found.state)


@pytest.mark.parametrize(
    ("policy", "grace", "expected"),
    [
        (AtZero.OVERAGE, 0, ["active", "active", "active"]),
        (AtZero.REFUSE, 0, ["active", "active", "active"]),
        (AtZero.SUSPEND, 0, ["suspended", "suspended", "suspended"]),
        (AtZero.GRACE, 24, ["active", "active", "suspended"]),
    ],
)
def test_what_an_empty_wallet_means(
    prepaid: Party, world: World, policy: AtZero, grace: int, expected: list[str]
) -> None:
    at_zero(prepaid, policy, grace)
    dun_due()
    assert state(prepaid) == "active"
    uses_up(prepaid, "2026-05-10")
    found = []
    for hours in (0, 23, 1):
        world.on(world.now + timedelta(hours=hours))
        dun_due()
        found.append(state(prepaid))
    assert found == expected


def test_a_top_up_lets_run_again(prepaid: Party, world: World) -> None:
    at_zero(prepaid, AtZero.SUSPEND)
    uses_up(prepaid, "2026-05-10")
    dun_due()
    dun_due()
    assert (state(prepaid), resume_due(world.now), Stop.objects.count()) == ("suspended", 0, 1)
    world.on("2026-05-12")
    prepaid.tops_up("50", key="second")
    assert (resume_due(world.now), state(prepaid)) == (1, "active")
    titles = Notice.objects.order_by("pk").values_list("title", flat=True)
    assert list(titles) == ["Air is suspended", "Air runs again"]
    uses_up(prepaid, "2026-05-13")
    dun_due()
    assert (state(prepaid), Stop.objects.count()) == ("suspended", 2)


def test_what_is_on_credit_is_not_used_up(world: World) -> None:
    world.meter("air").plan("air", world.metered("air", "0.10", prepaid=True))
    bolt = world.customer("bolt").tops_up("20", credit_limit="10").buys("air")
    at_zero(bolt, AtZero.SUSPEND)
    bolt.uses("air", 210, "2026-05-02")
    world.on("2026-05-02 12:00").charge()
    assert bolt.balance.startswith("-")
    dun_due()
    assert state(bolt) == "active"


def test_a_policy_that_lets_services_run_lets_them_run(prepaid: Party, world: World) -> None:
    at_zero(prepaid, AtZero.SUSPEND)
    uses_up(prepaid, "2026-05-10")
    dun_due()
    at_zero(prepaid, AtZero.OVERAGE)
    assert (resume_due(world.now), state(prepaid)) == (1, "active")


def test_what_others_have_stopped_or_let_run_is_left_alone(prepaid: Party, world: World) -> None:
    at_zero(prepaid, AtZero.SUSPEND)
    suspend(prepaid.subscriptions["air"].public_id)
    uses_up(prepaid, "2026-05-10")
    dun_due()
    assert Stop.objects.count() == 0
    resume(prepaid.subscriptions["air"].public_id)
    dun_due()
    resume(prepaid.subscriptions["air"].public_id)
    world.on("2026-05-11 06:00")
    dun_due()
    dun_due()
    assert (state(prepaid), Stop.objects.get().by_hand) == ("active", True)


def test_two_reasons_end_one_by_one(prepaid: Party, policy: Policy, days: Days, world: World) -> None:
    policy(suspend_after="14", reminders="none")
    at_zero(prepaid, AtZero.SUSPEND)
    uses_up(prepaid, "2026-05-10")
    dun_due()
    world.on("2026-06-01").close()
    days("2026-06-29")
    assert Stop.objects.filter(lifted_at=None).count() == 2
    prepaid.tops_up("50", key="second")
    resume_due(world.now)
    assert state(prepaid) == "suspended"
    mine = Debtor(world, prepaid)
    mine.pays(str(mine.invoices[0].open))
    resume_due(world.now)
    assert state(prepaid) == "active"
    assert Notice.objects.filter(about="resumed").count() == 1
