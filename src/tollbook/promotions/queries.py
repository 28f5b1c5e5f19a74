"""Promotions, read: which counts for whom, and why one does not."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count, Q, QuerySet

from tollbook.base import walls
from tollbook.brands.models import Brand
from tollbook.catalog.models import Plan
from tollbook.customers.models import Customer
from tollbook.features.queries import Scope, value
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import Money, plain
from tollbook.promotions.models import Promotion, Redemption, Target, Use
from tollbook.promotions.rules import Audience, Kind, Offer, Reach, Stacks, overlap
from tollbook.promotions.settings import CODE_PREFIX
from tollbook.promotions.whole import Code
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
    """What was redeemed for the subscription, and for whole invoices of its customer, the first one first, with the
    promotions.
    """
    mine = Q(subscription=subscription) | Q(customer=subscription.customer_id, subscription=None)
    return Redemption.objects.filter(mine).select_related("promotion").order_by("pk")


def whole_codes(customer_ids: Sequence[int]) -> dict[int, list[Code]]:
    """The codes that count for the next invoice of each of these customers (row ids), in the order in which they were
    redeemed; without the others. One query where there is none, as nearly always.

    The redemptions are locked until the transaction ends: of two invoices at once, the second sees what the first used.
    """
    rows = list(
        Redemption.objects.select_for_update(no_key=True, of=("self",))
        .select_related("promotion")
        .filter(customer__in=customer_ids, subscription=None)
        .order_by("pk")
    )
    found: dict[int, list[Code]] = defaultdict(list)
    if not rows:
        return found
    # Counted after the lock is held, and not with it: the statement that waited would count what was there before.
    used = uses_of(rows)
    for row in rows:
        of = row.promotion
        first = Code(
            row.pk, row.public_id, of.code, Kind(of.kind), of.value, of.currency, Stacks(of.stacks), 1, of.cycles
        )  # fmt: skip
        following = first.after(used.get(row.pk, 0))
        if following is not None:
            found[row.customer_id].append(following)
    return found


def uses_of(redemptions: Sequence[Redemption]) -> dict[int, int]:
    """On how many invoices each (by row id) took something off; without those that never did."""
    rows = Use.objects.filter(redemption__in=redemptions).order_by().values_list("redemption")
    return dict(rows.annotate(uses=Count("pk")))


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
        if row.subscription_id is None:
            continue
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
    """Refused "promotion_alone" where it, or another that counts for the same periods (or invoices), does not go with
    others. What is taken off whole invoices goes with what is taken off subscriptions.
    """
    others = [each for each in of_subscription(subscription) if each.promotion.scope == promotion.scope]
    used = uses_of(others) if promotion.scope == Reach.INVOICE else {}
    for other in others:
        meets = overlap(span, (other.counts_from, other.counts_until))
        if other.promotion.cycles is not None and used.get(other.pk, 0) >= other.promotion.cycles:
            continue
        if meets and Stacks.ALONE in (promotion.stacks, other.promotion.stacks):
            raise _no("promotion_alone", promotion, f"does not go together with {other.promotion.code}")


def _no(code: str, promotion: Promotion, why: str) -> Refused:
    return Refused(code, f"code: {promotion.code} {why}", param="code")


def gives(promotion: Promotion) -> str:
    """What a promotion gives, in words: '20 % off the fees, for 3 periods'."""
    amount = str(Money(promotion.value, promotion.currency)) if promotion.currency else ""
    if promotion.scope == Reach.INVOICE:
        what = f"{amount or f'{plain(promotion.value)} %'} off the whole invoice"
        return f"{what}, {_lasting(promotion.cycles, 'invoice')}"
    percent = f"{plain(promotion.value)} % off the fees{' and the use' if promotion.use else ''}"
    what = {
        Kind.PERCENT: percent,
        Kind.AMOUNT: f"{amount} off the fees of each whole period",
        Kind.PRICE: f"{amount} for each whole period, where the recurring fees are higher",
        Kind.SETUP: "Free set-up",
    }[Kind(promotion.kind)]
    return f"{what}, {_lasting(promotion.cycles, 'period')}"


def _lasting(cycles: int | None, what: str) -> str:
    if cycles is None:
        return "for ever"
    return f"for {cycles} {what}" if cycles == 1 else f"for {cycles} {what}s"
