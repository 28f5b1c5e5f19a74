"""Promotions in the world of the stories."""

from decimal import Decimal
from typing import Any

import pytest

from tollbook.kernel.errors import NotFound, Refused
from tollbook.promotions.actions import NewPromotion, create, redeem
from tollbook.promotions.models import Promotion, Redemption
from tollbook.promotions.rules import Kind, Stacks
from tollbook.site.tests.world import Party, World


def promise(world: World, code: str, kind: str = "percent", value: str = "20", **more: Any) -> Promotion:
    more.setdefault("stacks", Stacks.ADDITIVE)
    if kind in ("amount", "price"):
        more.setdefault("currency", "EUR")
    return create(world.brand, NewPromotion(code, code.title(), Kind(kind), Decimal(value), **more))


def gets(party: Party, code: str, key: str = "cloud") -> Redemption:
    return redeem(party.subscriptions[key].public_id, code, by="test", door="test")


def refusal(party: Party, code: str, key: str = "cloud") -> str:
    before = Redemption.objects.count()
    with pytest.raises((Refused, NotFound)) as refused:
        gets(party, code, key)
    assert Redemption.objects.count() == before
    return refused.value.code


def bought(world: World, **how: Any) -> Party:
    """acme with a set-up of 10 and a monthly 49 in arrears, from the first of May."""
    world.plan("cloud", world.once("10"), world.monthly("49"))
    return world.customer("acme").buys("cloud", **how)
