"""`tollbook restore` and what it says."""

import argparse
import sys
from pathlib import Path

HELP = "restore a backup into an empty database, compare what it holds, and check the books; exit 1 if they fail"


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    told = "Start web and worker only afterwards: what was asked of others since the backup is not in it."
    command = commands.add_parser("restore", help=HELP, description=HELP, epilog=told)
    command.add_argument("file", type=Path, help="a file that `tollbook backup` made, with its manifest beside it")
    command.add_argument("--other-key", action="store_true", help="restore even if no key here opens what is sealed")
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tollbook.site import boot

    boot.setup(migrate=False)
    from tollbook.base import books
    from tollbook.site.backup import restoring

    done = restoring.restore(args.file, other_key=args.other_key)
    held = done.manifest.facts
    sys.stdout.write(
        f"restored the backup of {done.manifest.made_at} (Tollbook {done.manifest.program})\n"
        f"compared and equal: {sum(held.rows.values())} rows in {len(held.rows)} tables, "
        f"{len(held.ledger)} sums of the ledger, the last seal ({held.seal or 'none yet'})\n"
    )
    if done.pending:
        sys.stdout.write(f"pending migrations: {', '.join(done.pending)}\n")
        sys.stdout.write("now run: tollbook manage migrate, then tollbook check-books\n")
        return 0
    sys.stdout.write(books.report(done.findings) + "\n")
    return 0 if done.ok else 1
