"""The watchdog: a process of its own that stops the server when its last user is gone, then ends.

It is needed because a killed process cannot clean up after itself. It holds the lock of `watch.lock`,
handed down by the process that started it: there is never a moment with two of them, or with one that is
half started.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tollbook.base.embedded import place, server
from tollbook.base.embedded.errors import EmbeddedError
from tollbook.base.embedded.lease import sweep
from tollbook.base.embedded.locks import locked_or_not, open_private, try_lock

POLL_S = 1.0
GRACE_S = 3.0  # long enough for the next command of a script to take the server over
ENTRY = f"from {__name__} import main; main()"

log = logging.getLogger(__name__)


def guard(state: Path) -> None:
    """Starts the watchdog unless there is one. The caller holds the main lock."""
    descriptor = open_private(state / "watch.lock")
    try:
        if not try_lock(descriptor):
            return
        os.ftruncate(descriptor, 0)
        source = Path(__file__).resolve().parents[3]
        search = os.pathsep.join(filter(None, [str(source), os.environ.get("PYTHONPATH")]))
        # The shell ends at once and init adopts the watchdog: no zombie here, and no pipe of ours kept open.
        # What the watchdog has to say goes into the file whose lock it holds.
        subprocess.run(
            ["/bin/sh", "-c", '"$@" &', "sh", sys.executable, "-P", "-c", ENTRY, str(descriptor)],
            check=True,
            cwd=state,
            env={**os.environ, "PYTHONPATH": search},
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            pass_fds=(descriptor,),
            start_new_session=True,
        )
    finally:
        os.close(descriptor)  # Not unlocked: the lock belongs to the watchdog now.


def watch(descriptor: int) -> None:
    """Stops the server when nobody has used it for GRACE_S, and closes `descriptor`, the inherited lock.

    The server is the one whose `state_of` folder is the working directory, which may be moved meanwhile.
    """
    idle_since: float | None = None
    seen: server.Postmaster | None = None
    try:
        while True:
            time.sleep(POLL_S)
            state = Path.cwd()
            with locked_or_not(state / "lock") as got:
                seen = server.postmaster(place.data_of(state)) or seen
                if not got or sweep(state / "leases"):
                    idle_since = None  # Somebody is starting it, or somebody is there.
                    continue
                idle_since = idle_since or time.monotonic()
                if time.monotonic() - idle_since >= GRACE_S and _stopped(state):
                    os.close(descriptor)  # Within the main lock: the next user must see no watchdog.
                    return
    except FileNotFoundError:
        log.warning("the folder was removed")
        if seen is not None:
            server.end_orphan(seen.pid)


def _stopped(state: Path) -> bool:
    try:
        spot = place.settled(state)
        if spot is not None:
            server.stop(spot)
    except EmbeddedError as error:
        log.error("%s; trying again", error)
        return False
    return True


def main() -> None:
    """Entry of the process; its argument is the number of the inherited descriptor."""
    logging.basicConfig(format="%(asctime)s %(message)s")
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    watch(int(sys.argv[1]))
