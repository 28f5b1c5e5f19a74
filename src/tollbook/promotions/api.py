"""Promotions over the API."""

from django.db.models import Count, QuerySet

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
from tollbook.promotions.actions import NewPromotion, check, create, redeem, withdraw
from tollbook.promotions.models import Promotion
from tollbook.promotions.queries import by_code, gives, of_subscription
from tollbook.promotions.rules import Audience, Kind, Reach, Stacks
from tollbook.promotions.shapes import (
    CheckOut,
    CodeIn,
    PromotionIn,
    PromotionOut,
    RedemptionOut,
    WithdrawIn,
    promotion_out,
    redemption_out,
)
from tollbook.subscriptions.models import Subscription

routes = Routes("Promotions")
ROUTERS = [("", routes)]
MAKERS = (StaffRole.BILLING,)
REDEEMERS = (StaffRole.BILLING, StaffRole.SUPPORT)


def _rows() -> QuerySet[Promotion]:
    rows: QuerySet[Promotion] = Promotion.objects.select_related("brand").annotate(redeemed=Count("redemptions"))
    return rows.prefetch_related("targets__product", "targets__plan")


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
            scope=Reach(promotion.scope),
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
    """What was redeemed for a subscription, and for whole invoices of its customer, the first one first."""
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

    It counts from the first period that is not charged yet. A code off whole invoices is redeemed for the customer,
    once, and counts for the next ones. Refused with `promotion_over`, `promotion_other_plan`,
    `promotion_other_months`, `promotion_other_currency`, `promotion_for_new`, `promotion_for_existing`,
    `promotion_used_up`, `promotion_alone` and `subscription_ended`.
    """
    subscription = _subscription(request, subscription_id)
    made = redeem(subscription_id, redemption.code, by=request.principal.actor, door="api")
    return redemption_out(made, subscription)
