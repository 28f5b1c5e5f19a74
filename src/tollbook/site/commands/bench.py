"""`tollbook bench NAME`: how fast it is here."""

import argparse
import json
import sys


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help_ = "measure how fast something is on this machine, beside a reference taken in the same run"
    command = commands.add_parser("bench", help=help_, description=help_)
    names = ["ingest", "api-ingest", "bill-run", "pages", "holds", "simulate", "rate", "pdf"]
    command.add_argument("name", choices=names, help="what to measure")
    command.add_argument("--seconds", type=int, default=20, metavar="N", help="about how long (20, at most 50)")
    command.add_argument("--customers", type=int, metavar="N", help="of `pages`: over so many customers' invoices")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tollbook.kernel.errors import Refused
    from tollbook.site import bench

    if args.customers is not None and (args.name != "pages" or args.customers < 1):
        message = f"--customers {args.customers}: only `bench pages` takes it, and at least 1"
        raise Refused("customers_not_for", message, param="customers")
    seconds = max(2, min(args.seconds, 50))
    result = bench.pages(args.customers) if args.customers else bench.run(args.name, seconds=seconds)
    sys.stdout.write(json.dumps(result.data(), indent=2) + "\n" if args.json else result.text())
    return 0
