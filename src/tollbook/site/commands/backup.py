"""`tollbook backup` and what it says."""

import argparse
import sys
from pathlib import Path

HELP = "write the whole database into a file, with a manifest beside it, while everybody works on"


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    told = "The keys are not in it: keep TOLLBOOK_SEAL_KEY (or seal.key) elsewhere, or what is sealed stays closed."
    command = commands.add_parser("backup", help=HELP, description=HELP, epilog=told)
    command.add_argument("file", type=Path, help="the file to make; it must not exist")
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tollbook.site import boot

    boot.setup(migrate=False)
    from tollbook.site.backup import making, manifest

    made = making.make(args.file)
    rows = sum(made.facts.rows.values())
    sys.stdout.write(
        f"{args.file}: {made.size} bytes, {rows} rows in {len(made.facts.rows)} tables, PostgreSQL {made.server}\n"
        f"{manifest.path_of(args.file)}: sha256 {made.digest}, sealed with key {made.keys[0]}\n"
    )
    return 0
