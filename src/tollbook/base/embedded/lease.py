"""Who uses the server: one locked file for each process, which the kernel unlocks when the process dies.

A forked process shares its parent's lease, so that ends with the last of them. Programs that a process
runs do not get it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from pathlib import Path

from tollbook.base.embedded.locks import is_held, open_private

_held: dict[tuple[int, Path], int] = {}


def hold(folder: Path) -> None:
    """Makes this process a user until it dies. The caller holds the main lock, so nobody sweeps meanwhile."""
    key = (os.getpid(), folder)
    if key in _held:
        return
    descriptor = open_private(folder / f"{os.getpid()}-{secrets.token_hex(4)}")
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    _held[key] = descriptor


def count(folder: Path) -> int:
    """How many leases are held now."""
    return sum(is_held(path) for path in folder.iterdir())


def sweep(folder: Path) -> int:
    """Removes the files of the dead and returns how many leases are held. The caller holds the main lock."""
    living = 0
    for path in folder.iterdir():
        if is_held(path):
            living += 1
        else:
            path.unlink()
    return living
