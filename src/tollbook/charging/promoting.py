"""Promotions on what is due: which count for a stage, and what they take off its fees and its use."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from tollbook.catalog.models import PlanVersion, Price
from tollbook.charging.due import Work
from tollbook.charging.rules import Owed, lowered, owe
from tollbook.kernel.period import Period
from tollbook.promotions.queries import offers_of
from tollbook.promotions.rules import Due, Owing, take_off
from tollbook.rating import Line

FeeSteps = dict[tuple[int, Period], dict[int, list[Line]]]


def add_offers(works: Sequence[Work]) -> None:
    """Find what was redeemed for the subscriptions, and give each stage what is for its plan."""
    offers = offers_of(list({work.subscription.pk for work in works}))
    if not offers:
        return
    mine = [work for work in works if work.subscription.pk in offers]
    versions = PlanVersion.objects.select_related("plan").in_bulk({work.stage.version_id for work in mine})
    for work in mine:
        plan = versions[work.stage.version_id].plan
        work.offers = tuple(o for o in offers[work.subscription.pk] if o.fits(plan.pk, plan.product_id))


def promoted_fee(work: Work, price: Price, period: Period, owed: Owed, known: FeeSteps) -> Owed:
    """A fee after promotions; `known` keeps the steps of a period, which are found for all of its fees together."""
    if not work.offers:
        return owed
    key = (work.stage.phase_id, period)
    if key not in known:
        known[key] = _fee_steps(work, period)
    return lowered(owed, known[key].get(price.pk, ()))


def _fee_steps(work: Work, period: Period) -> dict[int, list[Line]]:
    """By price row id. All fees of the period count, whenever they fall due: so that each is lowered by the same, in
    whichever run it is charged.
    """
    dues = [(price, Due.ONCE, Fraction(1)) for price in work.begins if period.start == work.stage.start]
    dues += [(price, Due.RECURRING, work.share(price, period)) for price in work.prices.recurring]
    owing: dict[int, Owing] = {}
    for price, due, share in dues:
        amount = owe(work.prices.terms[price.pk], Decimal(1), share).amount
        owing[price.pk] = Owing(due, amount, share)
    return take_off(work.offers, period.start, owing, work.schedule.share(period))


def promoted_use(work: Work, price: Price, period: Period, owed: Owed) -> Owed:
    """A reading of use after promotions."""
    if not work.offers:
        return owed
    owing = {price.pk: Owing(Due.USE, abs(owed.amount))}
    return lowered(owed, take_off(work.offers, period.start, owing, Fraction(1)).get(price.pk, ()))
