"""`tollbook doctor`: is this installation well?"""

import argparse
import json
import sys

HELP = (
    "check this installation (settings, database, workers, clock, mail, keys, disk, connections); exit 1 if one fails"
)


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    told = "Each line says ok, warn or fail and what was found; below it, what to do. Nothing is changed but what the "
    command = commands.add_parser(
        "doctor", help=HELP, description=HELP, epilog=told + "tests of connections note themselves."
    )
    command.add_argument("--json", action="store_true", help="print one JSON object")
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tollbook.site import boot

    boot.setup(migrate=False)
    from tollbook.base.health import Level
    from tollbook.site.checkup import asking

    told = asking.ask_all()
    failed = any(row.found.level is Level.FAIL for row in told)
    if args.json:
        json.dump({"ok": not failed, "checks": [row.data() for row in told]}, sys.stdout, indent=2)
        sys.stdout.write("\n")
    else:
        sys.stdout.write(asking.report(told) + "\n")
    return 1 if failed else 0
