"""Homes to start real servers in, and processes that use them: as ourselves, as root as nobody too."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import pytest

from tollbook.base import embedded
from tollbook.base.embedded import place, server
from tollbook.base.embedded.locks import is_held

SOURCE = Path(__file__).resolve().parents[4]
USER = """
import sys, time
from pathlib import Path
from tollbook.base import embedded
try:
    print(embedded.ensure(Path(sys.argv[1])), flush=True)
except embedded.EmbeddedError as error:
    print(error.code, error, flush=True)
    sys.exit(2)
time.sleep(600)
"""


@dataclass
class Stage:
    """One home and everybody who uses it; `uid` is None for ourselves."""

    home: Path
    uid: int | None = None
    users: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def state(self) -> Path:
        return self.home / "pg"

    def user(self) -> subprocess.Popen[str]:
        """Starts a process that asks for the server and then stays until it is killed."""
        wheel = find_spec(place.MODULE)
        assert wheel is not None and wheel.origin is not None
        search = [str(SOURCE), str(Path(wheel.origin).parent.parent)]
        process = subprocess.Popen(
            [python_for(self.uid), "-c", USER, str(self.home)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(search), "PYTHONDONTWRITEBYTECODE": "1"},
            cwd="/",
            stdout=subprocess.PIPE,
            text=True,
            user=self.uid,
            group=self.uid and pwd.getpwuid(self.uid).pw_gid,
            extra_groups=None if self.uid is None else [],
        )
        self.users.append(process)
        return process

    def url(self) -> str:
        """What a new user is told: the server's URL, or the code and message of a refusal."""
        return said_by(self.user())

    def kill_users(self) -> None:
        for process in self.users:
            process.kill()
            process.communicate()
        self.users.clear()

    def postmaster(self) -> server.Postmaster | None:
        return server.postmaster(place.data_of(self.state))

    def is_quiet(self) -> bool:
        """No server process and no watchdog left."""
        data = place.data_of(self.state)
        working = [pid for pid in processes() if server.works_in(pid, data)]
        return not working and not is_held(self.state / "watch.lock")


def processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def folder_of(pid: int) -> Path | None:
    """A process's working directory; None when it is gone or not ours to look at."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except (FileNotFoundError, PermissionError):
        return None


def said_by(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def python_for(uid: int | None) -> str:
    """A Python that `uid` can run: ours may be in a home of root's that nobody else enters."""
    for candidate in (sys.executable, "/usr/bin/python3"):
        if uid is None:
            return candidate
        probe = [candidate, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]
        try:
            if subprocess.run(probe, check=False, user=uid, extra_groups=[], cwd="/").returncode == 0:
                return candidate
        except PermissionError:
            continue
    pytest.skip("no Python 3.11 that an ordinary user can run")


def within(seconds: float, true: Callable[[], bool]) -> bool:
    """Waits until `true()`, at most `seconds`."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def make_home(uid: int | None = None) -> Path:
    """A new folder that everybody may enter; pytest's own are closed to all but their maker."""
    folder = Path(tempfile.mkdtemp(prefix="tollbook-"))
    folder.chmod(0o755)
    if uid is not None:
        os.chown(folder, uid, -1)
    return folder


def clear(stage: Stage) -> None:
    stage.kill_users()
    embedded.stop(stage.home)
    shutil.rmtree(stage.home)


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage(make_home())
    yield made
    clear(made)


@pytest.fixture(params=["ourselves", "nobody"])
def anybody(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """As we are; and once more as an ordinary user where we are root."""
    uid = None
    if request.param == "nobody":
        if os.geteuid() != 0:
            pytest.skip("only root can become somebody else; we are an ordinary user already")
        uid = pwd.getpwnam("nobody").pw_uid
        python_for(uid)
    made = Stage(make_home(uid), uid)
    yield made
    clear(made)
