"""Creating, starting and stopping one PostgreSQL server with its own programs."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from tollbook.base.embedded.account import run_as
from tollbook.base.embedded.errors import EmbeddedError
from tollbook.base.embedded.place import Place, write_private

OWNER = "tollbook"
DATABASE = "tollbook"
VERSION = "18"
RECOVERY_S = 300  # a long crash recovery is not a failure
LEFTOVER_S = 10.0  # the children of a killed postmaster notice within moments
STOP_S = 60
PORT_TRIES = 5
ADDRESS_IN_USE = "could not bind"
STATUS_LINE = 8  # of postmaster.pid: process, folder, start, port, socket folder, address, key, status

CONFIGURATION = """\
# Written once by Tollbook; add a file with a higher number to change something.
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 256MB
max_wal_size = 2GB
synchronous_commit = on
timezone = 'UTC'
log_timezone = 'UTC'
log_checkpoints = off
"""
CONFIGURE = """\
cd "$1" && mkdir conf.d && cat > conf.d/10-tollbook.conf && echo "include_dir = 'conf.d'" >> postgresql.conf
"""


@dataclass(frozen=True, slots=True)
class Postmaster:
    """A living server, as its `postmaster.pid` tells: status is starting, ready, stopping or standby."""

    pid: int
    port: int
    status: str


def create(place: Place) -> None:
    """Makes the data directory with an empty database, unless it exists; complete or not at all."""
    if place.data.is_dir():
        _check_version(place)
        return
    base = place.data.parent
    for leftover in base.glob("data.new-*"):
        # Of a killed run, whose initdb may still be at work there: what cannot be removed now does no harm.
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink()
    fresh = base / f"data.new-{secrets.token_hex(4)}"
    password = secrets.token_urlsafe(24)
    secret = base / f"{fresh.name}.password"
    write_private(secret, password)
    fresh.mkdir(mode=0o700)
    if place.account is not None:
        os.chown(fresh, place.account.uid, place.account.gid)
        os.chown(secret, place.account.uid, place.account.gid)
    try:
        _initialise(place, fresh, secret)
    finally:
        secret.unlink()
    write_private(place.state / "password", password)
    fresh.rename(place.data)


def _initialise(place: Place, fresh: Path, secret: Path) -> None:
    made = place.command(
        "initdb", "--pgdata", fresh, "--username", OWNER, "--pwfile", secret, "--auth=scram-sha-256",
        "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
        "--no-instructions",
    )  # fmt: skip
    if made.returncode != 0:
        raise EmbeddedError("embedded_start", f"initdb failed: {_last_line(made.stderr)}")
    # Written by the account itself: root must not write into a folder that somebody else can rearrange.
    written = run_as(place.account, ["/bin/sh", "-c", CONFIGURE, "sh", fresh], feed=CONFIGURATION)
    if written.returncode != 0:
        raise EmbeddedError("embedded_start", f"configuration not written: {_last_line(written.stderr)}")
    single = place.command("postgres", "--single", "-j", "-D", fresh, "postgres", feed=f"create database {DATABASE}\n")
    if single.returncode != 0 or "ERROR" in single.stderr:
        raise EmbeddedError("embedded_start", f"database not created: {_last_line(single.stderr)}")


def start(place: Place) -> int:
    """Brings the server up unless it is, waiting through a crash recovery; returns its port on 127.0.0.1."""
    found = _wait_settled(place)
    if found is not None:
        return found.port
    _clear_leftovers(place)
    port = _stored_port(place)
    for _ in range(PORT_TRIES):
        if port is None or not _is_free(port):
            port = _free_port()
        said = _launch(place, port)
        if said is None:
            write_private(place.state / "port", str(port))
            return port
        if ADDRESS_IN_USE not in said:
            log = place.data / "server.log"
            raise EmbeddedError("embedded_start", f"PostgreSQL does not start: {said}; see {log}")
        port = None  # Somebody took it between our look and the start.
    raise EmbeddedError("embedded_start", f"no free TCP port found in {PORT_TRIES} tries")


def _launch(place: Place, port: int) -> str | None:
    """None when the server is up, else what it logged about why it is not."""
    log = place.data / "server.log"
    before = log.stat().st_size if log.exists() else 0
    done = place.command(
        "pg_ctl", "start", "--pgdata", place.data, "--log", log, "--wait", f"--timeout={RECOVERY_S}",
        "--options", f"-p {port}",
    )  # fmt: skip
    if done.returncode == 0:
        return None
    if not log.exists():
        return _last_line(done.stderr)
    with log.open(encoding="utf-8", errors="replace") as file:
        file.seek(before)
        lines = [line for line in file if "FATAL" in line or ADDRESS_IN_USE in line]
    return " | ".join(line.strip() for line in lines) or _last_line(done.stderr)


def stop(place: Place) -> bool:
    """Fast shutdown, then an immediate one should that take too long; False when it was not running."""
    if postmaster(place.data) is None:
        return False
    for mode in ("fast", "immediate"):
        done = place.command("pg_ctl", "stop", "--pgdata", place.data, "--wait", f"--timeout={STOP_S}", "--mode", mode)
        if done.returncode == 0 or postmaster(place.data) is None:
            return True
    raise EmbeddedError("embedded_stop", f"PostgreSQL does not stop: {_last_line(done.stderr)}")


def postmaster(data: Path) -> Postmaster | None:
    """The living server of a data directory. A file that names a dead process, or a stranger, is none."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return None
    if not lines or not lines[0].isdigit() or not works_in(int(lines[0]), data):
        return None
    if len(lines) < STATUS_LINE:
        return Postmaster(int(lines[0]), 0, "starting")
    return Postmaster(int(lines[0]), int(lines[3]), lines[STATUS_LINE - 1].strip())


def end_orphan(pid: int) -> None:
    """Fast shutdown of a server whose folder was removed while it ran, if it is still there."""
    try:
        if _is_postgres(Path(f"/proc/{pid}")):
            os.kill(pid, signal.SIGINT)
    except (FileNotFoundError, ProcessLookupError):
        return  # It noticed by itself.


def _wait_settled(place: Place) -> Postmaster | None:
    """Waits while the server is starting (its starter was killed) or stopping; then it is ready, or None."""
    deadline = time.monotonic() + RECOVERY_S
    while (found := postmaster(place.data)) is not None and found.status != "ready":
        if time.monotonic() > deadline:
            raise EmbeddedError("embedded_busy", f"PostgreSQL (process {found.pid}) stays {found.status!r}")
        time.sleep(0.05)
    return found


def _clear_leftovers(place: Place) -> None:
    """Removes what kill -9 left. PostgreSQL itself refuses while a process has the old number, even a zombie.

    Safe only because no living process works in the data directory any more.
    """
    deadline = time.monotonic() + LEFTOVER_S
    while living := [pid for pid in _processes() if works_in(pid, place.data)]:
        if time.monotonic() > deadline:
            message = f"processes {living} of a killed PostgreSQL still use {place.data}"
            raise EmbeddedError("embedded_busy", message)
        time.sleep(0.05)
    (place.data / "postmaster.pid").unlink(missing_ok=True)


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def works_in(pid: int, data: Path) -> bool:
    """Every process of a server has its data directory as working directory; a zombie has none."""
    process = Path(f"/proc/{pid}")
    try:
        return (process / "cwd").readlink() == data.resolve() and _is_postgres(process)
    except OSError:
        return False  # gone, a zombie, or somebody else's: only the owner of the data can run a server in it


def _is_postgres(process: Path) -> bool:
    return (process / "exe").readlink().name.startswith("postgres")  # " (deleted)" may follow: a new wheel


def _stored_port(place: Place) -> int | None:
    try:
        return int((place.state / "port").read_text())
    except FileNotFoundError:
        return None


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As PostgreSQL does: connections of the last run in TIME_WAIT do not count, a listener does.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _check_version(place: Place) -> None:
    found = (place.data / "PG_VERSION").read_text().strip()
    if found != VERSION:
        message = f"{place.data} was made by PostgreSQL {found}, this is {VERSION}: restore a dump, or move it away"
        raise EmbeddedError("embedded_data", message)


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
