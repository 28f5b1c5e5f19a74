"""`tollbook serve`: the portals, the API and the worker."""

import argparse

HELP = "serve the portals and the API, and run the worker beside them"


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("serve", help=HELP, description=HELP)
    command.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1)")
    command.add_argument("--port", type=int, default=0, help="the port (a free one)")
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tollbook.site import boot, serving

    boot.setup()
    return serving.serve(host=args.host, port=args.port, greeting=[])
