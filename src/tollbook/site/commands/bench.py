"""`tollbook bench NAME`: how fast it is here."""

import argparse
import json
import sys


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help_ = "measure how fast something is on this machine, beside a reference taken in the same run"
    command = commands.add_parser("bench", help=help_, description=help_)
    command.add_argument(
        "name", choices=["ingest", "api-ingest", "bill-run", "holds", "simulate", "rate", "pdf"], help="what to measure"
    )
    command.add_argument("--seconds", type=int, default=20, metavar="N", help="about how long (20, at most 50)")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tollbook.site import bench

    result = bench.run(args.name, seconds=max(2, min(args.seconds, 50)))
    sys.stdout.write(json.dumps(result.data(), indent=2) + "\n" if args.json else result.text())
    return 0
