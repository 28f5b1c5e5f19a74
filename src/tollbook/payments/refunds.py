"""Giving money back, part by part. Ordered, it is out of the customer's reach; booked, when the gateway has given
it.
"""

from decimal import Decimal

from tollbook.base import clock
from tollbook.base.tasks import action, later
from tollbook.kernel.errors import Refused
from tollbook.kernel.ids import new_id
from tollbook.kernel.money import Money
from tollbook.kernel.text import clean_text
from tollbook.payments import asking, queries, registry, rules
from tollbook.payments.applying import NOBODY, By, checked_amount, free_locked, locked_payment
from tollbook.payments.models import Payment, Refund
from tollbook.payments.refunding import tell
from tollbook.payments.rules import State
from tollbook.wallets.paying_out import pay_out, unused


def refundable(payment: Payment) -> Decimal:
    """How much of a payment can still be given back: not what was given back or is disputed, of what a wallet took only
    what is unused there, and nothing of a deposit: that goes back by its own acts.
    """
    used = payment.topped_up - in_wallet(payment) + payment.deposited
    return payment.captured - used - payment.refunded - payment.disputed - payment.lost


def in_wallet(payment: Payment) -> Decimal:
    """How much of what a wallet took of the payment is unused there."""
    if payment.wallet_id is None or not payment.topped_up:
        return rules.ZERO
    return min(payment.topped_up, unused(payment.wallet_id, payment.public_id))


@action
def order_refund(public_id: str, amount: Decimal, *, reason: str, key: str, by: By = NOBODY) -> Refund:
    """Give `amount` of a payment back (public id; in the currency that was captured), once per payment and `key`.

    Credit that is free goes first; what has settled invoices is taken back from them, the latest first, and they ask
    for it again; what a wallet took is taken out of it now, as far as it is unused, and put back if the refund fails.
    Refused "more_than_refundable", "refund_key_conflict", and as `checked_amount`.
    """
    payment, at = locked_payment(public_id), clock.now()
    reason, key = clean_text(reason, "reason", 300), clean_text(key, "key", 120)
    earlier = payment.refunds.filter(key=key).first()
    if earlier is not None:
        if earlier.amount != amount:
            message = f"key: {key} ordered {earlier.public_id} over {earlier.amount}; another refund needs a new key"
            raise Refused("refund_key_conflict", message, param="key")
        return earlier
    if payment.state != State.SUCCEEDED:
        raise Refused("payment_not_paid", f"payment {public_id} is {payment.state}: nothing came", param="payment")
    amount = checked_amount(amount, payment.captured_currency)
    most = refundable(payment)
    if amount > most:
        message = f"amount: {amount} is more than the {most} {payment.captured_currency} that can be given back"
        raise Refused("more_than_refundable", message, param="amount", most=str(most))
    free_locked(payment, amount, f"Refund: {reason}", at)
    public_id, from_wallet = new_id("rfd"), max(rules.ZERO, amount - queries.free(payment))
    if from_wallet and payment.wallet_id is not None:
        money = Money(from_wallet, payment.captured_currency)
        pay_out(payment.wallet_id, money, key=public_id, top_up_key=payment.public_id, at=at)
        payment.topped_up -= from_wallet
    payment.refunded += amount
    payment.save(update_fields=["refunded", "topped_up"])
    by_hand = registry.gateway(payment.gateway).by_hand
    refund = Refund.objects.create(
        public_id=public_id,
        payment=payment,
        from_wallet=from_wallet,
        customer_id=payment.customer_id,
        key=key,
        amount=amount,
        reason=reason,
        created_at=at,
        # A person sends it back: it waits in the staff's queue until one says so.
        ask_at=None if by_hand else rules.next_ask(at, at),
        queued_at=at if by_hand else None,
        state=State.PENDING if by_hand else State.STARTED,
    )
    tell("refund.order", refund, by, at, amount=str(amount), reason=reason)
    if not by_hand:
        later(asking.send_refund, key=f"send:{refund.public_id}", public_id=refund.public_id)
    return refund
