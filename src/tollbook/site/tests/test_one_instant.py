"""Whatever is said at one instant and taken back at it costs nothing: changes of plan, pauses, ends, refunds."""

from collections.abc import Callable
from decimal import Decimal

from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tollbook.charging.actions import charge_customers
from tollbook.charging.models import Unbilled
from tollbook.charging.tests.owing import owed
from tollbook.conftest import broken
from tollbook.features.actions import set_value
from tollbook.invoicing.actions import bill_customers
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money, plain
from tollbook.ledger.queries import balance_of
from tollbook.ledger.rules import AccountKind
from tollbook.payments import actions, refunding, refunds
from tollbook.payments.applying import By
from tollbook.payments.models import Payment
from tollbook.site.tests.world import Party, World, instant
from tollbook.subscriptions.actions import end, keep_on, resume, suspend
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.rules import State

BEGIN, NOW, LATER = "2026-05-01", "2026-05-16", "2026-05-26"
PRICES = {"small": "31", "large": "62", "huge": "93"}
#: What an act is refused with where it does not fit: nothing is said then.
UNFIT = {"same_plan", "invalid_transition", "no_end", "more_than_refundable", "not_running", "subscription_ended"}
ACTS = ["small", "large", "huge", "pause", "go on", "cancel", "keep", "refund", "charge", "invoice"]


def gives_back(party: Party, number: int) -> None:
    """Refund a part of the payment, and say that the money has gone."""
    paid = Payment.objects.get(customer=party.row)
    made = refunds.order_refund(paid.public_id, Decimal("7.31"), reason="Kindly", key=f"r{number}")
    refunding.confirm_refund(made.public_id, f"back-{made.public_id}", by=By("ada", "staff"))


def runs(party: Party, *, invoices: bool) -> None:
    """Charge what is due now, and invoice it."""
    charge_customers([party.row.pk], party.world.now)
    if invoices:
        bill_customers([party.row.pk], party.world.now)


def acts(party: Party, act: str, number: int) -> None:
    """Do one thing now; what does not fit is refused."""
    public_id = party.subscriptions["s"].public_id
    others: dict[str, Callable[[], object]] = {
        "pause": lambda: suspend(public_id),
        "go on": lambda: resume(public_id),
        "cancel": lambda: end(public_id, instant(LATER)),
        "keep": lambda: keep_on(public_id),
        "refund": lambda: gives_back(party, number),
        "charge": lambda: runs(party, invoices=False),
        "invoice": lambda: runs(party, invoices=True),
    }
    try:
        if act in PRICES:
            party.changes("s", act, NOW, request=f"r{number}")
        else:
            others[act]()
    except Refused as refused:
        if refused.code not in UNFIT:
            raise


def takes_back(party: Party) -> None:
    """Say what was in force before: the small plan, running, without an end."""
    for act in ("keep", "go on", "small"):
        acts(party, act, 99)
    row = Subscription.objects.get(pk=party.subscriptions["s"].pk)
    assert (row.state, row.ended_at, row.version_id) == (State.ACTIVE, None, party.world.plans["small"].pk)


def nets_to_zero(world: World, said: list[str], *, ends: bool) -> None:
    """The story of one example."""
    world.plans.clear()
    set_value("subscriptions.bill_suspended_fees", False)
    for code, amount in PRICES.items():
        world.plan(code, world.monthly(amount, code, in_advance=True, semantics={"proration": "days"}))
    count = Subscription.objects.count()
    world.on(BEGIN)
    party = world.customer(f"c{count}", billing_plan="POSTPAID").buys("small", BEGIN, key="s")
    charge_customers([party.row.pk], world.now)
    bill_customers([party.row.pk], world.now)
    actions.receive(party.row, Money(Decimal("38.13"), "EUR"), "manual", f"bank-{count}", invoice=party.invoices[0])
    world.on(NOW)
    for number, act in enumerate(said):
        acts(party, act, number)
    takes_back(party)
    if ends:
        end(party.subscriptions["s"].public_id, instant(NOW))
    charge_customers([party.row.pk], world.now)
    # The whole month, or the 15 days of it until now; nothing of any other plan.
    assert {code: amount for code, amount in owed(party).items() if amount != "0"} == {"small": "15" if ends else "31"}
    # What stands on documents and what waits to stand on one are that, with its tax, and no more.
    bill_customers([party.row.pk], world.now)
    signed = [i.total if i.kind != "credit_note" else -i.total for i in party.invoices]
    waits = Unbilled.objects.filter(customer_id=party.row.pk).values_list("charge__amount", flat=True)
    told = sum(signed, Decimal(0)) + sum(waits, Decimal(0)) * Decimal("1.23")
    assert told == (Decimal("18.45") if ends else Decimal("38.13"))
    # The money is what was paid less what went back, whatever it settles.
    payment = Payment.objects.get(customer=party.row)
    owner = (party.world.brand.pk, AccountKind.RECEIVABLE, "EUR", party.row.public_id)
    credit = balance_of(party.world.brand.pk, AccountKind.UNAPPLIED, "EUR", party.row.public_id)
    assert balance_of(*owner) + credit == sum(signed, Decimal(0)) - (Decimal("38.13") - payment.refunded)
    assert plain(payment.captured) == "38.13"
    assert broken() == ""


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@example(said=["large", "invoice", "pause", "charge", "go on", "cancel", "invoice", "refund"], ends=True)
@given(said=st.lists(st.sampled_from(ACTS), min_size=1, max_size=8), ends=st.booleans())
def test_what_is_said_and_taken_back_at_one_instant_nets_to_zero(world: World, said: list[str], ends: bool) -> None:
    # Undone after each example, the clock too.
    with transaction.atomic():
        nets_to_zero(world, said, ends=ends)
        transaction.set_rollback(True)
