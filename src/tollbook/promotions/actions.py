"""Making, withdrawing and redeeming promotions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.brands.models import Brand
from tollbook.catalog.models import Plan, Product
from tollbook.customers.models import Customer
from tollbook.identity.audit import record
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import POSTING_PLACES, check_currency, minor_units, plain, round_to
from tollbook.kernel.text import clean_text
from tollbook.promotions.models import Promotion, Redemption, Target, Use
from tollbook.promotions.queries import Span, by_code, check_limits, check_offer, check_stacking, is_new, prefix_of
from tollbook.promotions.rules import Audience, Kind, Reach, Stacks, check_value, code_of, cycles_of
from tollbook.promotions.whole import Taken
from tollbook.subscriptions.actions import locked
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import schedule_of

MOST_MONTHS = 120
MOST_CYCLES = 1200
MOST_TIMES = 2**31 - 1


@dataclass(frozen=True, slots=True)
class NewPromotion:
    """A promotion to be.

    value     percent: above 0, at most 100; amount and price: of a whole period, in `currency`; setup: 0
    scope     lines: what a subscription costs; invoice: whole invoices, by percent or amount, of every product
    cycles    how many periods, or invoices, it lasts; None: for ever
    use       whether a percentage is of use too
    products, plans, months  what it is for; all empty: everything
    """

    code: str
    name: str
    kind: Kind
    value: Decimal = Decimal(0)
    currency: str = ""
    cycles: int | None = 1
    use: bool = False
    stacks: Stacks = Stacks.ALONE
    audience: Audience = Audience.ANYBODY
    products: Sequence[Product] = ()
    plans: Sequence[Plan] = ()
    months: Sequence[int] = ()
    scope: Reach = Reach.LINES
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    limit_total: int | None = None
    limit_customer: int | None = None


@action
def create(brand: Brand, new: NewPromotion) -> Promotion:
    """Make a promotion of the brand; the prefix that is set stands in front of its code.

    Refused "bad_promotion_code", "bad_promotion_value", "bad_promotion" (what cannot be, with the field as its param),
    "promotion_exists" for a code that the brand has, "other_brand" for products and plans of another.
    """
    code = code_of(new.code, prefix_of(brand))
    valid_from = new.valid_from or clock.now()
    _check(brand, new, valid_from)
    try:
        with transaction.atomic():
            made = Promotion.objects.create(
                brand=brand, code=code, name=clean_text(new.name, "name", 200), kind=new.kind, scope=new.scope,
                value=round_to(new.value, POSTING_PLACES), currency=new.currency, cycles=new.cycles, use=new.use,
                stacks=new.stacks, audience=new.audience, months=sorted(set(new.months)), valid_from=valid_from,
                valid_to=new.valid_to, limit_total=new.limit_total, limit_customer=new.limit_customer,
                created_at=clock.now(),
            )  # fmt: skip
    except IntegrityError as error:
        if "promotions_code_once" not in str(error):
            raise
        message = f"code: the brand has a promotion {code} already: give another code"
        raise Refused("promotion_exists", message, param="code") from None
    Target.objects.bulk_create(
        [
            *(Target(promotion=made, product_id=pk) for pk in dict.fromkeys(product.pk for product in new.products)),
            *(Target(promotion=made, plan_id=pk) for pk in dict.fromkeys(plan.pk for plan in new.plans)),
        ]
    )
    return made


def _check(brand: Brand, new: NewPromotion, valid_from: datetime) -> None:
    check_value(new.kind, new.value)
    _check_numbers(new)
    if new.kind in (Kind.AMOUNT, Kind.PRICE):
        check_currency(new.currency, "currency")
    elif new.currency:
        raise _bad("currency", f"{new.kind} is the same in every currency: leave it out")
    if new.use and new.kind is not Kind.PERCENT:
        raise _bad("use", "only a percentage is of use too")
    if new.scope is Reach.INVOICE:
        _check_whole(new)
    if new.valid_to is not None and new.valid_to <= valid_from:
        raise _bad("valid_to", f"{new.valid_to.isoformat()} is not after {valid_from.isoformat()}, when it begins")
    brands = {product.brand_id for product in new.products} | {plan.product.brand_id for plan in new.plans}
    if brands - {brand.pk}:
        raise Refused("other_brand", "a product or plan belongs to another brand than the promotion", param="products")


def _check_whole(new: NewPromotion) -> None:
    """An invoice has many products and periods: what a code takes off all of it cannot choose between them."""
    if new.kind not in (Kind.PERCENT, Kind.AMOUNT):
        raise _bad("scope", f"{new.kind} is of what a subscription costs: give percent or amount off whole invoices")
    if new.kind is Kind.AMOUNT and round_to(new.value, minor_units(new.currency)) != new.value:
        raise _bad("value", f"{plain(new.value)} {new.currency} cannot be paid: give whole minor units")
    if new.use:
        raise _bad("use", "what is taken off a whole invoice is off the use on it: leave it out")
    for field in ("products", "plans", "months"):
        if getattr(new, field):
            raise _bad(field, "what is taken off a whole invoice is of all that is on it: leave it empty")


def _check_numbers(new: NewPromotion) -> None:
    if round_to(new.value, POSTING_PLACES) != new.value:
        message = f"value: {plain(new.value)} has more than {POSTING_PLACES} places"
        raise Refused("bad_promotion_value", message, param="value")
    for field, most in (("cycles", MOST_CYCLES), ("limit_total", MOST_TIMES), ("limit_customer", MOST_TIMES)):
        number = getattr(new, field)
        if number is not None and not 1 <= number <= most:
            raise _bad(field, f"{number} is not from 1 to {most}")
    if any(not 1 <= months <= MOST_MONTHS for months in new.months):
        raise _bad("months", f"periods have from 1 to {MOST_MONTHS} months")


def _bad(field: str, why: str) -> Refused:
    return Refused("bad_promotion", f"{field}: {why}", param=field)


@action
def withdraw(public_id: str) -> Promotion:
    """Redeem it no more from now on, once; what was redeemed goes on. NotFound "promotion_not_found"."""
    found = _locked(public_id)
    if found.withdrawn_at is None:
        found.withdrawn_at = clock.now()
        found.save(update_fields=["withdrawn_at"])
    return found


@action
def redeem(subscription_id: str, code: str, *, by: str, door: str) -> Redemption:
    """Redeem a code for a subscription (public id), in the name of `by`; a second time it is the same redemption.

    It counts from the first period that is not charged yet. A code off whole invoices is redeemed for the customer,
    once, and counts for the next ones. NotFound "subscription_not_found", "promotion_not_found";
    Refused as `queries.check_offer`, "promotion_used_up", "promotion_alone", "subscription_ended".
    """
    _lock_for_whole(subscription_id, code)
    subscription = locked(subscription_id)
    # Two that redeem at once wait for each other here: limits hold, and numbers have no gap.
    promotion = _locked(by_code(subscription.customer.brand, code).public_id)
    whose = None if promotion.scope == Reach.INVOICE else subscription
    earlier = Redemption.objects.filter(
        promotion=promotion, customer=subscription.customer_id, subscription=whose
    ).first()
    if earlier is not None:
        return earlier
    now = clock.now()
    span = check(promotion, subscription, now)
    total, own = check_limits(promotion, subscription.customer)
    made = Redemption.objects.create(
        promotion=promotion, customer=subscription.customer, subscription=whose, number=total + 1,
        number_of_customer=own + 1, counts_from=span[0], counts_until=span[1], redeemed_at=now, redeemed_by=by[:200],
    )  # fmt: skip
    detail = {"code": promotion.code, "redemption": made.public_id}
    record(
        "promotion.redeem", subscription_id, actor=by, door=door, customer_id=subscription.customer_id, detail=detail
    )
    return made


def _lock_for_whole(subscription_id: str, code: str) -> None:
    """Lock the customer before the subscription, as interim invoices do, where the code is off whole invoices: two that
    stand alone are not redeemed at once by two subscriptions.
    """
    found = Subscription.objects.select_related("customer__brand").filter(public_id=subscription_id).first()
    if found is not None and by_code(found.customer.brand, code).scope == Reach.INVOICE:
        Customer.objects.select_for_update(no_key=True).get(pk=found.customer_id)


def check(promotion: Promotion, subscription: Subscription, at: datetime) -> tuple[datetime, datetime | None]:
    """From when until when the promotion would count if it were redeemed at `at`; Refused as `redeem`.

    One off whole invoices counts from then on, for as many as it says.
    """
    if subscription.ended_at is not None and subscription.ended_at <= at:
        message = f"subscription: {subscription.public_id} ended at {subscription.ended_at.isoformat()}"
        raise Refused("subscription_ended", message, param="subscription")
    check_offer(
        promotion, subscription.customer, subscription.version.plan, months=subscription.months,
        currency=subscription.book.currency, new=is_new(subscription, at), at=at,
    )  # fmt: skip
    span: Span = (at, None)
    if promotion.scope != Reach.INVOICE:
        span = cycles_of(schedule_of(subscription), subscription.closed_until, at, promotion.cycles)
    check_stacking(promotion, subscription, span)
    check_limits(promotion, subscription.customer)
    return span


@action
def use(taken: Sequence[tuple[Taken, str, str]], at: datetime) -> None:
    """Note what codes took off invoices at `at`: (what, public id of the invoice, currency) of each.

    The redemptions must be locked since `queries.whole_codes`; a number that was used already is an IntegrityError.
    """
    Use.objects.bulk_create(
        Use(
            redemption_id=each.code.redemption_id, number=each.code.number, document=document, currency=currency,
            of=each.of, amount=each.amount, used_at=at,
        )
        for each, document, currency in taken
    )  # fmt: skip


def _locked(public_id: str) -> Promotion:
    found = Promotion.objects.select_for_update().filter(public_id=public_id).first()
    if found is None:
        raise NotFound("promotion_not_found", f"there is no promotion {public_id}", param="promotion")
    return found
