"""Amounts in Stripe's units, and what its objects mean."""

from decimal import Decimal
from typing import Any

import pytest

from tollbook.gateways.stripe.rules import about, is_live, label, major, minor, of_dispute, of_session, parts
from tollbook.kernel.errors import Refused
from tollbook.payments.protocol import Progress


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [
        ("12.30", "EUR", 1230),
        ("0.01", "USD", 1),
        ("500", "JPY", 500),
        ("1.230", "KWD", 1230),
        ("1.23", "BHD", 1230),
        ("150", "ISK", 15000),
        ("2000", "UGX", 200000),
        ("700", "MGA", 700),
        ("99.5", "HUF", 9950),
        ("12.3000000000", "EUR", 1230),
    ],
)
def test_amounts(amount: str, currency: str, units: int) -> None:
    assert minor(Decimal(amount), currency) == units
    assert major(units, currency) == Decimal(amount)


@pytest.mark.parametrize(
    ("amount", "currency", "right"),
    [("0.001", "EUR", "0.01"), ("0.5", "JPY", "1"), ("1.234", "KWD", "0.010"), ("1.50", "ISK", "1.00"),
     ("700.2", "MGA", "1")],
)  # fmt: skip
def test_amounts_that_stripe_cannot_take(amount: str, currency: str, right: str) -> None:
    with pytest.raises(Refused, match=f"give a multiple of {right}$"):
        minor(Decimal(amount), currency)


def session(**change: Any) -> dict[str, Any]:
    intent = {"id": "pi_1", "status": "succeeded", "amount": 500, "amount_received": 500, "currency": "eur"}
    return {"id": "cs_1", "mode": "payment", "status": "complete", "currency": "eur", "amount_total": 500,
            "livemode": True, "metadata": {"tollbook_key": "pay_1"}, "payment_intent": intent, **change}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "progress"),
    [
        ({}, Progress.SUCCEEDED),
        ({"status": "open", "payment_intent": None}, Progress.PENDING),
        ({"status": "expired", "payment_intent": None}, Progress.CANCELLED),
        ({"payment_intent": {"id": "pi", "status": "processing"}}, Progress.PENDING),
        ({"payment_intent": {"id": "pi", "status": "canceled"}}, Progress.CANCELLED),
        ({"payment_intent": {"id": "pi", "status": "requires_payment_method"}}, Progress.FAILED),
        ({"payment_intent": {"id": "pi", "status": "never heard of"}}, Progress.PENDING),
        ({"payment_intent": None}, Progress.PENDING),
    ],
)
def test_sessions(change: dict[str, Any], progress: Progress) -> None:
    told = of_session(session(**change))
    assert (told.progress, told.units, told.key, told.live) == (progress, 500 if told.units else 0, "pay_1", True)


@pytest.mark.parametrize(
    ("status", "standing"),
    [("needs_response", "open"), ("under_review", "open"), ("won", "won"), ("lost", "lost"), ("prevented", None),
     ("warning_needs_response", None), ("warning_closed", None)],
)  # fmt: skip
def test_disputes(status: str, standing: str | None) -> None:
    found = of_dispute({"id": "dp_1", "status": status, "amount": 500, "currency": "jpy", "reason": "fraudulent"})
    assert (found and (found.standing, found.amount, found.currency)) == (standing and (standing, 500, "JPY"))


@pytest.mark.parametrize(("key", "live"), [("sk_live_x", True), ("rk_live_x", True), ("sk_test_x", False)])
def test_keys(key: str, live: bool) -> None:
    assert is_live(key) is live


@pytest.mark.parametrize("key", ["", "sk_live_", "pk_live_x", "sk_prod_x", "live"])
def test_what_is_no_key(key: str) -> None:
    with pytest.raises(Refused, match="sk_live_"):
        is_live(key)


@pytest.mark.parametrize("text", ["", "no-such-token", "a b c", "acct_1 cus_1", "acct cus_1 pm_1 more"])
def test_what_is_no_token(text: str) -> None:
    with pytest.raises(Refused, match="no such method"):
        parts(text)


def test_labels() -> None:
    assert label({"type": "card", "card": {"brand": "visa", "last4": "4242"}}) == "Visa ending 4242"
    assert label({"type": "sepa_debit", "sepa_debit": {"last4": "3000"}}) == "Sepa debit ending 3000"
    assert (label({"type": "link"}), label({})) == ("Link", "Method")


@pytest.mark.parametrize("event", [{}, {"type": 5}, {"data": []}, {"type": "charge.x", "data": {"object": "ch"}}])
def test_events_of_any_shape(event: dict[str, Any]) -> None:
    assert about(event) == ()
