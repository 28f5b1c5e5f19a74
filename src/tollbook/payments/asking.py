"""Talking to gateways: outside every transaction, between an intent that is committed and an answer that is
recorded.
"""

import logging
from datetime import datetime

from tollbook.base.sealed import unseal
from tollbook.base.tasks import outbound
from tollbook.kernel.errors import Permanent, Refused
from tollbook.payments import outcomes, queries, refunding, registry, saving
from tollbook.payments.models import Payment, Refund
from tollbook.payments.protocol import Facts, Intent, RefundOrder, Started
from tollbook.payments.rules import State

LOG = logging.getLogger(__name__)
BATCH = 200
#: Sources that may tell of something new after a payment has succeeded.
NEWS = ("hint", "statement", "person")


def intent_of(payment: Payment) -> Intent:
    """The payment as its gateway sees it."""
    paper = payment.invoice or payment.proforma
    what = "Top-up" if payment.wallet_id else "Deposit" if payment.deposit_id else "Payment"
    label = paper.label if paper else what
    return Intent(
        key=payment.public_id,
        amount=payment.amount,
        currency=payment.currency,
        merchant=payment.merchant,
        subject=payment.subject,
        label=label,
        seller=registry.seller(payment.brand),
        return_to=f"/portal/payments/{payment.public_id}/",
        payer=payment.customer.public_id,
        keep=payment.keep_method,
    )


@outbound
def send(public_id: str) -> None:
    """Call the gateway about a payment, once for ever; whoever comes second asks what became of it."""
    if outcomes.claim(public_id) is None:
        return ask(public_id, "start")
    rows = Payment.objects.select_related("invoice", "proforma", "brand", "customer", "method")
    payment = rows.get(public_id=public_id)
    try:
        started = _call(payment)
    except (Refused, Permanent) as error:
        outcomes.note_refusal(public_id, error.message)
        return None
    except Exception as error:
        # Whatever broke, it may have broken after the gateway took the money.
        LOG.exception("payment %s: the gateway %s gave no answer", public_id, payment.gateway)
        outcomes.note_silence(public_id, f"No answer: {type(error).__name__}")
        return None
    outcomes.note_started(public_id, started)
    return ask(public_id, "start") if payment.method else None


def _call(payment: Payment) -> Started:
    gateway = registry.gateway(payment.gateway)
    if payment.method is None:
        return gateway.start(intent_of(payment))
    token = unseal(bytes(payment.method.token), f"method:{payment.method.public_id}:token")
    return gateway.charge(intent_of(payment), token.decode())


@outbound
def ask(public_id: str, source: str = "schedule") -> None:
    """Ask the gateway what it has on its books about a payment, and do what follows.

    One that has succeeded is asked about when somebody says that there is something new: it may be disputed.
    """
    payment = queries.by_public_id(public_id)
    settled = payment.state == State.SUCCEEDED and source not in NEWS
    if settled or registry.gateway(payment.gateway).by_hand:
        return
    try:
        facts = registry.gateway(payment.gateway).read(payment.public_id, payment.reference)
    except Exception as error:
        LOG.exception("payment %s: the gateway %s could not be asked", public_id, payment.gateway)
        outcomes.note_silence(public_id, f"Could not be asked: {type(error).__name__}")
        return
    outcomes.note_facts(public_id, facts, source)


@outbound
def send_refund(public_id: str) -> None:
    """Call the gateway about a refund, once for ever, and ask what became of it."""
    if refunding.claim(public_id) is None:
        return ask_refund(public_id)
    refund = Refund.objects.select_related("payment").get(public_id=public_id)
    payment = refund.payment
    order = RefundOrder(
        key=public_id,
        payment_key=payment.public_id,
        payment_reference=payment.reference,
        amount=refund.amount,
        currency=payment.captured_currency,
        merchant=payment.merchant,
        reason=refund.reason,
    )
    try:
        started = registry.gateway(payment.gateway).refund(order)
    except (Refused, Permanent) as error:
        refunding.note_refusal(public_id, error.message)
        return None
    except Exception as error:
        LOG.exception("refund %s: the gateway %s gave no answer", public_id, payment.gateway)
        refunding.note_silence(public_id, f"No answer: {type(error).__name__}")
        return None
    refunding.note_started(public_id, started)
    return ask_refund(public_id)


@outbound
def ask_refund(public_id: str) -> None:
    """Ask the gateway what became of a refund."""
    refund = queries.refund_by_public_id(public_id)
    gateway = registry.gateway(refund.payment.gateway)
    if refund.state in (State.SUCCEEDED, State.FAILED) or gateway.by_hand:
        return
    facts: Facts | None
    try:
        facts = gateway.read(refund.public_id, refund.reference)
    except Exception as error:
        LOG.exception("refund %s: the gateway %s could not be asked", public_id, refund.payment.gateway)
        refunding.note_silence(public_id, f"Could not be asked: {type(error).__name__}")
        return
    refunding.note_facts(public_id, facts)


def ask_due(at: datetime) -> int:
    """Ask about every payment, refund and set-up whose turn has come at `at`; how many there were.

    One that was never sent is sent: its process died between the intent and the call.
    """
    asked = 0
    for row_id in queries.due(at, BATCH):
        payment = Payment.objects.get(pk=row_id)
        (send if payment.sent_at is None else ask)(payment.public_id)
        asked += 1
    for row_id in queries.refunds_due(at, BATCH):
        refund = Refund.objects.get(pk=row_id)
        (send_refund if refund.sent_at is None else ask_refund)(refund.public_id)
        asked += 1
    for setup in saving.due(at, BATCH):
        (saving.send if setup.sent_at is None else saving.ask)(setup.public_id)
        asked += 1
    return asked
