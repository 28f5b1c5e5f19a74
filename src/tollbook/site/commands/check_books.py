"""`tollbook check-books`: the money invariants in plain SQL."""

import argparse
import json
import sys


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help_ = "check the money invariants in plain SQL, apart from the program's own code; exit 1 if one fails"
    command = commands.add_parser("check-books", help=help_, description=help_)
    command.add_argument("--only", metavar="M4", action="append", help="check only this invariant (can be repeated)")
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tollbook.site import boot

    boot.setup()
    from django.db import connection

    from tollbook.base import books

    findings = books.check(connection, only=args.only)
    if args.json:
        json.dump({"findings": [f.data() for f in findings]}, sys.stdout, indent=2, default=str)
        sys.stdout.write("\n")
    else:
        sys.stdout.write(books.report(findings) + "\n")
    return 1 if any(f.count for f in findings) else 0
