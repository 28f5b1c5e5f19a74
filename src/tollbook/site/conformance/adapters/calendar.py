"""Periods and bill days."""

import re
from typing import Any

from tollbook.kernel import calendars
from tollbook.kernel.calendars import Bill, Every
from tollbook.site.conformance.given import LONGEST_LIST, Given
from tollbook.site.conformance.kinds import kind

_DAYS = re.compile(r"(\d{1,6})d", re.ASCII)


@kind("calendar.advance_days")
def advance_days(given: Given) -> dict[str, Any]:
    n = given.whole("n", low=0, high=LONGEST_LIST)
    return {"dates": calendars.every_days(given.day("from"), given.whole("days"), n)}


@kind("calendar.anchor_period")
def anchor_period(given: Given) -> dict[str, Any]:
    period = calendars.recurrence(given.instant("anchor"), given.instant("at"))
    return {"start": period.start, "end": period.end}


@kind("calendar.anniversary_period")
def anniversary_period(given: Given) -> dict[str, Any]:
    which = given.choice("bill", Bill)
    first, last = calendars.anniversary_period(given.day("subscribed_on"), given.day("billed_on"), which)
    return {"from": first, "to_inclusive": last}


@kind("calendar.days_in_period")
def days_in_period(given: Given) -> dict[str, Any]:
    return {"days": calendars.days_between(given.day("from"), given.day("to_exclusive"))}


@kind("calendar.elapsed_cycles")
def elapsed_cycles(given: Given) -> dict[str, Any]:
    bill_day = given.whole("bill_day")
    return {"count": calendars.bill_dates_between(given.day("start"), given.day("at"), bill_day)}


@kind("calendar.first_bill_cycle_date")
def first_bill_cycle_date(given: Given) -> dict[str, Any]:
    every = given.choice("period", Every)
    return {"date": calendars.first_bill_date(given.day("start"), given.whole("bill_cycle_day"), every)}


@kind("calendar.first_period")
def first_period(given: Given) -> dict[str, Any]:
    every = given.choice("period", Every)
    start, end = calendars.first_period(given.day("start"), given.whole("bill_day"), every)
    return {"start": start, "end_exclusive": end}


@kind("calendar.local_days")
def local_days(given: Given) -> dict[str, Any]:
    zone = given.text("timezone")
    days, hours = calendars.local_span(given.wall("from_local"), given.wall("to_local"), zone)
    return {"days": days, "elapsed_hours": hours}


@kind("calendar.local_month_bounds")
def local_month_bounds(given: Given) -> dict[str, Any]:
    period = calendars.previous_month(given.instant("billed_at_utc"), given.text("timezone"))
    return {"from_utc": period.start, "to_utc_inclusive": period.last_second}


@kind("calendar.whole_periods")
def whole_periods(given: Given) -> dict[str, Any]:
    start, end, period = given.day("from"), given.day("to"), given.text("period")
    if period == Every.MONTH:
        return {"count": calendars.whole_months(start, end)}
    days = _DAYS.fullmatch(period)
    if days is None:
        raise given.wrong("period", "give 'month', or days such as '30d'")
    return {"count": calendars.whole_days(start, end, int(days[1]))}
