"""Instants and days from outside, and time zones by name."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tollbook.kernel.errors import Refused, shown

FIRST_YEAR = 1970
LAST_YEAR = 2199
_EARLIEST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
_LATEST = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
_LONGEST = 40
# Python also reads week dates such as 2026-W18-5, which nobody who types one here means.
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def parse_instant(text: object, field: str) -> datetime:
    """The aware instant that an ISO 8601 text (or a datetime) names, with its own offset.

    Raises Refused: not_a_datetime, naive_datetime (no offset), out_of_range (before 1970 or from 2200, in
    UTC).
    """
    instant = text if isinstance(text, datetime) else _instant(text, field)
    if instant.tzinfo is None or instant.utcoffset() is None:
        raise _no("naive_datetime", field, text, "add the offset from UTC, such as 2026-05-01T00:00:00Z")
    if not FIRST_YEAR - 1 <= instant.year <= LAST_YEAR + 1 or not _EARLIEST <= instant < _LATEST:
        raise _no("out_of_range", field, text, f"give an instant from {FIRST_YEAR} to {LAST_YEAR}")
    return instant


def _instant(text: object, field: str) -> datetime:
    right = "give an instant such as 2026-05-01T00:00:00Z"
    if not isinstance(text, str) or not text.isascii() or len(text) > _LONGEST:
        raise _no("not_a_datetime", field, text, right)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise _no("not_a_datetime", field, text, right) from None


def parse_local(text: str, zone: str, field: str) -> datetime:
    """The instant of a form's local time in a zone; of an hour that comes twice, the first.

    Raises Refused: not_a_datetime, out_of_range.
    """
    try:
        naive = datetime.fromisoformat(text)
    except ValueError:
        raise _no("not_a_datetime", field, text, "give a day and an hour such as 2026-06-01T00:00") from None
    return parse_instant(naive.replace(tzinfo=zone_info(zone)), field).astimezone(UTC)


def parse_day(text: object, field: str) -> date:
    """The day that an ISO 8601 text (or a date) names. Raises Refused: not_a_date, out_of_range."""
    right = "give a day such as 2026-05-01"
    if isinstance(text, date) and not isinstance(text, datetime):
        day = text
    elif isinstance(text, str) and _DAY.fullmatch(text):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            raise _no("not_a_date", field, text, right) from None
    else:
        raise _no("not_a_date", field, text, right)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise _no("out_of_range", field, text, f"give a day from {FIRST_YEAR} to {LAST_YEAR}")
    return day


@lru_cache(maxsize=700)
def zone_info(name: str, field: str = "zone") -> ZoneInfo:
    """The IANA time zone of that name, or Refused 'unknown_zone'."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        right = "give an IANA time zone such as Europe/Berlin"
        raise _no("unknown_zone", field, name, right) from None


def _no(code: str, field: str, value: object, right: str) -> Refused:
    return Refused(code, f"{field} {shown(value)}: {right}", param=field, value=shown(value))
