"""`tollbook manage`: Django's own commands."""

import argparse
from collections.abc import Sequence

HELP = "run one of Django's management commands (migrate, shell, dbshell...)"


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    commands.add_parser("manage", help=HELP, description=HELP, add_help=False)


def run_django(arguments: Sequence[str]) -> int:
    """Hand the line over to Django, which prints and exits by itself where it must."""
    from django.core.management import execute_from_command_line

    execute_from_command_line(["tollbook manage", *arguments])
    return 0
