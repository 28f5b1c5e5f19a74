"""Promotions over the API."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from django.db.models import Count, QuerySet
from pydantic import BaseModel, Field

from tollbook.api.fields import Body, Currency, Instant, example, id_of, number, one_of, text
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.base import clock
from tollbook.brands.models import Brand
from tollbook.catalog.models import Plan, Product
from tollbook.customers.reach import own
from tollbook.identity.audit import record
from tollbook.identity.models import StaffRole
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import plain
from tollbook.promotions.actions import NewPromotion, check, create, redeem, withdraw
from tollbook.promotions.models import Promotion, Redemption
from tollbook.promotions.queries import by_code, gives, of_subscription
from tollbook.promotions.rules import CODE_LIMIT, Audience, Kind, Stacks
from tollbook.subscriptions.models import Subscription

routes = Routes("Promotions")
ROUTERS = [("", routes)]
MAKERS = (StaffRole.BILLING,)
REDEEMERS = (StaffRole.BILLING, StaffRole.SUPPORT)
_CODE = "In small letters or capitals."


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
    currency: Currency | None = Field(None, description="Of an amount or price.")
    cycles: int | None = Field(1, strict=True, description="For how many periods; null: for ever.")
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
    code: Annotated[str, text(CODE_LIMIT)] = Field(description=_CODE)


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
    value: str = Field(description="The percentage or the amount of a whole period.")
    currency: str | None = Field(description="Of an amount or price.")
    cycles: int | None = Field(description="For how many periods; null: for ever.")
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
    """A promotion of a subscription."""

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
    subscription: str = Field(description="For which subscription.")
    promotion: str = Field(description="The promotion.")
    code: str = Field(description="What was entered.")
    name: str = Field(description="What customers read.")
    gives: str = Field(description="What it gives, in words.")
    counts_from: datetime = Field(description="It counts for periods that begin from then on,")
    counts_until: datetime | None = Field(description="and before then; null: for ever.")
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


def _rows() -> QuerySet[Promotion]:
    rows: QuerySet[Promotion] = Promotion.objects.select_related("brand").annotate(redeemed=Count("redemptions"))
    return rows.prefetch_related("targets__product", "targets__plan")


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
        subscription=subscription.public_id,
        promotion=found.promotion.public_id,
        code=found.promotion.code,
        name=found.promotion.name,
        gives=gives(found.promotion),
        counts_from=found.counts_from,
        counts_until=found.counts_until,
        redeemed_at=found.redeemed_at,
    )


def _subscription(request: ApiRequest, public_id: str) -> Subscription:
    mine = own(request)
    rows = Subscription.objects.select_related("customer__brand", "book", "version__plan")
    found = (rows.filter(customer=mine) if mine else rows).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("subscription_not_found", f"there is no subscription {public_id}", param="subscription")
    return found


def _promotion(public_id: str) -> Promotion:
    found = _rows().filter(public_id=public_id).first()
    if found is None:
        raise NotFound("promotion_not_found", f"there is no promotion {public_id}", param="promotion")
    return found


@routes.reads("/promotions", "promotions:read", answer=Page[PromotionOut], roles=())
def list_promotions(request: ApiRequest, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT) -> Page[PromotionOut]:
    """Promotions, in the order in which they were made."""
    return page(_rows(), Order(), cursor, limit, promotion_out)


@routes.reads("/promotions/{promotion_id}", "promotions:read", answer=PromotionOut, roles=())
def get_promotion(request: ApiRequest, promotion_id: str) -> PromotionOut:
    """A promotion."""
    return promotion_out(_promotion(promotion_id))


@routes.adds("/promotions", "promotions:write", answer=PromotionOut, roles=MAKERS)
def add_promotion(request: ApiRequest, promotion: PromotionIn) -> PromotionOut:
    """Make a promotion.

    Refused with `bad_promotion_code`, `bad_promotion_value`, `bad_promotion`, `promotion_exists`, `other_brand`.
    """
    brand = Brand.objects.filter(public_id=promotion.brand).first()
    if brand is None:
        raise NotFound("brand_not_found", f"there is no brand {promotion.brand}", param="brand")
    products = list(Product.objects.filter(public_id__in=promotion.products))
    plans = list(Plan.objects.select_related("product").filter(public_id__in=promotion.plans))
    for field, wanted, found in (
        ("products", promotion.products, {product.public_id for product in products}),
        ("plans", promotion.plans, {plan.public_id for plan in plans}),
    ):
        for missing in sorted(set(wanted) - found):
            raise NotFound(f"{field[:-1]}_not_found", f"{field}: there is no {missing}", param=field)
    made = create(
        brand,
        NewPromotion(
            code=promotion.code,
            name=promotion.name,
            kind=Kind(promotion.kind),
            value=promotion.value,
            currency=promotion.currency or "",
            cycles=promotion.cycles,
            use=promotion.use,
            stacks=Stacks(promotion.stacks),
            audience=Audience(promotion.audience),
            products=products,
            plans=plans,
            months=promotion.months,
            valid_from=promotion.valid_from,
            valid_to=promotion.valid_to,
            limit_total=promotion.limit_total,
            limit_customer=promotion.limit_customer,
        ),
    )
    detail = promotion.model_dump(mode="json")
    record("promotion.add", made.public_id, actor=request.principal.actor, door="api", detail=detail)
    return promotion_out(_promotion(made.public_id))


@routes.adds("/promotions/{promotion_id}/withdraw", "promotions:write", answer=PromotionOut, status=200, roles=MAKERS)
def withdraw_promotion(request: ApiRequest, promotion_id: str, wanted: WithdrawIn) -> PromotionOut:
    """Give a promotion no more from now on; what was redeemed goes on."""
    withdraw(promotion_id)
    detail = {"reason": wanted.reason}
    record("promotion.withdraw", promotion_id, actor=request.principal.actor, door="api", detail=detail)
    return promotion_out(_promotion(promotion_id))


@routes.reads("/subscriptions/{subscription_id}/redemptions", "subscriptions:read", answer=list[RedemptionOut])
def list_redemptions(request: ApiRequest, subscription_id: str) -> list[RedemptionOut]:
    """What was redeemed for a subscription, the first one first."""
    subscription = _subscription(request, subscription_id)
    return [redemption_out(each, subscription) for each in of_subscription(subscription)]


@routes.reads("/subscriptions/{subscription_id}/promotion-check", "subscriptions:read", answer=CheckOut)
def check_promotion(request: ApiRequest, subscription_id: str, code: str = "") -> CheckOut:
    """Whether a code could be redeemed for a subscription now, and what it would give; nothing is redeemed."""
    subscription = _subscription(request, subscription_id)
    try:
        found = by_code(subscription.customer.brand, code)
        starts, until = check(found, subscription, clock.now())
    except (Refused, NotFound) as refused:
        return CheckOut(
            valid=False,
            refusal=refused.code,
            reason=refused.message,
            gives=None,
            counts_from=None,
            counts_until=None,
        )
    return CheckOut(valid=True, refusal=None, reason=None, gives=gives(found), counts_from=starts, counts_until=until)


@routes.adds(
    "/subscriptions/{subscription_id}/redemptions", "subscriptions:write", answer=RedemptionOut, roles=REDEEMERS
)
def redeem_promotion(request: ApiRequest, subscription_id: str, redemption: CodeIn) -> RedemptionOut:
    """Redeem a code for a subscription, once; a second time the answer is the same.

    It counts from the first period that is not charged yet. Refused with `promotion_over`, `promotion_other_plan`,
    `promotion_other_months`, `promotion_other_currency`, `promotion_for_new`, `promotion_for_existing`,
    `promotion_used_up`, `promotion_alone` and `subscription_ended`.
    """
    subscription = _subscription(request, subscription_id)
    made = redeem(subscription_id, redemption.code, by=request.principal.actor, door="api")
    return redemption_out(made, subscription)
