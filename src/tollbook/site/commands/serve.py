"""`tollbook serve`: the portals, the API and the worker."""

import argparse

from tollbook.kernel.errors import Refused

HELP = "serve the portals and the API, and run the worker beside them"
MOST_WORKERS = 64
MOST_WAIT_S = 3600


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    told = (
        "SIGTERM finishes what runs and stops; SIGHUP lets new processes take over (new code, new settings of files)."
    )
    command = commands.add_parser("serve", help=HELP, description=HELP, epilog=told)
    command.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    command.add_argument("--port", type=int, default=0, help="the port (a free one)")
    command.add_argument("--only", choices=("web", "worker"), help="only this part; the other one runs elsewhere")
    command.add_argument("--web-workers", type=int, default=2, help="processes that answer requests (2)")
    command.add_argument(
        "--drain", type=int, default=0, metavar="S", help="say no at /readyz so long before a stop (0)"
    )
    command.add_argument(
        "--stop", type=int, default=30, metavar="S", help="what runs may run on so long at a stop (30)"
    )
    command.add_argument("--no-migrate", action="store_true", help="leave the schema alone; it must be complete")
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    _check("web-workers", args.web_workers, 1, MOST_WORKERS)
    _check("drain", args.drain, 0, MOST_WAIT_S)
    _check("stop", args.stop, 1, MOST_WAIT_S)
    from tollbook.site import boot

    boot.setup(migrate=not args.no_migrate)
    from tollbook.site import serving

    wish = serving.Wish(
        host=args.host,
        port=args.port,
        parts=(args.only,) if args.only else serving.PARTS,
        web_workers=args.web_workers,
        drain_s=args.drain,
        stop_s=args.stop,
    )
    return serving.serve(wish, greeting=[])


def _check(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise Refused(f"{name.replace('-', '_')}_wrong", f"{name}: {value} is not from {least} to {most}", param=name)
