"""Promotions, read: which counts for whom, and why one does not."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from tollbook.base import walls
from tollbook.brands.models import Brand
from tollbook.catalog.models import Plan
from tollbook.customers.models import Customer
from tollbook.features.queries import Scope, value
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import Money, plain
from tollbook.promotions.models import Promotion, Redemption, Target
from tollbook.promotions.rules import Audience, Kind, Offer, Stacks, overlap
from tollbook.promotions.settings import CODE_PREFIX
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import schedule_of

Span = tuple[datetime, datetime | None]


def prefix_of(brand: Brand) -> str:
    """What stands in front of new codes of the brand."""
    return str(value(CODE_PREFIX, Scope(brand=brand.public_id)))


def by_code(brand: Brand, code: str) -> Promotion:
    """The brand's promotion with that code, in capitals or not; NotFound "promotion_not_found"."""
    found = Promotion.objects.filter(brand=brand, code=code.strip().upper()).first() if "\0" not in code else None
    if found is None:
        raise NotFound("promotion_not_found", "code: there is no such promotion", param="code")
    return found


def of_subscription(subscription: Subscription) -> QuerySet[Redemption]:
    """What was redeemed for the subscription, the first one first, with the promotions."""
    return Redemption.objects.filter(subscription=subscription).select_related("promotion").order_by("pk")


def offers_of(subscription_ids: Sequence[int]) -> dict[int, list[Offer]]:
    """What was redeemed for each of these subscriptions (row ids), in the order in which it was; without the others."""
    rows = list(
        Redemption.objects.filter(subscription_id__in=subscription_ids).select_related("promotion").order_by("pk")
    )
    found: dict[int, list[Offer]] = defaultdict(list)
    if not rows:
        return found
    plans, products = _targets({row.promotion_id for row in rows})
    for row in rows:
        of = row.promotion
        found[row.subscription_id].append(
            Offer(
                redemption=row.public_id,
                code=of.code,
                kind=Kind(of.kind),
                value=of.value,
                stacks=Stacks(of.stacks),
                use=of.use,
                counts_from=row.counts_from,
                counts_until=row.counts_until,
                plans=frozenset(plans[of.pk]),
                products=frozenset(products[of.pk]),
            )
        )
    return found


def _targets(promotion_ids: set[int]) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    plans: dict[int, set[int]] = defaultdict(set)
    products: dict[int, set[int]] = defaultdict(set)
    for promotion_id, plan_id, product_id in Target.objects.filter(promotion__in=promotion_ids).values_list(
        "promotion_id", "plan_id", "product_id"
    ):
        if plan_id is not None:
            plans[promotion_id].add(plan_id)
        if product_id is not None:
            products[promotion_id].add(product_id)
    return plans, products


def check_offer(
    promotion: Promotion, customer: Customer, plan: Plan, *, months: int, currency: str, new: bool, at: datetime
) -> None:
    """Refused where the customer cannot have the promotion with that plan at `at`, before any limit is counted.

    "promotion_over" (not valid then, or withdrawn), "promotion_other_plan", "promotion_other_months",
    "promotion_other_currency", "promotion_for_new", "promotion_for_existing"; NotFound "promotion_not_found" for one of
    another brand. `new` says whether the customer counts as new; see `is_new`.
    """
    if promotion.brand_id != customer.brand_id:
        raise NotFound("promotion_not_found", "code: there is no such promotion", param="code")
    _check_time(promotion, at)
    plans, products = _targets({promotion.pk})
    aims = plans[promotion.pk] or products[promotion.pk]
    if aims and plan.pk not in plans[promotion.pk] and plan.product_id not in products[promotion.pk]:
        raise _no("promotion_other_plan", promotion, f"is not for {plan.name}")
    if promotion.months and months not in promotion.months:
        lengths = ", ".join(map(str, sorted(promotion.months)))
        raise _no("promotion_other_months", promotion, f"is for periods of {lengths} months, not of {months}")
    if promotion.currency not in ("", currency):
        raise _no("promotion_other_currency", promotion, f"is in {promotion.currency}, not in {currency}")
    if promotion.audience == Audience.NEW and not new:
        raise _no("promotion_for_new", promotion, "is for new customers only")
    if promotion.audience == Audience.EXISTING and new:
        raise _no("promotion_for_existing", promotion, "is for existing customers only")


def _check_time(promotion: Promotion, at: datetime) -> None:
    if promotion.withdrawn_at is not None and promotion.withdrawn_at <= at:
        raise _no("promotion_over", promotion, "is no longer given")
    if at < promotion.valid_from:
        raise _no("promotion_over", promotion, f"is given from {promotion.valid_from.isoformat()} on")
    if promotion.valid_to is not None and promotion.valid_to <= at:
        raise _no("promotion_over", promotion, f"was given until {promotion.valid_to.isoformat()}")


def is_new(subscription: Subscription, at: datetime) -> bool:
    """Whether its customer is new at `at`: this is the first subscription, and its first period is not over."""
    if Subscription.objects.filter(customer=subscription.customer_id, pk__lt=subscription.pk).exists():
        return False
    return at < schedule_of(subscription).whole(subscription.started_at).end


def check_limits(promotion: Promotion, customer: Customer) -> tuple[int, int]:
    """How many redemptions there are, of all customers and of this one; Refused "promotion_used_up" when one of the
    limits is reached. They may grow until the promotion's row is locked.
    """
    # How often others redeemed it counts, and is all that is told of them.
    with walls.lifted():
        total = Redemption.objects.filter(promotion=promotion).count()
    own = Redemption.objects.filter(promotion=promotion, customer=customer).count()
    if promotion.limit_total is not None and total >= promotion.limit_total:
        raise _no(
            "promotion_used_up", promotion, f"was redeemed {promotion.limit_total} times, as often as it is given"
        )
    if promotion.limit_customer is not None and own >= promotion.limit_customer:
        raise _no("promotion_used_up", promotion, f"is given {promotion.limit_customer} times to each customer")
    return total, own


def check_stacking(promotion: Promotion, subscription: Subscription, span: Span) -> None:
    """Refused "promotion_alone" where it, or another that counts for the same periods, does not go with others."""
    for other in of_subscription(subscription):
        meets = overlap(span, (other.counts_from, other.counts_until))
        if meets and Stacks.ALONE in (promotion.stacks, other.promotion.stacks):
            raise _no("promotion_alone", promotion, f"does not go together with {other.promotion.code}")


def _no(code: str, promotion: Promotion, why: str) -> Refused:
    return Refused(code, f"code: {promotion.code} {why}", param="code")


def gives(promotion: Promotion) -> str:
    """What a promotion gives, in words: '20 % off the fees, for 3 periods'."""
    amount = str(Money(promotion.value, promotion.currency)) if promotion.currency else ""
    percent = f"{plain(promotion.value)} % off the fees{' and the use' if promotion.use else ''}"
    what = {
        Kind.PERCENT: percent,
        Kind.AMOUNT: f"{amount} off the fees of each whole period",
        Kind.PRICE: f"{amount} for each whole period, where the recurring fees are higher",
        Kind.SETUP: "Free set-up",
    }[Kind(promotion.kind)]
    if promotion.cycles is None:
        return f"{what}, for ever"
    return f"{what}, for 1 period" if promotion.cycles == 1 else f"{what}, for {promotion.cycles} periods"
