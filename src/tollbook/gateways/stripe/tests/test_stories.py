"""Stories of payments through Stripe: paid once, whatever is lost, repeated, late or forged; and its book agrees with ours
at the end of each.
"""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tollbook.base.sealed import unseal
from tollbook.brands.models import Brand
from tollbook.gateways.stripe import queries
from tollbook.gateways.stripe.actions import Given, connect, note_account
from tollbook.gateways.stripe.gateway import Stripe
from tollbook.gateways.stripe.models import Account, Line, Sent
from tollbook.gateways.stripe.reconciling import reconcile, reconcile_all
from tollbook.gateways.stripe.tests import fake as fakes
from tollbook.gateways.stripe.tests.conftest import Shop, run_waiting
from tollbook.gateways.stripe.tests.fake import ACCOUNT, SECRET, SIGNING, Fake, signed
from tollbook.kernel.errors import Permanent, Refused
from tollbook.kernel.money import Money
from tollbook.payments import actions, asking, forgetting, methods
from tollbook.payments.applying import By
from tollbook.payments.disputes import end_dispute, open_dispute
from tollbook.payments.models import CallbackSeen, Dispute, Method, Payment, Reading, Refund
from tollbook.payments.outcomes import accept
from tollbook.payments.protocol import Saved
from tollbook.payments.refunds import order_refund
from tollbook.payments.registry import seller
from tollbook.payments.schedule import SCHEDULE

Make = Callable[..., Shop]
DROP = "drop"


@pytest.fixture
def acme(shop: Make, account: Account) -> Iterator[Shop]:
    """A customer who owes 123 EUR; afterwards Stripe's book has been read, and agrees with ours."""
    made = shop()
    yield made
    made.fake.faults, made.fake.read_faults = [], []
    reconcile_all()
    assert made.agrees, (made.cleared, made.fake.book)


def test_an_invoice_is_paid_on_stripes_page(acme: Shop, fake: Fake) -> None:
    payment = acme.begins()
    assert (payment.state, payment.merchant) == ("pending", ACCOUNT)
    assert payment.redirect == f"https://checkout.stripe.example/{payment.reference}"
    session = fake.objects[payment.reference]
    assert session["success_url"] == f"https://billing.harbour.example/portal/payments/{payment.public_id}/"
    assert (session["amount_total"], session["currency"]) == (12300, "eur")
    fake.pays(payment.reference)
    assert acme.states == ["issued"]
    asking.ask(payment.public_id)
    assert (acme.states, acme.cleared, acme.agrees) == (["paid"], "123", True)
    assert Sent.objects.get(key=payment.public_id).intent == fake.intent_of(payment.public_id)


def test_a_card_that_is_declined_may_be_followed_by_one_that_is_not(acme: Shop, fake: Fake) -> None:
    payment = acme.begins()
    fake.pays(payment.reference, "declined")
    asking.ask(payment.public_id)
    assert acme.again(payment).state == "pending"
    fake.pays(payment.reference)
    asking.ask(payment.public_id)
    assert acme.states == ["paid"]


@pytest.mark.parametrize(("fails", "state", "states"), [(False, "succeeded", ["paid"]), (True, "failed", ["issued"])])
def test_a_bank_debit_takes_days(acme: Shop, fake: Fake, fails: bool, state: str, states: list[str]) -> None:
    payment = acme.begins()
    fake.pays(payment.reference, "processing")
    asking.ask(payment.public_id)
    assert (acme.again(payment).state, acme.states) == ("pending", ["issued"])
    fake.clears(payment.reference, fails=fails)
    asking.ask(payment.public_id)
    assert (acme.again(payment).state, acme.states) == (state, states)


def test_a_payer_who_does_not_come(acme: Shop, fake: Fake) -> None:
    payment = acme.begins()
    fake.expires(payment.reference)
    asking.ask(payment.public_id)
    assert (acme.again(payment).state, acme.again(payment).note) == ("cancelled", "The payer did not come")


# --- answers that do not come ----------------------------------------------------------------------------------------


def posts(fake: Fake, path: str) -> int:
    return fake.calls.count(("POST", f"/v1/{path}"))


@pytest.mark.parametrize("fault", ["swallow", "html", "empty", "500", "409"])
def test_an_answer_that_is_lost_is_looked_up_and_never_sent_again(acme: Shop, fake: Fake, fault: str) -> None:
    """Only `swallow` has made a session: the others did nothing, which nobody can know."""
    fake.faults = [fault]
    payment = acme.begins()
    assert (payment.state, payment.reference) == ("unknown", "")
    asking.ask(payment.public_id)
    payment = acme.again(payment)
    assert posts(fake, "checkout/sessions") == 1
    if fault == "swallow":
        assert (payment.state, bool(payment.reference)) == ("pending", True)
        fake.pays(payment.reference)
        asking.ask(payment.public_id)
        assert acme.states == ["paid"]
    else:
        assert payment.state == "unknown"
        acme.world.on(acme.world.now + timedelta(hours=2))
        asking.ask(payment.public_id)
        assert (acme.again(payment).state, posts(fake, "checkout/sessions")) == ("failed", 1)


def test_a_charge_whose_answer_is_lost_took_the_money_once(acme: Shop, fake: Fake) -> None:
    method = acme.saves()
    fake.faults = ["swallow"]
    payment = acme.charged(method)
    assert (payment.state, fake.balance("eur")) == ("unknown", 12300)
    asking.send(payment.public_id)
    assert (acme.again(payment).state, posts(fake, "payment_intents"), acme.cleared) == ("succeeded", 1, "123")


def test_a_lookup_reads_every_page(acme: Shop, fake: Fake) -> None:
    fake.faults = ["swallow"]
    payment = acme.begins()
    with fake.lock:
        for _ in range(130):
            fake.new("cs", "checkout.session", metadata={"tollbook_key": "another"})
    asking.ask(payment.public_id)
    assert acme.again(payment).state == "pending"


@pytest.mark.parametrize(("fault", "state"), [("429", "failed"), ("500", "unknown")])
def test_what_stripe_refuses_was_not_done(acme: Shop, fake: Fake, fault: str, state: str) -> None:
    fake.faults = [fault]
    assert acme.begins().state == state
    assert fake.balance("eur") == 0


def test_a_key_that_stripe_does_not_take_is_no_answer_to_a_payer(acme: Shop, account: Account) -> None:
    note_account(account.brand, Given("sk_test_other", SIGNING, "https://x.example"), ACCOUNT)
    payment = acme.begins()
    assert (payment.state, payment.note) == ("failed", "the payment provider does not accept our credentials")
    note_account(account.brand, Given(SECRET, SIGNING, "https://x.example"), ACCOUNT)


def test_silence_while_asking_changes_nothing(acme: Shop, fake: Fake) -> None:
    payment = acme.begins()
    fake.pays(payment.reference)
    for fault in (DROP, "500", "html", "empty", "429"):
        fake.read_faults = [fault]
        asking.ask(payment.public_id)
        assert (acme.again(payment).state, acme.states) == ("unknown", ["issued"])
    asking.ask(payment.public_id)
    assert acme.states == ["paid"]


def accepted(payment: Payment) -> None:
    """A person has looked: the money is there, and Stripe's book has it."""
    accept(payment.public_id, Money(Decimal(123), "EUR"), payment.reference, reason="Seen", by=By("ada", "staff"))


# --- what Stripe tells -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({"amount_received": 12299}, "amount"),
        ({"currency": "usd"}, "currency"),
    ],
)
def test_what_differs_waits_for_a_person(acme: Shop, fake: Fake, change: dict[str, Any], differs: str) -> None:
    payment = acme.begins()
    fake.pays(payment.reference)
    intent = fake.objects[fake.intent_of(payment.public_id)]
    before = {name: intent[name] for name in change}
    intent |= change
    asking.ask(payment.public_id)
    payment = acme.again(payment)
    assert (payment.state, acme.states, acme.cleared) == ("review", ["issued"], "0")
    assert Reading.objects.filter(payment=payment).latest("pk").differs == differs
    intent |= before
    accepted(payment)


@pytest.mark.parametrize(
    ("name", "value", "differs"),
    [
        ("tollbook_key", "pay_other", "key"),
        ("tollbook_merchant", "acct_other", "merchant"),
        ("tollbook_subject", "inv_other", "subject"),
    ],
)
def test_the_notes_of_another_payment_pay_nothing(acme: Shop, fake: Fake, name: str, value: str, differs: str) -> None:
    payment = acme.begins()
    fake.pays(payment.reference)
    notes = fake.objects[payment.reference]["metadata"]
    before = dict(notes)
    notes[name] = value
    asking.ask(payment.public_id)
    assert (acme.again(payment).state, acme.states) == ("review", ["issued"])
    assert Reading.objects.filter(payment=payment).latest("pk").differs == differs
    notes |= before
    accepted(payment)


def test_pretended_money_is_not_real(acme: Shop, account: Account, fake: Fake, settings: Any) -> None:
    """The same account has a test mode: what its test key takes never settles what its live key asked for."""
    payment = acme.begins()
    fake.pays(payment.reference)
    fake.objects[payment.reference]["livemode"] = True
    asking.ask(payment.public_id)
    assert (acme.again(payment).state, Reading.objects.latest("pk").differs) == ("review", "merchant")
    fake.objects[payment.reference]["livemode"] = False
    settings.TOLLBOOK_TEST_MODE = False
    assert Stripe().offer(seller(account.brand), "EUR") is None
    settings.TOLLBOOK_TEST_MODE = True
    assert Stripe().offer(seller(account.brand), "EUR") == ACCOUNT
    accepted(payment)


# --- saved methods ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("card", "state", "note"),
    [
        ("ok", "succeeded", ""),
        ("declined", "failed", "card_error card_declined"),
        ("authentication", "failed", "card_error authentication_required"),
        ("requires_action", "failed", "The bank wants the payer to confirm: pay it by hand"),
        ("processing", "pending", ""),
    ],
)
def test_a_saved_card_is_charged(acme: Shop, fake: Fake, card: str, state: str, note: str) -> None:
    payment = acme.charged(acme.saves(card))
    assert (payment.state, payment.note) == (state, note)
    assert acme.states == (["paid"] if card == "ok" else ["issued"])


def test_a_card_is_kept_when_its_payer_wants_it(acme: Shop, fake: Fake) -> None:
    acme.pays(amount=Decimal(23))
    assert not acme.row.payment_methods.exists()
    acme.pays(amount=Decimal(50), keep_method=True)
    acme.pays(amount=Decimal(10), keep_method=True)
    methods = list(acme.row.payment_methods.order_by("pk"))
    assert [(m.label, m.is_default) for m in methods] == [("Visa ending 4242", True), ("Visa ending 4242", False)]
    assert posts(fake, "customers") == 1
    payment = acme.charged(methods[0])
    assert (payment.state, payment.captured, acme.states) == ("succeeded", 40, ["paid"])


def kept(fake: Fake, method: Method) -> bool:
    """Whether Stripe keeps it for its customer."""
    token = unseal(bytes(method.token), f"method:{method.public_id}:token").decode()
    return fake.objects[token.split(" ")[2]]["customer"] is not None


def test_a_method_that_is_removed_is_detached(acme: Shop, fake: Fake) -> None:
    method = acme.saves()
    methods.retire_method(method)
    assert kept(fake, method)  # not in the transaction
    assert run_waiting() == 1
    method.refresh_from_db()
    assert (kept(fake, method), method.forgotten_at, method.forget_at) == (False, acme.world.now, None)
    calls = len(fake.calls)
    forgetting.forget(method.public_id)
    assert len(fake.calls) == calls


@pytest.mark.parametrize("fault", ["drop", "swallow", "500", "429"])
def test_detaching_is_tried_again(acme: Shop, fake: Fake, fault: str) -> None:
    method = acme.saves()
    fake.faults.append(fault)
    methods.retire_method(method)
    run_waiting()
    method.refresh_from_db()
    assert (method.forgotten_at, method.note != "") == (None, True)
    assert forgetting.due(acme.world.now) == []
    acme.world.on(acme.world.now + timedelta(seconds=30))
    (entry,) = [each for each in SCHEDULE if each.name == "payments.ask_due"]
    entry.call(acme.world.now)
    method.refresh_from_db()
    assert (kept(fake, method), method.forgotten_at, method.forget_at) == (False, acme.world.now, None)


def test_a_method_that_stands_again_is_not_detached(acme: Shop, fake: Fake) -> None:
    method = acme.saves()
    methods.retire_method(method)
    token = unseal(bytes(method.token), f"method:{method.public_id}:token").decode()
    methods.keep(acme.row.pk, "stripe", Saved(token, method.label), acme.world.now)
    run_waiting()
    method.refresh_from_db()
    assert (kept(fake, method), method.retired_at, method.forget_at) == (True, None, None)


def test_a_method_of_another_account_is_not_charged(acme: Shop, account: Account) -> None:
    method = acme.saves()
    note_account(account.brand, Given(SECRET, SIGNING, "https://x.example"), "acct_new")
    payment = acme.charged(method)
    assert (payment.state, payment.note) == ("failed", "the method was saved in another account of the brand")


# --- refunds and disputes --------------------------------------------------------------------------------------------


def refund(payment: Payment, amount: str, key: str) -> Refund:
    made = order_refund(payment.public_id, Decimal(amount), reason="Cancelled", key=key)
    asking.send_refund(made.public_id)
    return Refund.objects.get(pk=made.pk)


def test_refunds_in_parts(acme: Shop, fake: Fake) -> None:
    payment = acme.pays()
    assert [refund(payment, amount, amount).state for amount in ("23", "50")] == ["succeeded", "succeeded"]
    assert (acme.cleared, fake.balance("eur"), acme.open) == ("50", 5000, ["73"])
    with pytest.raises(Refused, match="more than the 50"):
        refund(payment, "50.01", "more")
    assert refund(payment, "50", "rest").state == "succeeded"
    assert (acme.cleared, fake.balance("eur")) == ("0", 0)


@pytest.mark.parametrize(("fault", "state", "left"), [("swallow", "succeeded", "73"), (DROP, "unknown", "123")])
def test_a_refund_whose_answer_is_lost(acme: Shop, fake: Fake, fault: str, state: str, left: str) -> None:
    payment = acme.pays()
    fake.faults = [fault]
    made = refund(payment, "50", "r")
    assert made.state == "unknown"
    asking.ask_refund(made.public_id)
    made.refresh_from_db()
    assert (made.state, acme.cleared, posts(fake, "refunds")) == (state, left, 1)
    if fault == DROP:
        acme.world.on(acme.world.now + timedelta(hours=2))
        asking.ask_refund(made.public_id)
        made.refresh_from_db()
        assert (made.state, acme.credit) == ("failed", ["50.00 EUR"])


def test_a_refund_made_at_stripe_is_seen(acme: Shop, fake: Fake) -> None:
    """What somebody gives back in Stripe's own pages leaves nothing to give back here, and Stripe says so."""
    payment = acme.pays()
    with fake.lock:
        fake.make_refunds({"payment_intent": fake.intent_of(payment.public_id), "amount": "12300", "metadata": {}})
    made = refund(payment, "50", "r")
    assert (made.state, made.note) == ("failed", "Stripe refused it: charge_already_refunded")
    reconcile_all()
    assert [(line.kind, line.amount) for line in queries.strange()] == [("refund", 123)]
    # People put the books right: what left the account is written off as a lost dispute.
    disputed = open_dispute(payment.public_id, Decimal(123), "by hand", reason="Refunded at Stripe")
    end_dispute(disputed.public_id, Dispute.State.LOST)


@pytest.mark.parametrize(("outcome", "cleared", "open_"), [("won", "123", "0"), ("lost", "100", "23")])
def test_disputes(acme: Shop, fake: Fake, outcome: str, cleared: str, open_: str) -> None:
    payment = acme.pays()
    case = fake.disputes(fake.intent_of(payment.public_id), 2300)
    assert acme.hears() == 200
    run_waiting()
    assert (acme.again(payment).disputed, acme.states) == (23, ["paid"])
    fake.decides(case, outcome)
    assert acme.hears() == 200
    run_waiting()
    payment = acme.again(payment)
    assert (payment.disputed, acme.cleared, acme.open) == (0, cleared, [open_])
    assert Dispute.objects.get().state == outcome
    assert acme.hears() == 200
    run_waiting()
    assert (Dispute.objects.count(), acme.cleared) == (1, cleared)


def test_a_dispute_nobody_told_of_is_found_in_stripes_book(acme: Shop, account: Account, fake: Fake) -> None:
    payment = acme.pays()
    fake.disputes(fake.intent_of(payment.public_id), 500, "warning_needs_response")
    case = fake.disputes(fake.intent_of(payment.public_id), 2300)
    assert reconcile(account) == 2
    assert (acme.again(payment).disputed, Dispute.objects.get().reference) == (23, case)
    fake.decides(case, "lost")
    account.refresh_from_db()
    assert (reconcile(account), reconcile(account)) == (1, 0)
    assert (acme.cleared, Dispute.objects.get().state) == ("100", "lost")


def test_a_dispute_that_does_not_fit_is_told_to_people(acme: Shop, fake: Fake) -> None:
    payment = acme.pays()
    refund(payment, "123", "all")
    fake.disputes(fake.intent_of(payment.public_id), 2300)
    acme.hears()
    run_waiting()
    payment = acme.again(payment)
    assert (payment.disputed, Dispute.objects.exists()) == (0, False)
    assert payment.note.startswith("Look at dispute dp_")


# --- events ----------------------------------------------------------------------------------------------------------


def test_events_twice_in_any_order_late_and_lost(acme: Shop, fake: Fake) -> None:
    payment = acme.begins()
    fake.pays(payment.reference)
    events = list(fake.events)
    assert len(events) == 2
    for body in (*reversed(events), *events, *events):
        assert acme.hears(body) == 200
        run_waiting()
    assert (acme.states, acme.cleared, CallbackSeen.objects.count()) == (["paid"], "123", 2)


def test_a_lost_event_is_made_good_by_stripes_book(acme: Shop, account: Account, fake: Fake) -> None:
    payment = acme.begins()
    Payment.objects.filter(pk=payment.pk).update(state="cancelled", ask_at=None)
    fake.pays(payment.reference)
    assert acme.states == ["issued"]
    assert reconcile(account) == 1
    assert (acme.states, Line.objects.get().key) == (["paid"], payment.public_id)


def test_what_took_weeks_is_in_the_book_all_the_same(acme: Shop, account: Account, fake: Fake) -> None:
    assert reconcile(account) == 0
    account.refresh_from_db()
    payment = acme.pays()
    made = refund(payment, "23", "r")
    for each in fake.objects.values():
        if each["object"] in ("charge", "refund"):
            each["created"] -= 30 * 86_400
    assert (reconcile(account), reconcile(account)) == (2, 0)
    assert set(Line.objects.values_list("key", flat=True)) == {payment.public_id, made.public_id}


def forged(fake: Fake) -> list[tuple[bytes, str]]:
    body, now = fake.events[-1], int(time.time())
    changed = body.replace(b'"livemode": false', b'"livemode": true')
    return [
        (body, ""),
        (body, "nonsense"),
        (body, "t=1,v1=00"),
        (body, signed(body, "whsec_other")),
        (body, signed(body, at=now - 301)),
        (changed, signed(body)),
        (json.dumps(json.loads(body), indent=1).encode(), signed(body)),
        (body, signed(body).replace("v1=", "v0=")),
        (b"\xff", signed(body)),
        (b"", signed(body)),
    ]


def test_forged_events_are_refused_and_not_kept(acme: Shop, fake: Fake) -> None:
    payment = acme.begins()
    fake.pays(payment.reference)
    for body, header in forged(fake):
        assert acme.hears(body, header) == 400
    assert (CallbackSeen.objects.count(), acme.states) == (0, ["issued"])
    old = signed(fake.events[-1], at=int(time.time()) - 290)
    assert acme.hears(fake.events[-1], old) == 200
    assert CallbackSeen.objects.get().about == payment.public_id
    run_waiting()
    assert acme.states == ["paid"]


@pytest.mark.parametrize(
    "event",
    [
        {"type": "payout.paid", "data": {"object": {"id": "po_1"}}},
        {"type": "charge.succeeded", "data": {"object": {"id": "ch_strange", "metadata": {}}}},
        {"type": "charge.succeeded"},
        {},
    ],
)
def test_events_about_nothing_of_ours_are_taken_and_change_nothing(acme: Shop, fake: Fake, event: Any) -> None:
    asked = len(fake.calls)
    assert acme.hears(json.dumps(event).encode()) == 200
    run_waiting()
    assert (CallbackSeen.objects.get().about, len(fake.calls)) == ("", asked)


def test_the_event_of_one_account_says_nothing_of_anothers(shop: Make, account: Account, fake: Fake) -> None:
    """A signed event of our second account that names a payment of the first."""
    acme = shop()
    payment = acme.begins()
    brand = acme.world.brand
    other = Brand.objects.create(code="other", name="Other", legal_name="Other Ltd", email="x@other.example",
                                 currency="EUR", street="1", city="C", postcode="1", country="IE")  # fmt: skip
    note_account(other, Given("sk_test_second", "whsec_second", "https://x.example"), "acct_second")
    assert Stripe().offer(seller(other), "EUR") == "acct_second" != Stripe().offer(seller(brand), "EUR")
    body = json.dumps(
        {"type": "payment_intent.succeeded", "data": {"object": {"metadata": {"tollbook_key": payment.public_id}}}}
    ).encode()
    assert acme.hears(body, signed(body, "whsec_second")) == 200
    assert CallbackSeen.objects.get().about == ""


# --- accounts --------------------------------------------------------------------------------------------------------


def test_an_account_that_is_replaced_still_tells_of_its_payments(acme: Shop, account: Account, fake: Fake) -> None:
    payment = acme.begins()
    note_account(account.brand, Given("sk_test_new", "whsec_new", "https://x.example"), "acct_new")
    fake.pays(payment.reference)
    assert acme.hears() == 200
    run_waiting()
    assert acme.states == ["paid"]
    assert Stripe().offer(seller(account.brand), "EUR") == "acct_new"
    account.refresh_from_db()
    assert account.retired_at is not None


def test_a_new_key_of_the_same_account_is_the_same_account(account: Account, fake: Fake) -> None:
    same = note_account(account.brand, Given("sk_test_new", SIGNING, "https://x.example/"), ACCOUNT)
    assert (same.pk, queries.wire(same).secret, same.site) == (account.pk, "sk_test_new", "https://x.example")
    assert b"sk_test" not in bytes(same.secret) and "sk_test" not in repr(queries.wire(same))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (Given("pk_test_x", SIGNING, "https://x.example"), "key_wrong"),
        (Given(SECRET, "secret", "https://x.example"), "signing_wrong"),
        (Given(SECRET, SIGNING, "https://x.example/portal"), "site_wrong"),
        (Given(SECRET, SIGNING, "javascript:alert(1)"), "site_wrong"),
        (Given(SECRET, SIGNING, "https://x.example", ("EURO",)), "unknown_currency"),
    ],
)
def test_what_is_no_account(account: Account, fake: Fake, given: Given, code: str) -> None:
    with pytest.raises(Refused) as refused:
        connect(account.brand, given)
    assert refused.value.code == code
    with pytest.raises(Permanent, match="credentials"):
        connect(account.brand, Given("sk_test_wrong", SIGNING, "https://x.example"))
    assert Account.objects.count() == 1


def test_currencies(account: Account) -> None:
    note_account(account.brand, Given(SECRET, SIGNING, "https://x.example", ("EUR", "JPY")), ACCOUNT)
    offers = [Stripe().offer(seller(account.brand), each) for each in ("EUR", "JPY", "USD")]
    assert offers == [ACCOUNT, ACCOUNT, None]


# --- two at once -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_one_payment_is_sent_once(shop: Make, fake: Fake, at_once: Callable[..., list[Any]]) -> None:
    acme = shop()
    payment = actions.pay_invoice(acme.invoices[-1], "stripe", key="k")
    at_once(*[lambda: asking.send(payment.public_id)] * 4)
    assert posts(fake, "checkout/sessions") == 1
    fake.pays(acme.again(payment).reference)
    at_once(*[lambda: asking.ask(payment.public_id, "hint")] * 4)
    assert (acme.states, acme.cleared, acme.agrees) == (["paid"], "123", True)
    at_once(*[reconcile_all] * 3)
    assert Line.objects.count() == 1


@pytest.mark.broken_books
@pytest.mark.parametrize(
    ("change", "invariant"),
    [
        ("UPDATE gateway_stripe_line SET amount = 122 WHERE kind = 'charge'", "M11"),
        ("DELETE FROM gateway_stripe_line WHERE kind = 'charge'", "M11"),
        ("UPDATE gateway_stripe_line SET amount = 24 WHERE kind = 'refund'", "M21"),
        ("UPDATE gateway_stripe_line SET amount = 124 WHERE kind = 'refund'", "M21"),
        ("INSERT INTO gateway_stripe_line (account_id, kind, reference, state, key, amount, currency, at) SELECT account_id,"
         " kind, 'ch_twice', state, key, amount, currency, at FROM gateway_stripe_line WHERE kind = 'charge'", "M23"),
        ("UPDATE gateway_stripe_line SET key = 'pay_none' WHERE kind = 'charge'", "M23"),
        ("UPDATE gateway_stripe_sent SET amount = 122 WHERE kind = 'payment'", "M24"),
        ("UPDATE gateway_stripe_sent SET subject = 'inv_other' WHERE kind = 'payment'", "M24"),
    ],
)  # fmt: skip
def test_the_books_see_it(shop: Make, breaking: Callable[..., str], change: str, invariant: str) -> None:
    acme = shop()
    refund(acme.pays(), "23", "r")
    reconcile_all()
    assert breaking("UPDATE payments_payment SET note = note") == ""
    assert invariant in breaking(change).split()


def test_the_address_of_stripe_is_no_brands_to_choose() -> None:
    assert "url" not in {field.name for field in Account._meta.get_fields()}
    assert fakes.SECRET not in repr(Account(secret=b"x"))
