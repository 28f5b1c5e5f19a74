"""`tollbook simulate`: a past period of a plan's customers under other prices."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tollbook.kernel.errors import Refused

if TYPE_CHECKING:
    from tollbook.simulation.alternatives import Alternative

_ABOUT = (
    "Replay a past period of a plan's customers under another version of its prices: revenue, margin, who pays more "
    "and who pays less. Nothing is charged, and the database refuses writes meanwhile; --keep stores the result."
)


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help_ = "replay a past period under other prices: revenue, margin, winners and losers"
    command = commands.add_parser("simulate", help=help_, description=_ABOUT)
    command.add_argument("--plan", required=True, help="the plan whose customers are replayed: its id or code")
    prices = command.add_mutually_exclusive_group(required=True)
    prices.add_argument("--version", type=int, metavar="N", help="a published version of the plan")
    prices.add_argument("--terms", type=Path, metavar="FILE", help='a draft: {"currency": "EUR", "prices": [...]}')
    command.add_argument("--period", metavar="YYYY-MM", help="a month of the brand (the last full one)")
    command.add_argument("--processes", type=int, metavar="N", help="how many processes (as many as there are cores)")
    command.add_argument("--csv", type=Path, metavar="FILE", help="write a row for each customer")
    command.add_argument("--keep", action="store_true", help="store the result, for the staff pages and the limit")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tollbook.site import boot

    boot.setup()
    from tollbook.base import clock
    from tollbook.simulation import queries, told
    from tollbook.simulation.actions import check_past
    from tollbook.simulation.replay import count
    from tollbook.site import simulating
    from tollbook.site.progress import bars

    plan = queries.plan_named(args.plan)
    zone = plan.product.brand.zone
    window = told.month(args.period, zone) if args.period else queries.last_full_month(plan.product.brand, clock.now())
    check_past(window)
    alternative = _alternative(plan, args)
    processes = min(max(args.processes or os.cpu_count() or 1, 1), 64)
    with bars() as bar:
        total = count(alternative, window)
        tick: Callable[[int], None] = bar("Replaying customers", total=total)
        found = simulating.simulate(alternative, window, processes, csv_file=args.csv, keep=args.keep, progress=tick)
    data = {
        "plan": plan.code, "version": args.version, "draft": str(args.terms) if args.terms else None,
        "period_start": window.start.isoformat(), "period_end": window.end.isoformat(),
        "simulation": found.kept, "totals": found.totals,
    }  # fmt: skip
    sys.stdout.write(json.dumps(data, indent=2) + "\n" if args.json else told.text(data, zone))
    return 0


def _alternative(plan: Any, args: argparse.Namespace) -> "Alternative":
    from tollbook.simulation.alternatives import checked_draft, of_draft, of_version
    from tollbook.simulation.queries import version_of

    if args.terms is None:
        return of_version(plan, version_of(plan, args.version))
    try:
        given = json.loads(args.terms.read_text())
    except OSError as error:
        raise Refused("file_unreadable", f"terms {args.terms}: {error.strerror}", param="terms") from error
    except ValueError as error:
        raise Refused("not_json", f"terms {args.terms}: {error}", param="terms") from error
    return of_draft(plan, checked_draft(given))
