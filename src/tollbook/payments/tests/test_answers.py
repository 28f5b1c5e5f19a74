"""What gateways answer: lies, silence, failure, and callbacks, which prove nothing."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from tollbook.gateways.test import actions as sandbox
from tollbook.gateways.test.models import Entry
from tollbook.kernel.errors import Refused
from tollbook.ledger.rules import AccountKind
from tollbook.payments import actions, asking, outcomes, queries
from tollbook.payments.applying import By
from tollbook.payments.hints import receive_hint
from tollbook.payments.models import CallbackSeen
from tollbook.payments.protocol import Message
from tollbook.payments.tests.conftest import Payer, eur

Make = Callable[..., Payer]
DESK = By("ada@harbour.example", "staff")


@pytest.mark.parametrize(
    "lie", [{"amount": "0.01"}, {"currency": "USD"}, {"merchant": "mallory"}, {"subject": "inv_x"}]
)
def test_what_differs_is_not_paid_and_waits_for_people(payer: Make, lie: dict[str, str]) -> None:
    acme = payer()
    payment = acme.pays(behaves={"lies": lie})
    (name,) = lie
    assert (payment.state, payment.note) == ("review", f"What the gateway tells differs in: {name}")
    assert (payment.captured, payment.ask_at, payment.queued_at) == (0, None, acme.world.now)
    assert (acme.states, acme.credit, acme.ledger(AccountKind.CLEARING, "test")) == (["issued"], [], "0")
    asking.ask(payment.public_id)
    assert acme.again(payment).state == "review"


def test_people_accept_what_is_really_there(payer: Make) -> None:
    acme = payer()
    payment = acme.pays(behaves={"lies": {"amount": "100"}})
    outcomes.accept(payment.public_id, eur("123"), payment.reference, reason="Seen on the payout", by=DESK)
    assert (acme.again(payment).state, acme.states) == ("succeeded", ["paid"])
    with pytest.raises(Refused, match="has succeeded already"):
        outcomes.accept(payment.public_id, eur("123"), "x", reason="Again", by=DESK)


def test_people_dismiss_what_never_came(payer: Make) -> None:
    acme = payer()
    payment = acme.begins(behaves={"swallows_before": True})
    assert (payment.state, payment.ask_at) == ("unknown", acme.world.now + timedelta(seconds=30))
    outcomes.dismiss(payment.public_id, reason="Asked by telephone", by=DESK)
    assert (acme.again(payment).state, acme.again(payment).ask_at) == ("failed", None)


def test_a_reference_that_is_another_payments_is_not_paid(payer: Make) -> None:
    acme = payer()
    first = acme.pays(amount=Decimal(10))
    second = acme.pays(behaves={"lies": {"reference": first.reference}})
    assert (second.state, second.captured, acme.open) == ("review", 0, ["113"])


def test_success_and_silence(payer: Make) -> None:
    """The gateway took the money and its answer was lost: it is asked, under the same key, and the money is found once."""
    acme = payer()
    payment = acme.begins(behaves={"pays_at_once": True, "swallows_start": True})
    assert (payment.state, payment.reference, acme.states) == ("unknown", "", ["issued"])
    acme.world.on(acme.world.now + timedelta(seconds=29))
    assert asking.ask_due(acme.world.now) == 0
    acme.world.on(acme.world.now + timedelta(seconds=1))
    assert asking.ask_due(acme.world.now) == 1
    assert (acme.again(payment).state, acme.states) == ("succeeded", ["paid"])
    asking.send(payment.public_id)
    assert (Entry.objects.filter(kind="capture").count(), asking.ask_due(acme.world.now)) == (1, 0)


def test_silence_without_success_is_over_when_the_gateway_has_not_heard_for_an_hour(payer: Make) -> None:
    acme = payer()
    payment = acme.begins(behaves={"swallows_before": True})
    for passed, state in ((30, "unknown"), (120, "unknown"), (600, "unknown"), (3600, "failed")):
        acme.world.on(payment.created_at + timedelta(seconds=passed))
        assert asking.ask_due(acme.world.now) == 1
        assert acme.again(payment).state == state
    assert acme.again(payment).note == "The gateway has never heard of it"


def test_a_deaf_gateway_ends_in_the_staffs_queue(payer: Make) -> None:
    acme = payer()
    payment = acme.begins(behaves={"pays_at_once": True, "swallows_start": True, "deaf": True})
    asked = 0
    while (due := queries.next_due()) is not None:
        acme.world.on(due)
        asked += asking.ask_due(due)
    payment = acme.again(payment)
    assert (asked, payment.state, payment.ask_at) == (3 + 72 + 27, "unknown", None)
    assert payment.queued_at == payment.created_at + timedelta(days=30)
    sandbox.script(payment.public_id)
    asking.ask(payment.public_id, "person")
    assert (acme.again(payment).state, acme.again(payment).queued_at) == ("succeeded", None)


def test_a_payment_that_was_never_sent_is_sent_by_the_schedule(payer: Make) -> None:
    """The process died between the committed intent and the call."""
    acme = payer()
    payment = actions.pay_invoice(acme.invoices[0], "test", key="k")
    assert (payment.state, Entry.objects.count()) == ("started", 0)
    acme.world.on(acme.world.now + timedelta(seconds=30))
    assert asking.ask_due(acme.world.now) == 1
    assert (acme.again(payment).state, Entry.objects.count()) == ("pending", 1)


def test_a_payment_that_nobody_makes_is_cancelled_and_a_late_one_counts(payer: Make) -> None:
    acme = payer()
    payment = acme.begins()
    while (due := queries.next_due()) is not None:
        acme.world.on(due)
        asking.ask_due(due)
    assert (acme.again(payment).state, acme.again(payment).note) == ("cancelled", "Never paid")
    sandbox.finish(payment.public_id, Entry.Kind.CAPTURE)
    receive_hint("test", message(payment.public_id))
    asking.ask(payment.public_id, "hint")
    assert (acme.again(payment).state, acme.states) == ("succeeded", ["paid"])


def test_a_failed_payment(payer: Make) -> None:
    acme = payer()
    payment = acme.begins()
    sandbox.finish(payment.public_id, Entry.Kind.FAILURE)
    asking.ask(payment.public_id)
    assert (acme.again(payment).state, acme.states) == ("failed", ["issued"])
    refused = acme.begins(behaves={"refuse": True})
    assert (refused.state, refused.note) == ("failed", "the test gateway was told to refuse")


# --- callbacks -----------------------------------------------------------------------------------------------------


def message(text: str) -> Message:
    return Message(text.encode(), {}, {})


def test_a_callback_is_a_hint_kept_once_and_proves_nothing(payer: Make) -> None:
    acme = payer()
    payment = acme.begins()
    for _ in range(3):
        assert receive_hint("test", message(payment.public_id)) == payment.public_id
    asking.ask(payment.public_id, "hint")
    assert (acme.again(payment).state, CallbackSeen.objects.count()) == ("pending", 1)
    assert receive_hint("test", message("pay_somebody")) == ""
    assert receive_hint("test", message("<html>")) == ""
    assert receive_hint("manual", message(payment.public_id)) == ""
    assert CallbackSeen.objects.count() == 4


def test_callbacks_in_any_number_pay_once(payer: Make) -> None:
    acme = payer()
    payment = acme.pays()
    for _ in range(3):
        receive_hint("test", message(payment.public_id))
        asking.ask(payment.public_id, "hint")
    assert (acme.ledger(AccountKind.CLEARING, "test"), acme.credit) == ("123", [])
