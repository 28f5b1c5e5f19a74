"""Which statement a page was asked for: currency and days from its address."""

from collections.abc import Mapping
from datetime import date

from tollbook.base import clock
from tollbook.customers.models import Customer
from tollbook.kernel.period import months_from
from tollbook.kernel.times import parse_day, zone_info
from tollbook.payments.statement import Statement, statement

MONTHS = 3


def asked_for(customer: Customer, given: Mapping[str, str]) -> Statement:
    """The statement that `currency`, `from` and `to` of an address name.

    Without them: the customer's currency, and from the first day of the month before the last one up to today.

    Refused "not_a_date", "out_of_range", and as `statement`.
    """
    last = _day(given, "to") or clock.now().astimezone(zone_info(customer.zone)).date()
    first = _day(given, "from") or months_from(last.replace(day=1), 1 - MONTHS)
    return statement(customer, given.get("currency") or customer.currency, first, last)


def _day(given: Mapping[str, str], name: str) -> date | None:
    text = given.get(name, "").strip()
    return parse_day(text, name) if text else None
