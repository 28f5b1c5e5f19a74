"""Charges as rows of FOCUS 1.0 (FinOps Open Cost and Usage Specification, focus.finops.org): a pure mapping.

One row for each charge line. The columns are the 43 of the specification, in its order, and ours, which begin with x_.
Where Tollbook has less than the specification asks for, and what stands there instead, is told in docs/focus.md.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from tollbook.kernel.money import round_to
from tollbook.kernel.times import zone_info

COLUMNS = (
    "AvailabilityZone", "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd",
    "BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargeFrequency", "ChargePeriodEnd",
    "ChargePeriodStart", "CommitmentDiscountCategory", "CommitmentDiscountId", "CommitmentDiscountName",
    "CommitmentDiscountStatus", "CommitmentDiscountType", "ConsumedQuantity", "ConsumedUnit", "ContractedCost",
    "ContractedUnitPrice", "EffectiveCost", "InvoiceIssuerName", "ListCost", "ListUnitPrice", "PricingCategory",
    "PricingQuantity", "PricingUnit", "ProviderName", "PublisherName", "RegionId", "RegionName", "ResourceId",
    "ResourceName", "ResourceType", "ServiceCategory", "ServiceName", "SkuId", "SkuPriceId", "SubAccountId",
    "SubAccountName", "Tags", "x_ChargeId", "x_IncludesTax", "x_Reason",
)  # fmt: skip
#: By the kind of a price: ChargeCategory and ChargeFrequency.
_KINDS = {
    "metered": ("Usage", "Usage-Based"),
    "recurring": ("Purchase", "Recurring"),
    "one_time": ("Purchase", "One-Time"),
}
_PRICE_PLACES = 12


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """What a row is made of. Amounts are in `currency`, exact and as priced, with tax where `includes_tax`.

    month     the first and the last instant (excluded) of the month whose bill the charge belongs to
    kind      of the price: metered, recurring or one_time
    reason    why it is charged again; empty for what is charged for the first time, or as use goes on
    """

    charge_id: str
    account: tuple[str, str]
    subscription: tuple[str, str]
    seller: str
    issuer: str
    service: str
    price_id: str
    price_code: str
    price_name: str
    kind: str
    unit: str
    month: tuple[datetime, datetime]
    period: tuple[datetime, datetime]
    quantity: Decimal
    amount: Decimal
    currency: str
    includes_tax: bool
    reason: str
    is_correction: bool


def corrects_a_past_month(period_start: datetime, made_at: datetime, reason: str, zone: str) -> bool:
    """Whether a charge corrects what an earlier month's bill said: it is charged again for a reason, after the month in
    which its period begins, by the clock of `zone`.
    """
    return bool(reason) and _month(made_at, zone) > _month(period_start, zone)


def _month(at: datetime, zone: str) -> date:
    return at.astimezone(zone_info(zone)).date().replace(day=1)


def focus_row(line: ChargeLine) -> dict[str, str | Decimal]:
    """A row by column; what has no value is empty, as the specification writes null in CSV. Instants are in UTC.

    All four costs are what is owed. The unit prices are the mean of the row, to 12 places; a correction, a row without
    a quantity, and one whose mean would be below zero have none.
    """
    category, frequency = _KINDS[line.kind]
    priced = not line.is_correction
    consumed, mean = priced and line.kind == "metered", _mean(line) if priced else ""
    cost, unit = line.amount, line.unit or "Units"
    found: dict[str, str | Decimal] = dict.fromkeys(COLUMNS, "")
    return found | {
        "BilledCost": cost,
        "BillingAccountId": line.account[0],
        "BillingAccountName": line.account[1],
        "BillingCurrency": line.currency,
        "BillingPeriodStart": _instant(line.month[0]),
        "BillingPeriodEnd": _instant(line.month[1]),
        "ChargeCategory": category,
        "ChargeClass": "Correction" if line.is_correction else "",
        "ChargeDescription": line.price_name,
        "ChargeFrequency": frequency,
        "ChargePeriodStart": _instant(line.period[0]),
        "ChargePeriodEnd": _instant(line.period[1]),
        "ConsumedQuantity": line.quantity if consumed else "",
        "ConsumedUnit": unit if consumed else "",
        "ContractedCost": cost,
        "ContractedUnitPrice": mean,
        "EffectiveCost": cost,
        "InvoiceIssuerName": line.issuer,
        "ListCost": cost,
        "ListUnitPrice": mean,
        "PricingCategory": "Standard" if priced else "",
        "PricingQuantity": line.quantity,
        "PricingUnit": unit,
        "ProviderName": line.seller,
        "PublisherName": line.seller,
        "ServiceCategory": "Other",
        "ServiceName": line.service,
        "SkuId": line.price_code,
        "SkuPriceId": line.price_id,
        "SubAccountId": line.subscription[0],
        "SubAccountName": line.subscription[1],
        "x_ChargeId": line.charge_id,
        "x_IncludesTax": "true" if line.includes_tax else "false",
        "x_Reason": line.reason,
    }


def _mean(line: ChargeLine) -> Decimal | str:
    if not line.quantity or line.amount * line.quantity < 0:
        return ""
    return round_to(line.amount / line.quantity, _PRICE_PLACES)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
