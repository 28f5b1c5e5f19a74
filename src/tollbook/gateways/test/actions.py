"""The gateway's own acts: each is a line in its book, under its own rules, whatever the rest of Tollbook believes."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.gateways.test.models import Entry, Script
from tollbook.gateways.test.rules import Behaviour, behaviour
from tollbook.kernel.errors import NotFound, Refused
from tollbook.payments.protocol import Intent, RefundOrder


def check_test_mode() -> None:
    """Refused "not_test_mode" in an installation that is for real."""
    if not settings.TOLLBOOK_TEST_MODE:
        raise Refused("not_test_mode", "the test gateway works only where TOLLBOOK_TEST_MODE is on", param="gateway")


@action
def script(key: str, **how: Any) -> Behaviour:
    """Tell the gateway how to behave for the payment of that key (empty: for payments that have no script)."""
    check_test_mode()
    found = behaviour(how)
    Script.objects.update_or_create(key=key, defaults={"behaviour": found.data()})
    return found


def behaviour_for(key: str) -> Behaviour:
    """How the gateway behaves for a payment's or refund's key."""
    rows = dict(Script.objects.filter(key__in=["", key]).values_list("key", "behaviour"))
    return behaviour(rows.get(key) or rows.get("") or {})


@action
def begin(intent: Intent) -> Entry:
    """Write an intent into the book, once per key; Refused "key_conflict" for another intent of that key."""
    check_test_mode()
    entry, _ = Entry.objects.get_or_create(
        key=intent.key,
        kind=Entry.Kind.INTENT,
        defaults={
            "reference": f"sandbox-{intent.key}",
            "amount": intent.amount,
            "currency": intent.currency,
            "merchant": intent.merchant,
            "subject": intent.subject,
            "at": clock.now(),
        },
    )
    told = (entry.amount, entry.currency, entry.merchant, entry.subject)
    if told != (intent.amount, intent.currency, intent.merchant, intent.subject):
        raise Refused("key_conflict", f"key {intent.key} began another payment", param="key")
    return entry


@action
def finish(key: str, kind: Entry.Kind) -> Entry:
    """The payer pays, fails or turns away: once, and whatever comes first stands. Refused "intent_ended"."""
    check_test_mode()
    intent = intent_of(key)
    try:
        with transaction.atomic():
            return Entry.objects.create(
                key=key,
                kind=kind,
                reference=intent.reference,
                amount=intent.amount,
                currency=intent.currency,
                merchant=intent.merchant,
                subject=intent.subject,
                at=clock.now(),
            )
    except IntegrityError:
        ended = Entry.objects.get(key=key, kind__in=["capture", "failure", "cancel"])
        if ended.kind == kind:
            return ended
        raise Refused("intent_ended", f"payment {key} has ended with a {ended.kind}", param="key") from None


@action
def give_back(order: RefundOrder) -> Entry:
    """Give a part of a captured payment back, once per key, in all at most what was captured.

    Refused "key_conflict", "not_captured", "more_than_captured".
    """
    check_test_mode()
    with connection.cursor() as cursor:
        # The book is append-only: there is no row of a payment to lock.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 11))", [order.payment_key])
    earlier = Entry.objects.filter(key=order.key, kind=Entry.Kind.REFUND).first()
    if earlier is not None:
        if (earlier.amount, earlier.payment) != (order.amount, order.payment_key):
            raise Refused("key_conflict", f"key {order.key} gave another amount back", param="key")
        return earlier
    taken = Entry.objects.filter(key=order.payment_key, kind=Entry.Kind.CAPTURE).first()
    if taken is None or taken.currency != order.currency:
        raise Refused("not_captured", f"nothing was taken for {order.payment_key}", param="payment")
    given = Entry.objects.filter(payment=order.payment_key, kind=Entry.Kind.REFUND).values_list("amount", flat=True)
    if sum(given, Decimal(0)) + order.amount > taken.amount:
        raise Refused("more_than_captured", f"amount: {order.amount} is more than is left", param="amount")
    return Entry.objects.create(
        key=order.key,
        kind=Entry.Kind.REFUND,
        reference=f"sandbox-{order.key}",
        amount=order.amount,
        currency=order.currency,
        merchant=taken.merchant,
        payment=order.payment_key,
        at=clock.now(),
    )


def intent_of(key: str) -> Entry:
    """The intent of that key; NotFound "intent_not_found"."""
    found = Entry.objects.filter(key=key, kind=Entry.Kind.INTENT).first()
    if found is None:
        raise NotFound("intent_not_found", f"the test gateway knows no payment {key}", param="key")
    return found
