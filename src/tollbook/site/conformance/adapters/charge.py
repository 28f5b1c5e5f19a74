"""Quantity to amount, by every price model."""

from decimal import Decimal
from typing import Any

from tollbook.invoicing.rules import round_line
from tollbook.kernel.money import Rounding
from tollbook.rating import Rated, Terms, Usage, rate
from tollbook.site.conformance.given import Given
from tollbook.site.conformance.kinds import kind
from tollbook.site.conformance.units import CENTS

# Our name of a field of the terms, and what the cases call it.
_AROUND = {
    "allowance": "free_units",
    "minimum": "min_amount",
    "maximum": "max_amount",
    "discount_percent": "percent_discount",
}
_ZERO = Decimal(0)


def _rated(given: Given, quantity: Decimal, usage: Usage | None = None, **model: Any) -> Rated:
    """Rate under `model` with whatever stands around it in the case; each field may be absent."""
    around = {ours: given.raw(theirs) for ours, theirs in _AROUND.items() if given.has(theirs)}
    semantics = {"border": model.pop("border", None), "flat_at_zero": given.raw("first_tier_flat_at_zero")}
    return rate(
        Terms.parse({**model, **around, "semantics": semantics}),
        quantity,
        before=given.decimal("already_billed_quantity", _ZERO),
        already=given.optional_decimal("already_billed_amount"),
        last=given.flag("last_in_period", True),
        usage=usage,
    )


@kind("charge.unit")
def unit(given: Given) -> dict[str, Any]:
    rated = _rated(given, given.decimal("quantity"), model="unit", unit_price=given.raw("unit_price"))
    amount = rated.amount
    if given.has("round_places"):
        amount = round_line(amount, given.places("round_places"))
    return {"amount": amount, "billable_quantity": rated.billable}


@kind("charge.graduated")
def graduated(given: Given) -> dict[str, Any]:
    return {"amount": _rated(given, given.decimal("quantity"), model="graduated", tiers=given.raw("tiers")).amount}


@kind("charge.volume")
def volume(given: Given) -> dict[str, Any]:
    chosen_by = given.optional_decimal("tier_selection_quantity")
    usage = None if chosen_by is None else Usage(whole=chosen_by)
    return {"amount": _rated(given, given.decimal("quantity"), usage, model="volume", tiers=given.raw("tiers")).amount}


@kind("charge.volume_from")
def volume_from(given: Given) -> dict[str, Any]:
    tiers = [(item.decimal("from"), item.some("unit", "flat")) for item in given.items("tiers")]
    if tiers and tiers[0][0] > 0:
        # A list that begins above zero has no price for less.
        tiers.insert(0, (_ZERO, {}))
    ends = [*(start for start, _ in tiers[1:]), None]
    # A range ends where the next one begins, the last one never.
    ranges = [{"upto": ends[number], **price} for number, (_, price) in enumerate(tiers)]
    rated = _rated(given, given.decimal("quantity"), model="volume", tiers=ranges, border="lower_bound")
    return {"amount": rated.amount}


@kind("charge.package")
def package(given: Given) -> dict[str, Any]:
    model = given.some("package_size", "package_price", "partial")
    return {"amount": _rated(given, given.decimal("quantity"), model="package", **model).amount}


@kind("charge.blocks")
def blocks(given: Given) -> dict[str, Any]:
    model = {"policy": given.text("policy").lower(), "tiers": given.raw("tiers")}
    return {"amount": _rated(given, given.decimal("quantity"), model="blocks", **model).amount}


@kind("charge.capacity")
def capacity(given: Given) -> dict[str, Any]:
    peaks = given.item("peaks")
    usage = Usage(peaks={unit: peaks.decimal(unit) for unit in peaks.rest()})
    return {"price": _rated(given, _ZERO, usage, model="capacity", tiers=given.raw("tiers")).amount}


@kind("charge.threshold_discount")
def threshold_discount(given: Given) -> dict[str, Any]:
    model = {"model": "threshold", **given.some("unit_price", "thresholds")}
    if not model.get("thresholds"):
        # A price without thresholds is a price by the unit.
        model = {"model": "unit", **given.some("unit_price")}
    return {"amount": _rated(given, given.decimal("quantity"), **model).amount}


@kind("charge.percentage.aggregate")
def percentage(given: Given) -> dict[str, Any]:
    model = given.some("rate_percent", "fixed_per_event", "free_events", "free_amount")
    usage = Usage(count=given.whole("events", low=0), running=given.decimals("running_totals", optional=True))
    return {"amount": _rated(given, given.decimal("aggregate"), usage, model="percentage", **model).amount}


@kind("charge.percentage.per_transaction")
def percentage_per_transaction(given: Given) -> dict[str, Any]:
    free = ("free_events", "free_amount")
    model = given.some("rate_percent", "fixed_per_event", "min_per_transaction", "max_per_transaction", *free)
    usage = Usage(values=given.decimals("transactions"))
    return {"amount": _rated(given, usage.total, usage, model="percentage", basis="transaction", **model).amount}


@kind("charge.graduated_percentage")
def graduated_percentage(given: Given) -> dict[str, Any]:
    model = {"model": "graduated_percentage", "tiers": given.raw("tiers")}
    if given.has("quantity"):
        return {"amount": _rated(given, given.decimal("quantity"), **model).amount}
    usage = Usage(values=given.decimals("transactions"))
    rated = _rated(given, usage.total, usage, **model)
    return {"fees": [line.amount for line in rated.lines if line.kind == "transaction"], "amount": rated.amount}


@kind("charge.graduated.prorated_events")
def graduated_events(given: Given) -> dict[str, Any]:
    full, weighted = given.decimals("full_units"), given.decimals("prorated_units")
    if len(full) != len(weighted):
        raise given.wrong("prorated_units", "give one for each of full_units")
    usage = Usage(changes=tuple(zip(full, weighted, strict=True)))
    rated = _rated(given, _ZERO, usage, model="graduated_events", tiers=given.raw("tiers"))
    return {"amount": round_line(rated.amount, CENTS, given.choice("round", Rounding, Rounding.HALF_UP))}
