"""Holds that one caller asks for together: decided in order, each once, none that does not fit."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from tollbook.api.tests.conftest import Caller, admin, customer_key
from tollbook.kernel.errors import Refused
from tollbook.site.tests.world import World
from tollbook.wallets import group
from tollbook.wallets.batch import BATCH, hold_many
from tollbook.wallets.models import Hold
from tollbook.wallets.tests.wishes import eur, filled, said, standing, wish

__all__ = ["admin"]  # fixture


@pytest.mark.django_db(transaction=True)
def test_each_by_what_the_ones_before_left(world: World) -> None:
    wallet, other = filled(world, "10"), filled(world, "1", "bolt")
    asked = [
        wish(wallet, "a", "6"), wish(wallet, "b", "5"), wish(other, "c", "1"), wish(wallet, "d", "4"),
        wish(wallet, "e", "0"), wish(wallet, "", "1"), wish(wallet, "a", "6"), wish(wallet, "a", "7"),
        group.Wish(0, "f", eur("1")),
    ]  # fmt: skip
    answers = hold_many(asked)
    assert said(list(answers)) == [
        "held", "wallet_short", "held", "held", "amount_not_positive", "text_empty", "held", "wallet_key_conflict",
        "wallet_not_found",
    ]  # fmt: skip
    assert answers[6] == answers[0]
    assert (standing(wallet), standing(other), Hold.objects.count()) == (["10", "10"], ["1", "1"], 3)
    # Sent again: the same holds, and nothing more.
    assert [a for a in hold_many(asked) if isinstance(a, str)] == [a for a in answers if isinstance(a, str)]
    assert Hold.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_batches_of_many_senders_get_exactly_what_there_is(world: World, at_once: Callable[..., list[Any]]) -> None:
    wallet = filled(world, "100")

    def send(number: int) -> Any:
        return hold_many([wish(wallet, f"{number}-{n}", "1") for n in range(9)])

    singles = [lambda n=n: group.hold(wallet.pk, eur("1"), key=f"one-{n}") for n in range(20)]
    answers = at_once(*(partial(send, number) for number in range(12)), *singles)
    held = [a for sent in answers for a in (sent if isinstance(sent, list) else [sent]) if isinstance(a, str)]
    assert (len(held), len(set(held)), standing(wallet)) == (100, 100, ["100", "100"])


@pytest.mark.django_db(transaction=True)
def test_how_many_and_where(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    wallet = filled(world, "500")
    for count in (0, BATCH + 1):
        with pytest.raises(Refused) as refused:
            hold_many([wish(wallet, f"k{n}", "1") for n in range(count)])
        assert refused.value.code == "batch_size"
    with pytest.raises(RuntimeError), transaction.atomic():
        hold_many([wish(wallet, "a", "1")])
    assert len(hold_many([wish(wallet, f"k{n}", "1") for n in range(BATCH)])) == Hold.objects.count() == BATCH

    def fails(*_: Any, **__: Any) -> list[group.Answer]:
        raise DatabaseError("the server went away")

    monkeypatch.setattr(group, "hold_together", fails)
    assert said(list(hold_many([wish(wallet, "x", "400"), wish(wallet, "y", "1")]))) == ["held", "wallet_short"]


@pytest.mark.django_db(transaction=True)
def test_over_the_api(world: World, admin: Caller) -> None:
    wallet = filled(world, "10")
    path = f"/wallets/{wallet.public_id}/holds/batch"
    wanted = {"holds": [{"amount": amount, "currency": "EUR"} for amount in ("6", "5", "4")]}
    answer = admin.post(path, wanted, key="campaign")
    found = answer.json()
    assert (answer.status_code, found["held"], found["refused"]) == (200, 2, 1)
    assert [(r["id"] is None, r["code"]) for r in found["results"]] == [
        (False, None), (True, "wallet_short"), (False, None),
    ]  # fmt: skip
    assert found["results"][1]["message"] == "the wallet has 4.0000000000 EUR available, 5.0000000000 is needed"
    assert admin.post(path, wanted, key="campaign").json()["results"][::2] == found["results"][::2]
    assert (Hold.objects.count(), standing(wallet)) == (2, ["10", "10"])
    late = {"holds": [*wanted["holds"], {"amount": "1", "currency": "EUR", "expires_at": "2026-01-01T00:00:00Z"}]}
    many = {"holds": 101 * wanted["holds"]}
    for body, code in ((late, "already_expired"), ({"holds": []}, "invalid"), (many, "invalid")):
        assert admin.post(path, body).json()["code"] == code
    assert customer_key(wallet.customer_id).post(path, wanted).status_code == 403
    assert Hold.objects.count() == 2
