"""What requests and answers about promotions look like. Served by `api`."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from tollbook.api.fields import Body, Currency, Instant, example, id_of, number, one_of, text
from tollbook.kernel.money import plain
from tollbook.promotions.models import Promotion, Redemption
from tollbook.promotions.queries import gives
from tollbook.promotions.rules import CODE_LIMIT, Audience, Kind, Reach, Stacks
from tollbook.subscriptions.models import Subscription


class PromotionIn(Body):
    """A promotion to be."""

    model_config = example(
        {
            "brand": "brd_aaaaaaaaaaaaaaaaaaaaaaaa",
            "code": "SUMMER26",
            "name": "Summer 2026",
            "kind": "percent",
            "value": "20",
            "cycles": 3,
            "audience": "new",
            "limit_total": 500,
        }
    )
    brand: Annotated[str, id_of("brd")] = Field(description="Who gives it.")
    code: Annotated[str, text(CODE_LIMIT)] = Field(description="What customers enter, without the prefix that is set.")
    name: Annotated[str, text(200)] = Field(description="What customers read.")
    kind: Annotated[str, one_of(*(kind.value for kind in Kind))] = Field(
        description="percent off; amount off the fees of a whole period; price: in place of the recurring fees of a "
        "whole period, where these are higher; setup: one-time fees are free."
    )
    value: Annotated[Decimal, number()] = Field(Decimal(0), description="The percentage or the amount.")
    scope: Annotated[str, one_of(*(scope.value for scope in Reach))] = Field(
        "lines",
        description="lines: off what a subscription costs; invoice: a percentage or amount off whole invoices, after "
        "all that is off their lines.",
    )
    currency: Currency | None = Field(None, description="Of an amount or price.")
    cycles: int | None = Field(1, strict=True, description="For how many periods, or invoices; null: for ever.")
    use: bool = Field(False, strict=True, description="Whether a percentage is of use too, not only of fees.")
    stacks: Annotated[str, one_of(*(each.value for each in Stacks))] = Field(
        "alone", description="alone: with no other; additive: percentages added; multiplicative: of what others leave."
    )
    audience: Annotated[str, one_of(*(each.value for each in Audience))] = Field(
        "anybody", description="anybody; new: for a first subscription in its first period; existing: for all others."
    )
    products: list[Annotated[str, id_of("prd")]] = Field([], max_length=50, description="What it is for; empty: all.")
    plans: list[Annotated[str, id_of("pln")]] = Field([], max_length=50, description="Plans that it is for as well.")
    months: list[int] = Field([], max_length=20, description="Lengths of periods in months; empty: any.")
    valid_from: Instant | None = Field(None, description="Redeemed from then on; now, if left out.")
    valid_to: Instant | None = Field(None, description="Redeemed before then; null: no end.")
    limit_total: int | None = Field(None, strict=True, description="How often in all; null: without limit.")
    limit_customer: int | None = Field(None, strict=True, description="How often by one customer; null: without limit.")


class WithdrawIn(Body):
    """Why a promotion is withdrawn."""

    model_config = example({"reason": "The campaign is over"})
    reason: Annotated[str, text(300, required=False)] = Field("", description="For the audit trail.")


class CodeIn(Body):
    """A code to redeem."""

    model_config = example({"code": "SUMMER26"})
    code: Annotated[str, text(CODE_LIMIT)] = Field(description="In small letters or capitals.")


class PromotionOut(BaseModel):
    """What a code gives, to whom, and how often."""

    model_config = example(
        {
            "id": "prm_aaaaaaaaaaaaaaaaaaaaaaaa",
            "brand": "brd_aaaaaaaaaaaaaaaaaaaaaaaa",
            "code": "SUMMER26",
            "name": "Summer 2026",
            "gives": "20 % off the fees, for 3 periods",
            "kind": "percent",
            "scope": "lines",
            "value": "20",
            "currency": None,
            "cycles": 3,
            "use": False,
            "stacks": "alone",
            "audience": "new",
            "products": [],
            "plans": [],
            "months": [],
            "valid_from": "2026-05-01T00:00:00Z",
            "valid_to": None,
            "limit_total": 500,
            "limit_customer": None,
            "redeemed": 12,
            "withdrawn_at": None,
        }
    )
    id: str = Field(description="Its id.")
    brand: str = Field(description="Who gives it.")
    code: str = Field(description="What customers enter.")
    name: str = Field(description="What customers read.")
    gives: str = Field(description="What it gives, in words.")
    kind: str = Field(description="percent, amount, price or setup.")
    scope: str = Field(description="lines: off what a subscription costs; invoice: off whole invoices.")
    value: str = Field(description="The percentage or the amount of a whole period.")
    currency: str | None = Field(description="Of an amount or price.")
    cycles: int | None = Field(description="For how many periods, or invoices; null: for ever.")
    use: bool = Field(description="Whether a percentage is of use too.")
    stacks: str = Field(description="alone, additive or multiplicative.")
    audience: str = Field(description="anybody, new or existing.")
    products: list[str] = Field(description="What it is for; empty, as plans: all.")
    plans: list[str] = Field(description="Plans that it is for.")
    months: list[int] = Field(description="Lengths of periods in months; empty: any.")
    valid_from: datetime = Field(description="Redeemed from then on.")
    valid_to: datetime | None = Field(description="Redeemed before then.")
    limit_total: int | None = Field(description="How often in all.")
    limit_customer: int | None = Field(description="How often by one customer.")
    redeemed: int = Field(description="How often it was redeemed.")
    withdrawn_at: datetime | None = Field(description="Since when it is given no more.")


class RedemptionOut(BaseModel):
    """A promotion of a subscription, or of whole invoices of its customer."""

    model_config = example(
        {
            "id": "rdm_aaaaaaaaaaaaaaaaaaaaaaaa",
            "subscription": "sub_aaaaaaaaaaaaaaaaaaaaaaaa",
            "promotion": "prm_aaaaaaaaaaaaaaaaaaaaaaaa",
            "code": "SUMMER26",
            "name": "Summer 2026",
            "gives": "20 % off the fees, for 3 periods",
            "counts_from": "2026-05-01T00:00:00Z",
            "counts_until": "2026-08-01T00:00:00Z",
            "redeemed_at": "2026-05-01T00:00:00Z",
        }
    )
    id: str = Field(description="Its id.")
    subscription: str | None = Field(description="For which subscription; null: for the customer's whole invoices.")
    promotion: str = Field(description="The promotion.")
    code: str = Field(description="What was entered.")
    name: str = Field(description="What customers read.")
    gives: str = Field(description="What it gives, in words.")
    counts_from: datetime = Field(description="It counts for periods (or invoices) that begin from then on,")
    counts_until: datetime | None = Field(description="and before then; null: for ever, or for the number of invoices.")
    redeemed_at: datetime = Field(description="When it was redeemed.")


class CheckOut(BaseModel):
    """Whether a code could be redeemed now."""

    model_config = example(
        {
            "valid": False,
            "refusal": "promotion_used_up",
            "reason": "code: SUMMER26 was redeemed 500 times, as often as it is given",
            "gives": None,
            "counts_from": None,
            "counts_until": None,
        }
    )
    valid: bool = Field(description="Whether it can be redeemed.")
    refusal: str | None = Field(description="With which code it would be refused.")
    reason: str | None = Field(description="Why, in words.")
    gives: str | None = Field(description="What it would give, in words.")
    counts_from: datetime | None = Field(description="It would count for periods that begin from then on,")
    counts_until: datetime | None = Field(description="and before then; null: for ever.")


def promotion_out(found: Promotion) -> PromotionOut:
    """A promotion of `_rows`, as the API shows it."""
    targets = list(found.targets.all())
    return PromotionOut(
        id=found.public_id,
        brand=found.brand.public_id,
        code=found.code,
        name=found.name,
        gives=gives(found),
        kind=found.kind,
        scope=found.scope,
        value=plain(found.value),
        currency=found.currency or None,
        cycles=found.cycles,
        use=found.use,
        stacks=found.stacks,
        audience=found.audience,
        products=[target.product.public_id for target in targets if target.product],
        plans=[target.plan.public_id for target in targets if target.plan],
        months=found.months,
        valid_from=found.valid_from,
        valid_to=found.valid_to,
        limit_total=found.limit_total,
        limit_customer=found.limit_customer,
        redeemed=found.redeemed,  # type: ignore[attr-defined]  # counted by `_rows`
        withdrawn_at=found.withdrawn_at,
    )


def redemption_out(found: Redemption, subscription: Subscription) -> RedemptionOut:
    """A redemption with its promotion loaded, as the API shows it."""
    return RedemptionOut(
        id=found.public_id,
        subscription=subscription.public_id if found.subscription_id else None,
        promotion=found.promotion.public_id,
        code=found.promotion.code,
        name=found.promotion.name,
        gives=gives(found.promotion),
        counts_from=found.counts_from,
        counts_until=found.counts_until,
        redeemed_at=found.redeemed_at,
    )
