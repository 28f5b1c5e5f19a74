"""`tollbook staff`: the first members of staff, and the way back in when nobody can approve any more."""

import argparse
import sys


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    help_ = "give somebody a staff role without a second person: the first administrator, or the way back in"
    command = commands.add_parser("staff", help=help_, description=help_)
    command.add_argument("email", help="the address to log in with")
    command.add_argument("--name", help="the person's name; needed where there is no such user yet")
    command.add_argument("--role", required=True, help="administrator, approver, finance, ...; none takes it")
    command.set_defaults(run=_run)


def _run(args: argparse.Namespace) -> int:
    from tollbook.site import boot

    boot.setup()
    from tollbook.identity.actions import create_user
    from tollbook.identity.granting import grant, read_role
    from tollbook.identity.models import User

    role = read_role(args.role)
    user = User.objects.filter(email__iexact=args.email.strip()).first()
    if user is None:
        user = create_user(args.email, args.name or "", staff_role=role, door="cli")
        told = "made; a password is chosen at /account/password/reset/, a second factor at the first log-in"
    else:
        grant(user.public_id, role, door="cli")
        told = "changed; every session of the person has ended"
    sys.stdout.write(f"{user.email} is {role.label}: {told}\n")
    return 0
