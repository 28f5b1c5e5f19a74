"""A PostgreSQL of this installation's own: for trials, the demo and the tests; nothing to install or to stop.

`ensure()` starts it when it is not running and says where it is; from then on the calling process is a
*user* of it until it dies, however it dies. The last user gone, a small watchdog stops the server after
three seconds. Commands that run at the same time, or one after another, share one server. Nothing here
needs Django, so settings may call it. Linux only, as are the binaries.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tollbook.base.embedded import place, server, watch
from tollbook.base.embedded.errors import EmbeddedError
from tollbook.base.embedded.lease import count, hold
from tollbook.base.embedded.locks import locked
from tollbook.base.home import home as default_home

__all__ = ["EmbeddedError", "Status", "ensure", "status", "stop"]


@dataclass(frozen=True, slots=True)
class Status:
    """What `status()` saw: the postmaster, its folder, and how many processes use it."""

    running: bool
    pid: int | None
    port: int | None
    data: Path | None
    users: int


def ensure(home: Path | None = None) -> str:
    """The `postgresql://` URL of database `tollbook` on a running server in `home` (default: `base.home`).

    Creates, starts or recovers the server as needed: about a second for the first start, milliseconds when
    it is running, up to 300 s after a crash with much to replay. Raises EmbeddedError: one line that says
    what to do.
    """
    where = (home or default_home()).absolute()
    with place.explained(where):
        state = place.prepare(where)
        with locked(state / "lock"):
            hold(state / "leases")
            # The watchdog first: were this process killed during the start, the server must not outlive it.
            watch.guard(state)
            spot = place.settle(state)
            server.create(spot)
            port = server.start(spot)
            password = (state / "password").read_text()
    return f"postgresql://{server.OWNER}:{password}@127.0.0.1:{port}/{server.DATABASE}"


def stop(home: Path | None = None) -> bool:
    """Stops the server now; open transactions of its users roll back. False when it was not running."""
    where = (home or default_home()).absolute()
    with place.explained(where):
        state = place.state_of(where)
        if not state.is_dir():
            return False
        with locked(state / "lock"):
            spot = place.settled(state)
            return spot is not None and server.stop(spot)


def status(home: Path | None = None) -> Status:
    """What is there now. Changes nothing, creates nothing, waits for nobody."""
    where = (home or default_home()).absolute()
    with place.explained(where):
        state = place.state_of(where)
        spot = place.settled(state) if state.is_dir() else None
        if spot is None:
            return Status(running=False, pid=None, port=None, data=None, users=0)
        found = server.postmaster(spot.data)
        return Status(
            running=found is not None,
            pid=found.pid if found else None,
            port=found.port if found else None,
            data=spot.data,
            users=count(state / "leases"),
        )
