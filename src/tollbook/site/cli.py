"""The program `tollbook`: one command a file in `site/commands`."""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from tollbook.kernel.errors import Invalid, TollbookError

COMMANDS = (
    "demo",
    "serve",
    "import_",
    "explain",
    "key",
    "simulate",
    "re_rate",
    "check_books",
    "bench",
    "conformance",
    "clock",
    "doctor",
    "backup",
    "restore",
    "staff",
    "manage",
)
SHOWN_PROBLEMS = 50
WRONG_INPUT = 2
INTERRUPTED = 130


def parser() -> argparse.ArgumentParser:
    """The whole command line with its help."""
    root = argparse.ArgumentParser(
        prog="tollbook",
        description="Billing and reselling for service providers.",
        epilog="Each command has its own --help. Without DATABASE_URL an embedded PostgreSQL is used.",
    )
    commands = root.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        import_module(f"tollbook.site.commands.{name}").register(commands)
    return root


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns its exit code. Errors are one clear line on standard error and exit code 2."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tollbook.site.settings")
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["manage"]:
        # Django's own commands read the rest of the line themselves.
        return _guarded(lambda: import_module("tollbook.site.commands.manage").run_django(arguments[1:]))
    args = parser().parse_args(arguments)
    return _guarded(lambda: args.run(args))


def _guarded(run) -> int:  # type: ignore[no-untyped-def]  # a closure over either way of running
    try:
        return int(run() or 0)
    except Invalid as error:
        _tell_problems(error)
    except TollbookError as error:
        _tell(error.message)
    except BrokenPipeError:
        # The reader of our output went away (`tollbook ... | head`).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return INTERRUPTED
    else:
        return 0
    return WRONG_INPUT


def _tell(message: str) -> None:
    sys.stderr.write(f"tollbook: {message}\n")


def _tell_problems(error: Invalid) -> None:
    for problem in error.problems[:SHOWN_PROBLEMS]:
        sys.stderr.write(f"tollbook: {problem} (value {problem.value or 'empty'}; {problem.code})\n")
    if len(error.problems) > SHOWN_PROBLEMS:
        _tell(f"and {len(error.problems) - SHOWN_PROBLEMS} more problems; nothing was changed")
