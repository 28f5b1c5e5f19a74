"""Checks of an installation: run at start (`check`) and before production (`check --deploy`)."""

import os
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

OLDEST = 150_000
ALLOW = "TOLLBOOK_ALLOW_EMBEDDED"


@register(Tags.database)
def postgresql_version(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """PostgreSQL 15 or newer."""
    found: list[CheckMessage] = []
    for name in databases or ():
        with connections[name].cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version_num')::int, current_setting('server_version')")
            number, text = cursor.fetchone()
        if number < OLDEST:
            hint = "Give DATABASE_URL of a server of version 15 or newer."
            found.append(Error(f"PostgreSQL {text} is too old", hint=hint, id="tollbook.E001"))
    return found


@register(deploy=True)
def no_embedded_server(**kwargs: Any) -> list[CheckMessage]:
    """Production runs on a PostgreSQL of its own, unless the embedded one is allowed by name."""
    if os.environ.get("DATABASE_URL") or os.environ.get(ALLOW) == "1":
        return []
    hint = f"Give DATABASE_URL, or set {ALLOW}=1 if this installation may live and die with its processes."
    return [Error("the embedded PostgreSQL is for trials and tests", hint=hint, id="tollbook.E002")]


@register(deploy=True)
def no_test_mode(**kwargs: Any) -> list[CheckMessage]:
    """Production has no virtual clock."""
    if not settings.TOLLBOOK_TEST_MODE:
        return []
    hint = "Unset TOLLBOOK_TEST_MODE; an installation that ran the demo stays a trial: use another database and home."
    return [Error("this installation is in test mode", hint=hint, id="tollbook.E003")]
