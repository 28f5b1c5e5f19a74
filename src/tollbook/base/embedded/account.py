"""As whom PostgreSQL runs: it refuses root, so root runs it as somebody else."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tollbook.base.embedded.errors import EmbeddedError


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the machine, by number: that is all it takes to start a process as somebody else."""

    uid: int
    gid: int
    name: str


def chosen() -> Account | None:
    """None for an ordinary user, who runs it; for root `$TOLLBOOK_PG_USER`, by default nobody."""
    if os.geteuid() != 0:
        return None
    name = os.environ.get("TOLLBOOK_PG_USER", "nobody")
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        raise EmbeddedError("embedded_account", f"TOLLBOOK_PG_USER: no user {name!r} here") from None
    if found.pw_uid == 0:
        raise EmbeddedError("embedded_account", f"TOLLBOOK_PG_USER: PostgreSQL refuses to run as {name!r}")
    return Account(found.pw_uid, found.pw_gid, name)


def owner_of(folder: Path) -> Account | None:
    """Who runs the server of an existing data `folder`: its owner; None when that is the caller.

    Raises PermissionError when it is neither the caller nor somebody that the caller may become.
    """
    found = folder.stat()
    if found.st_uid == os.geteuid():
        return None
    if os.geteuid() != 0:
        raise PermissionError(0, "owned by another user", str(folder))
    return Account(found.st_uid, found.st_gid, name_of(found.st_uid))


def name_of(uid: int) -> str:
    """The user's name, or its number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"


def run_as(
    account: Account | None, command: Sequence[str | Path], *, feed: str = ""
) -> subprocess.CompletedProcess[str]:
    """Runs `command` to its end as `account`, or as the caller; never raises for its exit code.

    The environment is bare: nobody's PGPORT, PGOPTIONS or locale may change what PostgreSQL's programs do.
    """
    return subprocess.run(
        [str(part) for part in command],
        input=feed,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.defpath, "LC_ALL": "C"},
        cwd="/",  # PostgreSQL's programs complain when they cannot return to where they were started
        umask=0o077,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )
