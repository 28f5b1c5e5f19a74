"""Stripe: the payer pays on Stripe's own page, saved methods are charged by us, and what counts is what Stripe's books
say when we ask.
"""

import json
from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import stripe
from django.conf import settings

from tollbook.gateways.stripe import actions, queries, rules
from tollbook.gateways.stripe.models import Account, Payer, Sent
from tollbook.gateways.stripe.rules import KEEP, KEY, MERCHANT, SUBJECT, Data, Kind, Told
from tollbook.gateways.stripe.wire import Declined, Wire
from tollbook.kernel.errors import Refused
from tollbook.payments.protocol import (
    Disputed,
    Facts,
    Intent,
    Message,
    Progress,
    RefundOrder,
    Seller,
    Started,
)

#: How old a signed event may be, in seconds: Stripe's own advice.
TOLERANCE_S = 300
# How far our clock and Stripe's may be apart.
_SKEW = timedelta(hours=1)
_OF_SESSIONS = (Kind.PAYMENT, Kind.SETUP)


class Stripe:
    """Cards and whatever else the account takes."""

    code: ClassVar[str] = "stripe"
    title: ClassVar[str] = "Card or other online payment"
    by_hand: ClassVar[bool] = False
    saves: ClassVar[bool] = True

    def offer(self, seller: Seller, currency: str) -> str | None:
        """The brand's account. One with a test key takes pretended money: only in test mode."""
        account = queries.account_of(seller.code)
        if account is None or not (account.live or settings.TOLLBOOK_TEST_MODE):
            return None
        taken = account.currencies.split()
        return account.merchant if not taken or currency in taken else None

    def start(self, intent: Intent) -> Started:
        """A Checkout Session: the payer goes to Stripe's page and comes back."""
        account = _account(intent.seller, intent.merchant)
        setup = intent.amount == 0
        if setup and not intent.payer:
            raise Refused("payer_missing", "a method is saved for somebody: name the payer", param="payer")
        # What Stripe cannot take is refused before anything is written down.
        rules.minor(intent.amount, intent.currency)
        kind = Kind.SETUP if setup else Kind.PAYMENT
        sent = actions.write_down(
            account, kind, intent.key, intent.amount, intent.currency, subject=intent.subject
        )  # fmt: skip
        if not sent.reference:
            wire = queries.wire(account)
            made = wire.begin_session(_session(account, wire, intent), intent.key)
            sent = actions.name(
                sent, str(made["id"]), str(made.get("url") or ""), rules.id_of(made.get("payment_intent"))
            )
        return Started(sent.reference, sent.redirect)

    def charge(self, intent: Intent, token: str) -> Started:
        """A PaymentIntent that is confirmed at once, the payer being away."""
        merchant, payer, method = rules.parts(token)
        if merchant != intent.merchant:
            raise Refused("token_unknown", "the method was saved in another account of the brand", param="method")
        account = _account(intent.seller, intent.merchant)
        units = rules.minor(intent.amount, intent.currency)
        sent = actions.write_down(
            account, Kind.CHARGE, intent.key, intent.amount, intent.currency, subject=intent.subject, of=payer
        )
        if not sent.reference:
            params = {
                "amount": units,
                "currency": intent.currency.lower(),
                "customer": payer,
                "payment_method": method,
                "metadata": _notes(intent),
            }
            try:
                made = rules.id_of(queries.wire(account).begin_charge(params, intent.key))
            except Declined as declined:
                if refused := declined.details["intent"]:
                    actions.name(sent, refused, intent=refused)
                raise
            sent = actions.name(sent, made, intent=made)
        return Started(sent.reference)

    def forget(self, token: str) -> None:
        """Detached from Stripe's customer: it can never be charged again."""
        merchant, _, method = rules.parts(token)
        account = queries.accounts().filter(merchant=merchant).last()
        if account is None:
            raise Refused("token_unknown", "the method was saved in an account that is not ours", param="method")
        queries.wire(account).detach(method)

    def read(self, key: str, reference: str) -> Facts | None:
        """What Stripe has on its books under our key, asked with the key of the account that it was sent to."""
        sent = queries.sent(key)
        if sent is None:
            return None
        wire = queries.wire(sent.account)
        if not sent.reference:
            # The answer was lost. Stripe forgets keys, and its search lags: its lists do neither.
            found = _look_up(sent, wire)
            if found is None:
                return None
            intent = rules.id_of(found.get("payment_intent")) if sent.kind in _OF_SESSIONS else rules.id_of(found)
            sent = actions.name(sent, rules.id_of(found), str(found.get("url") or ""),
                                "" if sent.kind == Kind.REFUND else intent)  # fmt: skip
        told = _told(sent, wire)
        if told.progress is Progress.SUCCEEDED:
            actions.took(sent, told.intent)
        return _facts(sent, told, tuple(_disputes(wire, told)))

    def refund(self, order: RefundOrder) -> Started:
        """A refund of the PaymentIntent that the payment became."""
        paid = queries.sent(order.payment_key)
        if paid is None or not paid.intent:
            raise Refused("not_captured", f"Stripe took nothing for {order.payment_key}", param="payment")
        units = rules.minor(order.amount, order.currency)
        account = paid.account
        sent = actions.write_down(account, Kind.REFUND, order.key, order.amount, order.currency, of=paid.intent)
        if not sent.reference:
            notes = {KEY: order.key, MERCHANT: account.merchant}
            params = {"payment_intent": paid.intent, "amount": units, "metadata": notes}
            made = queries.wire(account).begin_refund(params, order.key)
            sent = actions.name(sent, str(made["id"]))
        return Started(sent.reference)

    def hint(self, message: Message) -> str | None:
        """The key of what a signed event is about. Refused "signature_wrong" for one that no secret of ours signed."""
        signed = next((value for name, value in message.headers.items() if name.lower() == "stripe-signature"), "")
        account = next((each for each in queries.accounts() if _is_signed(each, message.body, signed)), None)
        if account is None:
            raise Refused("signature_wrong", "Stripe-Signature: it was not signed by Stripe, or too long ago")
        event = json.loads(message.body)
        return queries.key_of(account, rules.about(event)) if isinstance(event, dict) else None


def _account(seller: Seller, merchant: str) -> Account:
    found = queries.account_of(seller.code)
    if found is None or found.merchant != merchant:
        raise Refused("merchant_unknown", f"{seller.name} has no account {merchant} at Stripe now", param="merchant")
    return found


def _notes(intent: Intent) -> dict[str, str]:
    """What Stripe keeps with a payment and tells again."""
    notes = {KEY: intent.key, SUBJECT: intent.subject, MERCHANT: intent.merchant}
    return {**notes, KEEP: "yes"} if intent.keep or intent.amount == 0 else notes


def _session(account: Account, wire: Wire, intent: Intent) -> dict[str, Any]:
    notes, back = _notes(intent), account.site + intent.return_to
    params: dict[str, Any] = {"success_url": back, "cancel_url": back, "metadata": notes}
    if KEEP in notes and intent.payer:
        params["customer"] = _payer(account, wire, intent.payer)
    if intent.amount == 0:
        params |= {"mode": "setup", "currency": intent.currency.lower(), "setup_intent_data": {"metadata": notes}}
        return params
    price = {
        "currency": intent.currency.lower(),
        "unit_amount": rules.minor(intent.amount, intent.currency),
        "product_data": {"name": intent.label or intent.seller.name},
    }
    kept = {"setup_future_usage": "off_session"} if KEEP in notes and intent.payer else {}
    params |= {
        "mode": "payment",
        "client_reference_id": intent.key,
        "line_items": [{"price_data": price, "quantity": 1}],
        "payment_intent_data": {"metadata": notes, **kept},
    }
    return params


def _payer(account: Account, wire: Wire, payer: str) -> str:
    """Stripe's customer of a payer, made if need be: the key is the payer's, so that two calls make one."""
    known = Payer.objects.filter(account=account, payer=payer).values_list("reference", flat=True).first()
    if known:
        return known
    return actions.note_payer(account, payer, wire.make_payer(payer, f"payer:{account.public_id}:{payer}"))


def _look_up(sent: Sent, wire: Wire) -> Data | None:
    """What was made under a key whose answer never came; None when Stripe has made nothing."""
    since = {"created": {"gte": int((sent.sent_at - _SKEW).timestamp())}}
    rows: Iterable[Data]
    if sent.kind in _OF_SESSIONS:
        rows = wire.sessions(**since)
    elif sent.kind == Kind.CHARGE:
        rows = wire.intents(customer=sent.of, **since)
    else:
        rows = wire.refunds(payment_intent=sent.of, **since)
    return next((row for row in rows if (row.get("metadata") or {}).get(KEY) == sent.key), None)


def _told(sent: Sent, wire: Wire) -> Told:
    if sent.kind in _OF_SESSIONS:
        return rules.of_session(wire.session(sent.reference))
    if sent.kind == Kind.CHARGE:
        return rules.of_intent(wire.intent(sent.reference))
    return rules.of_refund(wire.refund(sent.reference))


def _facts(sent: Sent, told: Told, disputes: tuple[Disputed, ...]) -> Facts:
    merchant = told.merchant
    if told.live != sent.account.live:
        # Pretended money of the same account is not ours.
        merchant = f"{'live' if told.live else 'test'} mode of {merchant}"
    return Facts(
        progress=told.progress,
        key=told.key,
        reference=sent.reference,
        amount=rules.major(told.units, told.currency) if sent.kind != Kind.SETUP else Decimal(0),
        currency=told.currency or sent.currency,
        merchant=merchant,
        subject=told.subject,
        saved=told.saved if sent.kind != Kind.CHARGE else None,
        detail=told.detail,
        disputes=disputes,
    )


def _disputes(wire: Wire, told: Told) -> Iterable[Disputed]:
    if told.disputed:
        found = (rules.of_dispute(each) for each in wire.disputes(payment_intent=told.intent))
        yield from (each for each in found if each is not None)


def _is_signed(account: Account, body: bytes, header: str) -> bool:
    secret = queries.signing_secret(account)
    try:
        stripe.WebhookSignature.verify_header(body, header, secret, TOLERANCE_S)
        json.loads(body)
    except (stripe.SignatureVerificationError, ValueError):
        return False
    return bool(secret)


GATEWAYS = [Stripe]
