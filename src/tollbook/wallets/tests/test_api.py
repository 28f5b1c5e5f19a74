"""Holds, credit that comes again and the level of a wallet, over the API."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tollbook.api.tests.conftest import Caller, customer_key, staff_key
from tollbook.identity.models import AuditEntry, StaffRole
from tollbook.kernel.money import Money, plain
from tollbook.site.tests.world import World
from tollbook.wallets.actions import open_wallet, top_up
from tollbook.wallets.models import GrantPlan, Hold, TopUpRequest, Wallet
from tollbook.wallets.recurring import recur_due

FIVE = {"amount": "5", "currency": "EUR"}


def filled(world: World) -> Wallet:
    found = open_wallet(world.customer().row, "EUR")
    top_up(found.pk, Money(Decimal(10), "EUR"), key="a")
    return found


def standing(wallet: Wallet) -> list[str]:
    wallet.refresh_from_db()
    return [plain(wallet.balance), plain(wallet.held)]


def code(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def test_a_hold_is_made_captured_in_part_and_released(world: World) -> None:
    wallet, staff = filled(world), staff_key(StaffRole.FINANCE)
    address = f"/wallets/{wallet.public_id}/holds"
    made = staff.post(address, {**FIVE, "expires_at": "2026-05-01T01:00:00Z"}, key="h1")
    assert made.status_code == 201
    assert made.json() == {
        "id": Hold.objects.get().public_id, "wallet": wallet.public_id, "state": "open",
        "amount": {"amount": "5.00", "currency": "EUR"}, "captured": {"amount": "0.00", "currency": "EUR"},
        "expires_at": "2026-05-01T01:00:00Z", "created_at": "2026-05-01T00:00:00Z", "closed_at": None,
    }  # fmt: skip
    hold = f"/holds/{made.json()['id']}"
    assert staff.post(address, {**FIVE, "expires_at": "2026-05-01T01:00:00Z"}, key="h1").json() == made.json()
    assert code(staff.post(address, {**FIVE, "amount": "4"}, key="h1")) == (409, "wallet_key_conflict")
    assert code(staff.post(address, {**FIVE, "amount": "5.01"}, key="h2")) == (409, "wallet_short")
    assert code(staff.post(address, {**FIVE, "currency": "USD"}, key="h2")) == (409, "currency_mismatch")
    assert code(staff.post(address, {**FIVE, "expires_at": "2026-05-01T00:00:00Z"}, key="h2")) == (
        409,
        "already_expired",
    )
    assert standing(wallet) == ["10", "5"]
    assert code(staff.post(f"{hold}/capture", {"amount": "5.01"}, key="c0")) == (409, "more_than_held")
    taken = staff.post(f"{hold}/capture", {"amount": "3.2", "memo": "A call"}, key="c1")
    assert (taken.status_code, taken.json()["state"], taken.json()["captured"]["amount"]) == (200, "captured", "3.20")
    assert staff.post(f"{hold}/capture", {"amount": "3.2", "memo": "A call"}, key="c1").json() == taken.json()
    assert code(staff.post(f"{hold}/capture", {"amount": "3.2"}, key="c2")) == (409, "hold_closed")
    assert code(staff.post(f"{hold}/release", {}, key="r1")) == (409, "hold_closed")
    assert standing(wallet) == ["6.8", "0"]
    second = staff.post(address, FIVE, key="h3").json()["id"]
    freed = staff.post(f"/holds/{second}/release", {"reason": "Nobody answered"}, key="r2")
    assert (freed.status_code, freed.json()["state"], standing(wallet)) == (200, "released", ["6.8", "0"])
    assert [row["state"] for row in staff.get(address).json()["data"]] == ["released", "captured"]
    noted = AuditEntry.objects.filter(verb__startswith="hold.").order_by("pk").values_list("verb", "customer_id")
    assert list(noted) == [("hold.capture", wallet.customer_id), ("hold.release", wallet.customer_id)]


@pytest.mark.django_db(transaction=True)
def test_holds_over_the_api_are_decided_together(world: World, at_once: Callable[..., list[Any]]) -> None:
    wallet, staff = filled(world), staff_key(StaffRole.FINANCE)
    address = f"/wallets/{wallet.public_id}/holds"
    one = {"amount": "1", "currency": "EUR"}
    answers = at_once(*(lambda n=n: staff.post(address, one, key=f"k{n}").status_code for n in range(16)))
    assert [answers.count(201), answers.count(409), standing(wallet)] == [10, 6, ["10", "10"]]


def test_credit_that_comes_again_is_added_and_stopped(world: World) -> None:
    wallet, staff = filled(world), staff_key(StaffRole.BILLING)
    address = f"/wallets/{wallet.public_id}/grant-plans"
    asked = {**FIVE, "name": "Monthly", "anchor": "2026-05-31", "at_most": "2"}
    made = staff.post(address, asked, key="p1")
    assert made.status_code == 201, made.json()
    assert {name: made.json()[name] for name in ("every", "unit", "next_at", "life_days")} == {
        "every": 1, "unit": "months", "next_at": "2026-05-31T00:00:00Z", "life_days": None,
    }  # fmt: skip
    assert code(staff.post(address, {**asked, "every": 0}, key="p2")) == (409, "every_wrong")
    assert customer_key(wallet.customer_id).get(address).json()["data"] == [made.json()]
    assert code(customer_key(wallet.customer_id).post(address, asked, key="p3")) == (403, "staff_only")
    world.on("2026-06-30")
    recur_due(world.now)
    assert standing(wallet) == ["17", "0"]
    stopped = staff.post(f"/grant-plans/{made.json()['id']}/stop", {"reason": "Over"}, key="s1")
    assert (stopped.json()["next_at"], stopped.json()["ends_at"]) == (None, "2026-06-30T00:00:00Z")
    assert code(staff.post("/grant-plans/gpl_none/stop", {}, key="s2")) == (404, "grant_plan_not_found")
    assert [GrantPlan.objects.count(), AuditEntry.objects.filter(verb__startswith="grant_plan.").count()] == [1, 2]


def test_the_level_and_the_forecast(world: World) -> None:
    wallet, staff = filled(world), staff_key(StaffRole.FINANCE)
    address = f"/wallets/{wallet.public_id}/level"
    level = {"threshold": "6", "top_up_amount": "50", "at_zero": "grace", "grace_hours": 24}
    assert staff.put(address, level).json()["request"] is None
    nothing = {"empty_at": None, "per_day": None, "basis_days": None}
    assert staff.get(f"/wallets/{wallet.public_id}/forecast").json() == nothing
    hold = staff.post(f"/wallets/{wallet.public_id}/holds", FIVE, key="h").json()["id"]
    staff.post(f"/holds/{hold}/capture", {}, key="c")
    request = TopUpRequest.objects.get()
    assert staff.get(address).json() == {
        "threshold": {"amount": "6.00", "currency": "EUR"}, "top_up_amount": {"amount": "50.00", "currency": "EUR"},
        "at_zero": "grace", "grace_hours": 24, "request": request.public_id,
        "asked_amount": {"amount": "50.00", "currency": "EUR"}, "asked_since": "2026-05-01T00:00:00Z",
    }  # fmt: skip
    assert staff.get(f"/wallets/{wallet.public_id}/forecast").json() == {
        "empty_at": "2026-05-02T00:00:00Z", "per_day": {"amount": "5.00", "currency": "EUR"}, "basis_days": 1,
    }  # fmt: skip
    assert code(staff.put(address, {**level, "at_zero": "refuse"})) == (409, "grace_hours_wrong")
    assert code(staff.put(address, {"threshold": "1"})) == (409, "threshold_incomplete")
    assert staff.get(address).json()["at_zero"] == "grace"


def test_a_customers_key_reads_its_holds_and_makes_none(world: World) -> None:
    wallet = filled(world)
    mine: Caller = customer_key(wallet.customer_id)
    made = staff_key(StaffRole.FINANCE).post(f"/wallets/{wallet.public_id}/holds", FIVE, key="h").json()
    assert mine.get(f"/holds/{made['id']}").json() == made
    for address in (
        f"/wallets/{wallet.public_id}/holds",
        f"/holds/{made['id']}/capture",
        f"/holds/{made['id']}/release",
    ):
        assert code(mine.post(address, {}, key="x")) == (403, "staff_only")
    assert code(customer_key(world.customer("bolt").row.pk).get(f"/holds/{made['id']}")) == (404, "hold_not_found")
