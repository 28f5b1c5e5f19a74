"""`tollbook demo`: the main job, on real usage, then the portals."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tollbook.kernel.errors import Refused
from tollbook.kernel.numbers import parse_decimal

if TYPE_CHECKING:
    from decimal import Decimal

EXAMPLE = Path(__file__).resolve().parents[4] / "examples" / "focus_sample.csv"
MARKUP_LIMIT = 1000


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help_ = (
        "resell a month of real cloud usage: import, price, charge, invoice, print the table, then serve the portals"
    )
    command = commands.add_parser("demo", help=help_, description=help_)
    command.add_argument("--markup", metavar="PERCENT", default="20", help="on the list unit prices (20)")
    command.add_argument("--file", type=Path, default=EXAMPLE, help="another FOCUS 1.0 file of September 2024")
    command.add_argument("--no-serve", action="store_true", help="end after the job")
    command.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    markup = parse_decimal(args.markup, "markup", digits=9, places=4)
    if markup > MARKUP_LIMIT:
        raise Refused("markup_too_high", f"markup: {args.markup} is more than {MARKUP_LIMIT} percent", param="markup")
    from tollbook.site import boot

    boot.setup(test_mode=True)
    logins = _work(args, markup)
    if args.no_serve:
        return 0
    from tollbook.site import serving

    return serving.serve(serving.Wish(), greeting=logins)


def _work(args: argparse.Namespace, markup: "Decimal") -> list[str]:
    from rich.console import Console

    from tollbook.site import demo, demo_people, demo_report
    from tollbook.site.progress import bars

    with bars() as bar:
        done = demo.run(args.file, markup, bar)
    figures = demo_report.rows(done)
    if args.json:
        told = {"customers": [row.data() for row in figures], "rows": done.report.outcomes()}
        sys.stdout.write(json.dumps(told, indent=2) + "\n")
        sys.stdout.flush()
    else:
        width = None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "110"))
        demo_report.show(done, figures, Console(width=width))
    return [] if args.no_serve else demo_people.log_ins(done.brand)
