"""`tollbook key`: make a key to the API, such as the first one, and show it once."""

import argparse
import sys


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help_ = "make a key to the API and show it, this once"
    command = commands.add_parser("key", help=help_, description=help_)
    holder = command.add_mutually_exclusive_group(required=True)
    holder.add_argument("--staff", metavar="EMAIL", help="a member of staff, whose role the key has")
    holder.add_argument("--customer", metavar="ID", help="a customer (cus_…), whom alone the key sees")
    command.add_argument("--name", required=True, metavar="TEXT", help="what it is for")
    scopes = "what it may do: usage:write, '*:read'; again for more"
    command.add_argument("--scope", required=True, action="append", metavar="SCOPE", help=scopes)
    addresses = "where it may be used from; again for more"
    command.add_argument("--address", action="append", default=[], metavar="NETWORK", help=addresses)
    command.add_argument("--days", type=int, metavar="N", help="when it ends; without, when it is revoked")
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tollbook.site import boot

    boot.setup()
    from datetime import timedelta

    from tollbook.base import clock
    from tollbook.customers.queries import by_public_id
    from tollbook.identity.actions import create_key
    from tollbook.identity.models import User
    from tollbook.kernel.errors import NotFound

    user = None
    if args.staff is not None:
        user = User.objects.filter(email__iexact=args.staff).first()
        if user is None:
            raise NotFound("user_not_found", f"there is no user {args.staff}", param="staff")
    made = create_key(
        args.name,
        scopes=args.scope,
        customer_id=None if args.customer is None else by_public_id(args.customer).pk,
        user=user,
        expires_at=None if args.days is None else clock.now() + timedelta(days=args.days),
        addresses=args.address,
        door="cli",
    )
    sys.stdout.write(f"{made.text}\n")
    return 0
