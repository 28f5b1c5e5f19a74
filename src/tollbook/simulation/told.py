"""A simulation in words: for the terminal, and the month that a person names."""

import re
from datetime import date, datetime
from typing import Any

from tollbook.kernel.errors import Refused
from tollbook.kernel.period import Period, midnight, months_from
from tollbook.kernel.times import zone_info

_MONTH = re.compile(r"(2\d{3})-(0[1-9]|1[0-2])")
_SHOWN = 10


def month(text: str, zone: str) -> Period:
    """The calendar month that "2026-05" names in a zone. Refused "month_wrong"."""
    found = _MONTH.fullmatch(text)
    if found is None:
        raise Refused("month_wrong", f"period {text!r}: give a month as 2026-05", param="period")
    first = date(int(found[1]), int(found[2]), 1)
    return Period(midnight(first, zone), midnight(months_from(first, 1), zone))


def days_told(start: datetime, end: datetime, zone: str) -> str:
    """ "2026-05-01 to 2026-05-31": the days of a period, both within."""
    first, after = (at.astimezone(zone_info(zone)).date() for at in (start, end))
    return f"{first} to {date.fromordinal(after.toordinal() - 1)}"


def text(data: dict[str, Any], zone: str) -> str:
    """The whole of a simulation (as `tollbook simulate --json` prints it) for the terminal; ends with a line break."""
    start, end = (datetime.fromisoformat(data[name]) for name in ("period_start", "period_end"))
    prices = f"version {data['version']}" if data["version"] else f"draft {data['draft']}"
    lines = [f"Plan {data['plan']} under {prices}, {days_told(start, end, zone)}"]
    for totals in data["totals"]:
        lines += ["", *_of_currency(totals)]
    if not data["totals"]:
        lines.append("Nobody had the plan then.")
    if data["simulation"]:
        lines += ["", f"Kept as {data['simulation']}."]
    return "\n".join(lines) + "\n"


def _of_currency(told: dict[str, Any]) -> list[str]:
    currency, variance = told["currency"], told["variance_percent"]
    share = f" ({variance} % of what the plan brought)" if variance is not None else ""
    lines = [
        f"Revenue    {told['old_net']} -> {told['new_net']} {currency}: {told['difference']}{share}",
        f"Invoices   {told['old_total']} -> {told['new_total']} {currency}, tax included",
        f"Customers  {told['customers']}: {told['winners']} pay less, {told['losers']} pay more, "
        f"{told['unchanged']} the same",
    ]
    if told["old_margin"] is not None:
        known = told["customers_with_known_cost"]
        lines.insert(2, f"Margin     {told['old_margin']} -> {told['new_margin']} {currency} (of {known} customers)")
    if told["open_periods"]:
        lines.append(f"Not looked at: {told['open_periods']} periods that are not charged to their end yet")
    lines += [f"  {name:<14} {count:>8}" for name, count in told["spread"].items()]
    for title, rows in (("Pay less", told["winners_most"]), ("Pay more", told["losers_most"])):
        lines += [f"{title}, the most first:"] if rows else []
        lines += [
            f"  {row['name'][:40]:<40} {row['old_net']:>14} -> {row['new_net']:>14}  {row['percent'] or '-':>8} %"
            for row in rows[:_SHOWN]
        ]
    return lines
