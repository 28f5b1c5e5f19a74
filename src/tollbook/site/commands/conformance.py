"""`tollbook conformance FILE`: cases of other engines, run through the code that bills customers."""

import argparse
import json
import sys
from pathlib import Path

SHOWN_NOTES = 30


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help_ = "run numeric cases of other engines through the code that bills customers; exit 1 if one fails"
    command = commands.add_parser("conformance", help=help_, description=help_)
    command.add_argument("file", type=Path, help="one JSON object a line: id, kind, input, expected")
    command.add_argument("--json", action="store_true", help="print one JSON object with the answer to each case")
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tollbook.site import boot
    from tollbook.site.conformance import cases, report, running

    results = list(running.run(cases.read(args.file), boot.setup))
    if args.json:
        json.dump(report.data(results), sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        notes = report.notes(results)
        for note in notes[:SHOWN_NOTES]:
            sys.stderr.write(f"{note}\n")
        if len(notes) > SHOWN_NOTES:
            sys.stderr.write(f"and {len(notes) - SHOWN_NOTES} more: see --json\n")
        sys.stdout.write(f"{report.table(results)}\n{report.summary(results)}\n")
    return 1 if any(result.status is running.Status.FAILED for result in results) else 0
