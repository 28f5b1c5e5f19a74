"""What is done with an account's deposit: asked for, paid, verified, rejected, given back, forfeited, abandoned."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.customers.features import values_for
from tollbook.customers.models import Customer
from tollbook.customers.settings import SIGNUP_PAYMENT, VERIFICATION_REFUND
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money, minor_units
from tollbook.kernel.states import move
from tollbook.kernel.text import clean_text
from tollbook.ledger.rules import AccountKind, Cause, Leg, Slot
from tollbook.payments import deposit_rules, queries, settings
from tollbook.payments.actions import already_begun, begin
from tollbook.payments.applying import NOBODY, By, book, locked_customer, locked_payment
from tollbook.payments.deposit_rules import DEPOSIT, DepositState, Mode, Rejected, Rest
from tollbook.payments.holding import held_slot, release_locked, tell
from tollbook.payments.models import Deposit, Payment
from tollbook.payments.refunds import order_refund
from tollbook.payments.rules import OPEN, ZERO
from tollbook.wallets.actions import open_wallet, top_up

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """What a new account of a customer deposits, and what it is promised, as the settings say now."""

    amount: Decimal
    currency: str
    promised: bool
    gives_back: Decimal
    mode: Mode
    rest: Rest
    on_reject: Rejected
    pay_days: int
    verify_days: int


def asked_of(customer: Customer) -> Asked | None:
    """What the settings ask of a new account, in the customer's currency; None: no deposit."""
    signs_up, promised, amounts, percent, fixed, mode, rest, on_reject, pay_days, verify_days = values_for(
        customer, SIGNUP_PAYMENT, VERIFICATION_REFUND, settings.DEPOSIT, settings.DEPOSIT_BACK,
        settings.DEPOSIT_BACK_FIXED, settings.DEPOSIT_MODE, settings.DEPOSIT_REST, settings.DEPOSIT_REJECTED,
        settings.DEPOSIT_PAY_DAYS, settings.DEPOSIT_VERIFY_DAYS,
    )  # fmt: skip
    currency = customer.currency
    amount = amounts.get(currency, ZERO)
    if not signs_up or amount <= ZERO:
        return None
    back = deposit_rules.comes_back(amount, percent, fixed.get(currency), minor_units(currency)) if promised else ZERO
    return Asked(amount, currency, promised, back, mode, rest, on_reject, pay_days, verify_days)


@action
def open_for(customer: Customer) -> Deposit | None:
    """Ask a new customer for its deposit, with the promise that its sign-up shows; None where none is asked for."""
    asked = asked_of(customer)
    if asked is None:
        return None
    at = clock.now()
    made, new = Deposit.objects.get_or_create(
        customer=customer,
        defaults={
            "brand_id": customer.brand_id, "amount": asked.amount, "currency": asked.currency,
            "promised": asked.promised, "gives_back": asked.gives_back, "mode": asked.mode, "rest": asked.rest,
            "on_reject": asked.on_reject, "verify_days": asked.verify_days, "created_at": at,
            "pay_by": at + timedelta(days=asked.pay_days),
        },
    )  # fmt: skip
    if new:
        tell("deposit.open", made, NOBODY, at, amount=str(made.amount), currency=made.currency)
    return made


@action
def pay(customer: Customer, gateway: str, *, key: str, by: By = NOBODY) -> Payment:
    """Begin to pay the customer's deposit, of exactly what it asks for: no limit of recharging counts for it.

    Refused "deposit_not_asked" for who has none or has paid it, "deposit_expired", and as `actions.begin`.
    """
    customer = locked_customer(customer.pk)
    found = Deposit.objects.filter(customer=customer).first()
    if found is not None and (earlier := already_begun(customer, key, gateway, found.public_id, found.amount)):
        return earlier
    if found is not None and found.state == DepositState.EXPIRED:
        message = (
            f"deposit {found.public_id} was to be paid by {found.pay_by:%Y-%m-%d}: write to us to have it reopened"
        )
        raise Refused("deposit_expired", message, param="deposit")
    if found is None or found.state != DepositState.AWAITING_PAYMENT:
        raise Refused("deposit_not_asked", "no deposit is asked for, or it is paid", param="deposit")
    return begin(customer, Money(found.amount, found.currency), gateway, key, by, deposit=found)


def _locked(public_id: str) -> tuple[Deposit, Payment | None]:
    """The deposit and the payment that it holds, its customer locked first; NotFound "deposit_not_found"."""
    found = queries.deposit_by_public_id(public_id)
    customer = locked_customer(found.customer_id)
    deposit = Deposit.objects.select_for_update().get(pk=found.pk)
    deposit.customer = customer
    return deposit, locked_payment(deposit.payment.public_id) if deposit.payment else None


def _moved(public_id: str, event: str, *, done: tuple[str, ...] = ()) -> tuple[Deposit, Payment | None]:
    """The locked deposit moved on by `event`, with the payment that it holds; without that where it was done before.

    Refused "invalid_transition", and "deposit_disputed" while the payer calls the payment back.
    """
    deposit, payment = _locked(public_id)
    # What went back after a rejection is not verified by it.
    if deposit.state in done and (event != "verify" or not deposit.reason):
        return deposit, None
    deposit.state = move(DEPOSIT, deposit.state, event)
    if payment is not None and payment.disputed:
        message = f"deposit {public_id}: its payment is disputed; end the dispute first"
        raise Refused("deposit_disputed", message, param="deposit")
    return deposit, payment


@action
def verify(public_id: str, *, by: By) -> Deposit:
    """The account is verified: what was promised goes back as promised, the rest where the promise says. Once.

    Refused "invalid_transition" for what is not held or was rejected, "deposit_disputed".
    """
    done = (DepositState.REFUND_PENDING, DepositState.REFUNDED, DepositState.KEPT)
    deposit, payment = _moved(public_id, "verify", done=done)
    if payment is None:
        return deposit
    at = _decided(deposit, "", by)
    tell("deposit.verify", deposit, by, at)
    parts = deposit_rules.verified(deposit.left, deposit.gives_back, Mode(deposit.mode), Rest(deposit.rest))
    _to_wallet(deposit, parts.to_wallet, "verified", at)
    _keep(deposit, payment, parts.kept, "fee", at)
    if parts.to_gateway:
        deposit.state = move(DEPOSIT, deposit.state, "refund")
        return _order(deposit, payment, parts.to_gateway, "The account is verified", by, at)
    promised = deposit.mode == Mode.WALLET and deposit.gives_back > 0
    deposit.state = move(DEPOSIT, deposit.state, "refunded" if promised else "keep")
    return _ended(deposit, at)


@action
def reject(public_id: str, *, reason: str, by: By) -> Deposit:
    """The account is not verified, for a reason that the customer reads: its deposit is forfeited where the promise
    says so, else a person decides what becomes of it. Once.

    Refused "invalid_transition" for what is not held, "deposit_disputed", and as `clean_text`.
    """
    reason = clean_text(reason, "reason", 300)
    deposit, payment = _moved(public_id, "reject", done=(DepositState.REJECTED, DepositState.FORFEITED))
    if payment is None:
        return deposit
    at = _decided(deposit, reason, by)
    tell("deposit.reject", deposit, by, at, reason=reason)
    if deposit.on_reject == Rejected.PEOPLE:
        deposit.save()
        return deposit
    deposit.state = move(DEPOSIT, deposit.state, "forfeit")
    return _forfeit(deposit, payment, by, at)


@action
def forfeit(public_id: str, *, by: By) -> Deposit:
    """Keep what is left of the deposit of an account that was rejected. Once; Refused as `give_back`."""
    deposit, payment = _moved(public_id, "forfeit", done=(DepositState.FORFEITED,))
    return deposit if payment is None else _forfeit(deposit, payment, by, clock.now())


def _forfeit(deposit: Deposit, payment: Payment, by: By, at: datetime) -> Deposit:
    tell("deposit.forfeit", deposit, by, at, amount=str(deposit.left))
    _keep(deposit, payment, deposit.left, "forfeited", at)
    return _ended(deposit, at)


@action
def give_back(public_id: str, mode: Mode, *, by: By) -> Deposit:
    """Give back all that is left of a deposit that was rejected, or whose refund has failed: through its gateway or
    into the wallet. Refused "invalid_transition", "deposit_disputed".
    """
    event = "refund" if mode is Mode.GATEWAY else "refunded"
    deposit, payment = _moved(public_id, event)
    assert payment is not None  # noqa: S101  - the states that `event` leaves hold money
    at, amount = clock.now(), deposit.left
    tell("deposit.give_back", deposit, by, at, amount=str(amount), mode=mode.value)
    if mode is Mode.GATEWAY:
        return _order(deposit, payment, amount, deposit.reason or "The account is verified", by, at)
    _to_wallet(deposit, amount, "given back", at)
    return _ended(deposit, at)


@action
def reopen(public_id: str, *, by: By) -> Deposit:
    """Ask again for a deposit that was not paid in time, under its promise. Refused "invalid_transition"."""
    deposit, _ = _locked(public_id)
    if deposit.state == DepositState.AWAITING_PAYMENT:
        return deposit
    deposit.state, at = move(DEPOSIT, deposit.state, "reopen"), clock.now()
    (days,) = values_for(deposit.customer, settings.DEPOSIT_PAY_DAYS)
    deposit.pay_by = at + timedelta(days=days)
    deposit.save(update_fields=["state", "pay_by"])
    tell("deposit.reopen", deposit, by, at)
    return deposit


def expire_due(at: datetime) -> int:
    """Give up deposits that nobody paid in time, each in a transaction of its own; how many."""
    return sum(_expire(public_id, at) for public_id in queries.deposits_unpaid(at, CHUNK))


@action
def _expire(public_id: str, at: datetime) -> bool:
    """Whether it was given up; not while a payment of it is under way."""
    deposit, _ = _locked(public_id)
    waits = deposit.payments.filter(state__in=[*OPEN, "review"]).exists()
    if deposit.state != DepositState.AWAITING_PAYMENT or deposit.pay_by > at or waits:
        return False
    deposit.state = move(DEPOSIT, deposit.state, "expire")
    deposit.save(update_fields=["state"])
    tell("deposit.expire", deposit, NOBODY, at)
    return True


def _decided(deposit: Deposit, reason: str, by: By) -> datetime:
    deposit.decided_at, deposit.decided_by, deposit.reason = clock.now(), by.actor[:200], reason
    return deposit.decided_at


def _to_wallet(deposit: Deposit, amount: Decimal, step: str, at: datetime) -> None:
    if amount:
        source = held_slot(deposit.customer, deposit.currency)
        wallet = open_wallet(deposit.customer, deposit.currency, at=at)
        key = f"{deposit.public_id}:{step}"
        top_up(wallet.pk, Money(amount, deposit.currency), key=key, source=source, at=at)
        deposit.left -= amount
        deposit.to_wallet += amount


def _keep(deposit: Deposit, payment: Payment, amount: Decimal, what: str, at: datetime) -> None:
    if amount:
        legs = (
            Leg(held_slot(deposit.customer, deposit.currency), amount),
            Leg(Slot(AccountKind.DEPOSIT_KEPT, deposit.currency, what), -amount),
        )
        book(payment, Cause("deposit", deposit.public_id, what), legs, f"Deposit {deposit.public_id}: {what}", at)
        deposit.left -= amount
        deposit.kept += amount


def _order(deposit: Deposit, payment: Payment, amount: Decimal, reason: str, by: By, at: datetime) -> Deposit:
    number = payment.refunds.count() + 1
    release_locked(deposit, payment, amount, number, at)
    key = f"deposit:{deposit.public_id}:{number}"
    deposit.refund = order_refund(payment.public_id, amount, reason=reason, key=key, by=by)
    deposit.save()
    return deposit


def _ended(deposit: Deposit, at: datetime) -> Deposit:
    deposit.ended_at = at
    deposit.save()
    return deposit
