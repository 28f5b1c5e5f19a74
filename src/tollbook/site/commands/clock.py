"""`tollbook clock`: what time it is for this installation, and moving it in a trial."""

import argparse
import re
import sys
from datetime import datetime, timedelta

from tollbook.kernel.errors import Refused
from tollbook.kernel.times import parse_instant

_STEP = re.compile(r"(\d{1,5})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help_ = "show the installation's clock, or advance it in a trial, running everything that falls due, in order"
    command = commands.add_parser("clock", help=help_, description=help_)
    verbs = command.add_subparsers(dest="verb", metavar="VERB", required=True)
    show = verbs.add_parser("show", help="print the present instant and whose clock it is")
    show.set_defaults(run=_show)
    advance = verbs.add_parser("advance", help="move the virtual clock forward")
    advance.add_argument("to", help="an instant with its offset (2024-11-01T00:00:00Z) or a step (6h, 30d, 2w)")
    advance.set_defaults(run=_advance)


def _show(args: argparse.Namespace) -> int:
    from tollbook.site import boot

    boot.setup()
    from tollbook.base import clock

    kind = "virtual clock" if clock.virtual() else "machine's clock"
    sys.stdout.write(f"{clock.now().isoformat(timespec='seconds')} ({kind})\n")
    return 0


def _advance(args: argparse.Namespace) -> int:
    from tollbook.site import boot

    boot.setup()
    from tollbook.base import clock, schedule
    from tollbook.site.progress import bars

    start = clock.now()
    to = _instant(args.to, start)
    if to <= start:
        raise Refused("clock_backwards", f"to: {to.isoformat()} is not after {start.isoformat()}", param="to")
    with bars() as bar:
        task = bar("Advancing the clock", total=int((to - start).total_seconds()))
        stops = schedule.advance(to, lambda at: task(int((at - start).total_seconds())))
    sys.stdout.write(f"{to.isoformat(timespec='seconds')}: {stops} stops\n")
    return 0


def _instant(text: str, start: datetime) -> datetime:
    if step := _STEP.fullmatch(text):
        return start + int(step[1]) * _UNITS[step[2]]
    return parse_instant(text, "to")
