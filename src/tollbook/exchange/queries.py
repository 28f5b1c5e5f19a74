"""Rates of exchange, read."""

from datetime import date, timedelta

from django.db.models import Q

from tollbook.exchange.models import Rate
from tollbook.exchange.rules import EURO, MOST_DAYS, Found, Quote, converted, newest
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money


def quote_of(rate: Rate) -> Quote:
    """A row as a value; its source as people read it."""
    return Quote(rate.base, rate.quote, rate.on, rate.rate, rate.get_source_display())


def _leg(one: str, other: str, on: date) -> Quote | None:
    """The rate between two currencies that counts on a day: of the latest day up to it, the last that was entered."""
    rows = Rate.objects.filter(Q(base=one, quote=other) | Q(base=other, quote=one))
    near = rows.filter(on__lte=on, on__gte=on - timedelta(days=MOST_DAYS)).order_by("pk")
    return newest([quote_of(rate) for rate in near])


def look_up(given: str, wanted: str, on: date) -> Found | None:
    """How `given` becomes `wanted` on a day: by a rate between the two, else through the euro; None where no rate of
    the last MOST_DAYS days is known.
    """
    if given == wanted:
        return Found(given, wanted, ())
    direct = _leg(given, wanted, on)
    if direct is not None:
        return Found(given, wanted, (direct,))
    if EURO in (given, wanted):
        return None
    first, second = _leg(given, EURO, on), _leg(EURO, wanted, on)
    return None if first is None or second is None else Found(given, wanted, (first, second))


def find(given: str, wanted: str, on: date) -> Found:
    """As `look_up`; Refused "no_exchange_rate" where none is known."""
    found = look_up(given, wanted, on)
    if found is None:
        message = (
            f"there is no rate from {given} to {wanted} for {on.isoformat()} or the {MOST_DAYS} days before: import "
            "the file of the ECB, or enter one"
        )
        raise Refused("no_exchange_rate", message, param="currency")
    return found


def convert(money: Money, to: str, on: date) -> tuple[Money, Found]:
    """The amount in another currency on a day, rounded once, half up, and the rates that it was converted with.

    Refused "no_exchange_rate".
    """
    found = find(money.currency, to, on)
    return converted(money.amount, found.ratio, to), found
