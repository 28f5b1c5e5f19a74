"""Stripe's book against ours: what it lists is kept, and whatever ours does not know yet is asked for.

This is what finds the payments whose callbacks were lost, and disputes of payments that nobody asks about any more.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection

from tollbook.base.tasks import outbound
from tollbook.gateways.stripe import queries, rules
from tollbook.gateways.stripe.actions import note_book
from tollbook.gateways.stripe.models import Account, Line
from tollbook.gateways.stripe.rules import Kind
from tollbook.gateways.stripe.wire import Wire
from tollbook.kernel.errors import Permanent, Retryable
from tollbook.payments import asking

LOG = logging.getLogger(__name__)
# Read again each time; a dispute is open for months. What succeeds later than that is asked for by its name.
_AGAIN, _DISPUTES = timedelta(days=3), timedelta(days=200)


@outbound
def reconcile(account: Account) -> int:
    """Read an account's book at Stripe and ask for all that differs; how many lines were new.

    Retryable when Stripe does not answer, Permanent when it does not take our key: nothing is kept then.
    """
    now = _now()
    since = (account.read_at or account.created_at) - _AGAIN
    wire = queries.wire(account)
    lines = list(_lines(account, wire, min(since, now - _AGAIN), now - _DISPUTES))
    lines += _late(account, wire, {line.key for line in lines})
    new = note_book(account, lines, now)
    payments, refunds = queries.unlike(account)
    for public_id in payments:
        asking.ask(public_id, "statement")
    for public_id in refunds:
        asking.ask_refund(public_id)
    return new


def reconcile_all() -> int:
    """Every account; one that cannot be read stops no other. How many lines were new."""
    new = 0
    for account in queries.accounts():
        try:
            new += reconcile(account)
        except (Retryable, Permanent):
            LOG.exception("the book of Stripe account %s could not be read", account.public_id)
    return new


def _now() -> datetime:
    """The database's clock: Stripe's instants are real ones, whatever a virtual clock says."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    found: datetime = now
    return found


def _lines(account: Account, wire: Wire, since: datetime, disputes_since: datetime) -> Iterator[Line]:
    window = {"created": {"gte": int(since.timestamp())}}
    for found in wire.charges(**window):
        if found.get("status") == "succeeded" and found.get("captured", True):
            yield _line(account, Line.Kind.CHARGE, found, "succeeded")
    for found in wire.refunds(**window):
        if found.get("status") == "succeeded":
            yield _line(account, Line.Kind.REFUND, found, "succeeded")
    for found in wire.disputes(created={"gte": int(disputes_since.timestamp())}):
        told = rules.of_dispute(found)
        if told is not None:
            yield _line(account, Line.Kind.DISPUTE, found, told.standing.value)


def _late(account: Account, wire: Wire, seen: set[str]) -> Iterator[Line]:
    """What Stripe has told us succeeded and no list named: a bank debit or a refund that took weeks."""
    for sent in queries.without_line(account, seen):
        if sent.kind == Kind.REFUND:
            yield _line(account, Line.Kind.REFUND, wire.refund(sent.reference), "succeeded")
            continue
        charge = wire.intent(sent.intent).get("latest_charge")
        if isinstance(charge, dict):
            yield _line(account, Line.Kind.CHARGE, charge, "succeeded")


def _line(account: Account, kind: Line.Kind, found: rules.Data, state: str) -> Line:
    currency = str(found["currency"]).upper()
    captured = found.get("amount_captured") if kind == Line.Kind.CHARGE else None
    amount: Decimal = rules.major(int(captured or found["amount"]), currency)
    own = str((found.get("metadata") or {}).get(rules.KEY, ""))
    names = [own, rules.id_of(found)] if kind == Line.Kind.REFUND else [own, rules.id_of(found.get("payment_intent"))]
    return Line(
        account=account,
        kind=kind,
        reference=rules.id_of(found),
        state=state,
        key=queries.key_of(account, [name for name in names if name]) or "",
        amount=amount,
        currency=currency,
        at=rules.created(found),
    )
