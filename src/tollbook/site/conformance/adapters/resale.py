"""Reselling."""

from typing import Any

from tollbook.site.conformance.given import Given
from tollbook.site.conformance.kinds import kind
from tollbook.site.conformance.units import CENTS
from tollbook.sourcing.rules import Step, resold


@kind("resale.chain")
def chain(given: Given) -> dict[str, Any]:
    steps = [_step(item) for item in given.items("steps")]
    if len({step.party for step in steps}) < len(steps):
        raise given.wrong("steps", "name each party once")
    found = resold(given.decimal("cost"), steps, CENTS)
    return {
        "prices": {sold.party: sold.price for sold in found},
        "margins": {sold.party: sold.margin for sold in found},
    }


def _step(item: Given) -> Step:
    if item.has("price"):
        if item.has("markup_percent"):
            raise item.wrong("markup_percent", "give either a price or a markup")
        return Step(item.text("party"), item.decimal("price"))
    return Step(item.text("party"), None, item.decimal("markup_percent"))
