"""What every gateway must do, as one suite that each gateway's tests run, against the sandbox or a real peer.

from tollbook.payments.conformance import Case, check_all

def test_conformance():
    check_all(Case(MyGateway, seller, "EUR", pay=press_pay))
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from tollbook.kernel.errors import Permanent, Refused
from tollbook.payments.protocol import Gateway, Intent, Message, Progress, RefundOrder, Seller

AMOUNT, PART = Decimal("12.30"), Decimal("2.30")


@dataclass(frozen=True)
class Case:
    """A gateway to try: how to make it, whom it pays in what currency, and how the payer pays an intent.

    `pay(intent)` makes the payer pay and returns (key, reference) under which the payment can be read. `skipped` names
    checks that a peer cannot prove; each of them another peer has to.
    """

    make: Callable[[], Gateway]
    seller: Seller
    currency: str
    pay: Callable[[Intent], tuple[str, str]]
    skipped: frozenset[str] = frozenset()
    keys: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    def intent(self, name: str, amount: Decimal = AMOUNT) -> Intent:
        """An intent whose key no other run uses."""
        merchant = self.make().offer(self.seller, self.currency)
        _need(merchant is not None, f"it does not take {self.currency} for {self.seller.code}")
        key = f"pay_{self.keys}{name}"
        return Intent(key, amount, self.currency, merchant or "", f"inv_{self.keys}", f"INV-{self.keys}", self.seller)


def check_all(case: Case) -> list[str]:
    """Run every check; AssertionError names the first that fails. Returns the names of the checks that ran."""
    ran = []
    for check in CHECKS:
        if check.__name__ in case.skipped:
            continue
        check(replace(case, keys=uuid.uuid4().hex[:12]))
        ran.append(check.__name__)
    return ran


def _need(held: bool, what: str) -> None:
    if not held:
        raise AssertionError(what)


def offers_one_account(case: Case) -> None:
    """Asked twice, it names the same account."""
    gateway = case.make()
    first, second = (gateway.offer(case.seller, case.currency) for _ in range(2))
    _need(first is not None and first == second, f"it offers {first} and then {second}")


def begins_without_being_paid(case: Case) -> None:
    """Begun, it is not paid: it waits, or nobody has heard of it."""
    gateway, intent = case.make(), case.intent("a")
    started = gateway.start(intent)
    facts = gateway.read(intent.key, started.reference)
    _need(facts is None or facts.progress is Progress.PENDING, f"begun, it is {facts}")
    _need(bool(started.redirect or started.instructions), "the payer is told nothing")


def begins_once_per_key(case: Case) -> None:
    """The same key begins the same payment; what comes by hand begins none."""
    gateway, intent = case.make(), case.intent("a")
    first, again = gateway.start(intent), gateway.start(intent)
    _need(first.reference == again.reference, f"one key began {first.reference} and {again.reference}")
    if not gateway.by_hand:
        _refused(lambda: gateway.start(replace(intent, amount=PART)), "a key began two payments")
        other = gateway.start(case.intent("b"))
        _need(other.reference != first.reference, "two keys began one payment")


def tells_the_truth_of_what_is_paid(case: Case) -> None:
    """Paid, it says how much, in what, to whom; and again the same."""
    gateway, intent = case.make(), case.intent("a")
    key, reference = case.pay(intent)
    facts = gateway.read(key, reference)
    _need(facts is not None, "what was paid is unheard of")
    if facts is None:
        return
    told = (facts.progress, facts.key, facts.amount, facts.currency, facts.merchant)
    _need(told == (Progress.SUCCEEDED, key, AMOUNT, case.currency, intent.merchant), f"paid, it says {facts}")
    _need(gateway.read(key, reference) == facts, "asked again, it says something else")


def gives_back_once_per_key(case: Case) -> None:
    """The same key gives back once; what a program gives back can be read; never more than was paid."""
    gateway, intent = case.make(), case.intent("a")
    key, reference = case.pay(intent)
    order = RefundOrder(f"rfd_{case.keys}", key, reference, PART, case.currency, intent.merchant, "conformance")
    first, again = gateway.refund(order), gateway.refund(order)
    _need(first == again, f"one key gave {first} and {again}")
    facts = gateway.read(order.key, first.reference)
    if gateway.by_hand:
        _need(facts is None, "what a person has to send is already given back")
        return
    _need(facts is not None and facts.amount == PART and facts.key == order.key, f"given back, it says {facts}")
    _refused(lambda: gateway.refund(replace(order, amount=AMOUNT)), "a key gave two amounts back")
    _refused(lambda: gateway.refund(replace(order, key=f"rfd_{case.keys}x", amount=AMOUNT)), "it gave back too much")


def knows_nothing_of_strangers(case: Case) -> None:
    """A key that it never heard is None; a saved method that it never gave is refused."""
    gateway = case.make()
    _need(gateway.read(f"pay_{case.keys}none", f"none-{case.keys}") is None, "it knows what never was")
    _refused(lambda: gateway.charge(case.intent("c"), "no-such-token"), "it charged what it never saved")


def believes_no_message(case: Case) -> None:
    """Whatever is sent to its callback address, `hint` answers a short name or None or refuses, and changes nothing."""
    gateway, intent = case.make(), case.intent("a")
    started = gateway.start(intent)
    before = gateway.read(intent.key, started.reference)
    for body in (b"", b"\xff\x00", b"<html>", b"x" * 60_000, intent.key.encode(), b'{"paid": true}'):
        try:
            found = gateway.hint(Message(body, {}, {}))
        except Refused:
            continue
        _need(found is None or (isinstance(found, str) and bool(found)), f"hint gave {found!r}")
    _need(gateway.read(intent.key, started.reference) == before, "a message changed a payment")


def sets_up_without_money(case: Case) -> None:
    """Where it keeps methods, an intent of nothing begins a set-up once, which waits for its payer."""
    gateway = case.make()
    if not gateway.saves:
        return
    intent = replace(case.intent("s", Decimal(0)), payer=f"cus_{case.keys}", keep=True)
    first, again = gateway.start(intent), gateway.start(intent)
    _need(first == again and bool(first.redirect), f"one key began {first} and {again}")
    facts = gateway.read(intent.key, first.reference)
    _need(facts is not None and facts.progress is Progress.PENDING and facts.saved is None, f"begun, it is {facts}")


def _refused(act: Callable[[], object], what: str) -> None:
    try:
        act()
    except (Refused, Permanent):
        return
    raise AssertionError(what)


CHECKS: tuple[Callable[[Case], None], ...] = (
    offers_one_account,
    begins_without_being_paid,
    begins_once_per_key,
    tells_the_truth_of_what_is_paid,
    gives_back_once_per_key,
    knows_nothing_of_strangers,
    believes_no_message,
    sets_up_without_money,
)
