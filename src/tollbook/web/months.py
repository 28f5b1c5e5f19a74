"""The month that a page shows: chosen in its address, one of those that there are."""

from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpRequest

from tollbook.kernel.period import Period, midnight, months_from
from tollbook.kernel.times import zone_info
from tollbook.web.words import month_text

MOST = 36


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in a zone: `key` in addresses ("2024-09"), its name, and its instants."""

    key: str
    name: str
    period: Period


@dataclass(frozen=True, slots=True)
class Months:
    """What `web/_months.html` shows: the chosen month and all that can be chosen, the latest first."""

    chosen: Month
    all: tuple[Month, ...]
    newer: str
    older: str


def month_of(first: date, zone: str) -> Month:
    """The month of the day `first`."""
    begin = first.replace(day=1)
    period = Period(midnight(begin, zone), midnight(months_from(begin, 1), zone))
    return Month(f"{begin:%Y-%m}", month_text(begin), period)


def months(request: HttpRequest, first: datetime, last: datetime, zone: str) -> Months:
    """The months from `first` to `last`, at most MOST, and the one that `?month=` asks for; the latest by default."""
    info = zone_info(zone)
    begin, end = first.astimezone(info).date(), last.astimezone(info).date()
    count = min((end.year - begin.year) * 12 + end.month - begin.month + 1, MOST)
    found = tuple(month_of(months_from(end.replace(day=1), -i), zone) for i in range(count))
    wanted = request.GET.get("month", "")
    index = next((i for i, month in enumerate(found) if month.key == wanted), 0)
    return Months(
        chosen=found[index],
        all=found,
        newer=found[index - 1].key if index else "",
        older=found[index + 1].key if index + 1 < len(found) else "",
    )
