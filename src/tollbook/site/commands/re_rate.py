"""`tollbook re-rate`: read closed periods again and charge the differences."""

import argparse
import json
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tollbook.kernel.errors import Refused
from tollbook.kernel.money import plain

if TYPE_CHECKING:
    from tollbook.charging.corrections import Whom

_ABOUT = (
    "Read and rate all periods from a day on again, and charge the differences as corrections: what comes out as it is "
    "charged is charged nothing. Killed half way, run it again: nothing is charged twice. --preview charges nothing "
    "and says what would be corrected."
)
SHOWN = 50


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help_ = "read closed periods again and charge the differences; --preview only shows them"
    command = commands.add_parser("re-rate", help=help_, description=_ABOUT)
    whom = command.add_mutually_exclusive_group(required=True)
    whom.add_argument("--customer", metavar="ID", help="one customer")
    whom.add_argument("--plan", metavar="ID", help="those who ever had this plan: its id or code")
    whom.add_argument("--all", action="store_true", help="everybody")
    command.add_argument("--since", required=True, metavar="YYYY-MM-DD", help="the first day, in UTC")
    command.add_argument("--after", type=int, default=0, metavar="N", help="go on after this customer row")
    command.add_argument("--preview", action="store_true", help="charge nothing, say what would be corrected")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    since = _day(args.since)
    from tollbook.site import boot

    boot.setup()
    from tollbook.charging.corrections import Whom, count_charged, re_rate
    from tollbook.customers.queries import by_public_id
    from tollbook.simulation.queries import plan_named
    from tollbook.site.progress import bars

    customer_id = by_public_id(args.customer).pk if args.customer else None
    whom = Whom(customer_id, plan_named(args.plan).pk if args.plan else None)
    with bars() as bar:
        tick = bar("Reading again", total=count_charged(since, whom, args.after))
        if args.preview:
            told = _preview(since, whom, args.after, tick)
        else:
            made = re_rate(since, whom, after=args.after, progress=lambda done, _: tick(done))
            told = {"since": since.isoformat(), "charges": made}
    sys.stdout.write(json.dumps(told, indent=2) + "\n" if args.json else _text(told))
    return 0


def _day(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    except ValueError as error:
        raise Refused("day_wrong", f"since {text!r}: give a day as 2026-05-01", param="since") from error


def _preview(since: datetime, whom: "Whom", after: int, tick: Callable[[int], None]) -> dict[str, Any]:
    """What would be corrected: sums by currency, and the first SHOWN corrections."""
    from tollbook.base import clock
    from tollbook.charging.corrections import Correction, charged_customers, corrections

    until, done, count = clock.now(), 0, 0
    sums: dict[str, Decimal] = {}
    shown: list[Correction] = []
    while chunk := charged_customers(since, whom, after):
        found = corrections(chunk, until, read_since=since)
        for each in found:
            sums[each.currency] = sums.get(each.currency, Decimal(0)) + each.difference
        shown += found[: SHOWN - len(shown)]
        count, done, after = count + len(found), done + len(chunk), chunk[-1]
        tick(done)
    rows = [
        {
            "customer_row": each.customer_id,
            "price": each.price.name,
            "period_start": each.key.period_start.isoformat(),
            "before": plain(each.before),
            "after": plain(each.amount),
            "difference": plain(each.difference),
            "currency": each.currency,
            "reason": each.reason,
        }
        for each in shown
    ]
    totals = {currency: plain(amount) for currency, amount in sorted(sums.items())}
    return {"since": since.isoformat(), "corrections": count, "differences": totals, "shown": rows}


def _text(told: dict[str, Any]) -> str:
    if "charges" in told:
        return f"Charges made: {told['charges']}\n"
    lines = [
        f"{row['period_start'][:10]}  {row['price'][:40]:<40} {row['before']} -> {row['after']} {row['currency']}"
        f" ({row['difference']})  customer row {row['customer_row']}"
        for row in told["shown"]
    ]
    if told["corrections"] > len(lines):
        lines.append(f"and {told['corrections'] - len(lines)} more")
    sums = ", ".join(f"{amount} {currency}" for currency, amount in told["differences"].items())
    lines.append(f"Would be corrected: {told['corrections']}" + (f", together {sums}" if sums else ""))
    return "\n".join(lines) + "\n"
