"""Grants and prepaid units."""

from decimal import Decimal
from typing import Any

from tollbook.site.conformance.given import Given
from tollbook.site.conformance.kinds import kind
from tollbook.wallets.credits import USUAL_PRIORITY, Credits, Terms
from tollbook.wallets.units import covered_call

_ZERO = Decimal(0)


def _standing(credits: Credits) -> dict[str, Any]:
    return {"remaining": credits.remaining, "overage": credits.overage}


def _grant(credits: Credits, item: Given) -> None:
    terms = Terms(
        item.decimal("amount", negative=False),
        priority=item.whole("priority", USUAL_PRIORITY),
        expires_at=item.optional_instant("expires"),
        created=item.whole("created", 0),
        max_rollover=item.decimal("max_rollover", _ZERO, negative=False),
        min_rollover=item.decimal("min_rollover", _ZERO, negative=False),
    )
    credits.grant(item.text("id"), terms)


@kind("wallet.burn_down")
def burn_down(given: Given) -> dict[str, Any]:
    credits = Credits()
    for item in given.items("grants"):
        _grant(credits, item)
    for amount in given.decimals("usage"):
        credits.use(amount)
    return _standing(credits)


@kind("wallet.timeline")
def timeline(given: Given) -> dict[str, Any]:
    credits = Credits()
    happen = {
        "grant": lambda item: _grant(credits, item),
        "use": lambda item: credits.use(item.decimal("amount", negative=False)),
        "void": lambda item: credits.end(item.text("id")),
        "expire": lambda item: credits.end(item.text("id")),
        "recur": lambda item: credits.recur(item.text("id"), pays_overage=item.flag("burn_overage", True)),
        "reset": lambda item: credits.reset(keeps_overage=item.flag("preserve_overage", False)),
    }
    for item in given.items("events"):
        item.word("do", happen)(item)
    return _standing(credits)


@kind("wallet.units_and_money")
def units_and_money(given: Given) -> dict[str, Any]:
    found = covered_call(
        given.whole("units_s"),
        given.decimal("money"),
        given.whole("call_s"),
        given.whole("increment_s"),
        given.decimal("connect_fee", _ZERO),
    )
    return found._asdict()
