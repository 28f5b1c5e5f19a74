"""Stories of a real server: started, shared, killed, recovered, and gone when nobody uses it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from tollbook.base import embedded
from tollbook.base.embedded import place, server
from tollbook.base.embedded.locks import is_held
from tollbook.base.embedded.watch import POLL_S

from .conftest import Stage, clear, folder_of, make_home, processes, said_by, within

GONE_S = 8.0
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="root only")


def write(url: str, text: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("create table if not exists note (text text)")
        connection.execute("insert into note values (%s)", [text])


def notes(url: str) -> list[tuple[str, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute("select text from note order by text").fetchall()


def watchdog(stage: Stage) -> int:
    """The process that works in this home's folder."""
    (found,) = [pid for pid in processes() if folder_of(pid) == stage.state]
    return found


def test_first_start(anybody: Stage) -> None:
    url = anybody.url()
    with psycopg.connect(url) as connection:
        shown = {
            name: connection.execute("select current_setting(%s)", [name]).fetchone()
            for name in ("fsync", "synchronous_commit", "shared_buffers", "max_connections", "data_checksums")
        }
        base = connection.execute(
            "select datname, datlocprovider, datlocale from pg_database where datname = current_database()"
        )
        assert base.fetchone() == ("tollbook", "b", "C.UTF-8")
        version = connection.info.server_version
    assert version // 10000 == 18
    assert shown == {
        "fsync": ("on",),
        "synchronous_commit": ("on",),
        "shared_buffers": ("256MB",),
        "max_connections": ("200",),
        "data_checksums": ("on",),
    }
    password = (anybody.state / "password").read_text()
    assert url == f"postgresql://tollbook:{password}@127.0.0.1:{embedded.status(anybody.home).port}/tollbook"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url.replace(password, "wrong"))


def test_files_are_private(anybody: Stage) -> None:
    anybody.url()
    found = anybody.postmaster()
    assert found is not None
    assert os.stat(f"/proc/{found.pid}").st_uid != 0
    assert stat.S_IMODE((anybody.state / "password").stat().st_mode) == 0o600
    assert stat.S_IMODE((anybody.state / "data").stat().st_mode) == 0o700
    assert [path.name for path in anybody.state.glob("data.new-*")] == []


def test_users_share_and_the_last_takes_the_server_along(anybody: Stage) -> None:
    first, second = anybody.user(), anybody.user()
    assert said_by(first) == said_by(second)
    assert embedded.status(anybody.home).users == 2
    before = anybody.postmaster()
    first.kill()
    first.wait()
    time.sleep(GONE_S / 2)
    assert anybody.postmaster() == before
    assert embedded.status(anybody.home).users == 1
    second.kill()
    second.wait()
    assert within(GONE_S, anybody.is_quiet)


def test_killed_postmaster_is_restarted_with_everything_acknowledged(anybody: Stage) -> None:
    url = anybody.url()
    write(url, "kept")
    killed = anybody.postmaster()
    assert killed is not None
    os.kill(killed.pid, signal.SIGKILL)
    assert anybody.url() == url
    restarted = anybody.postmaster()
    assert restarted is not None
    assert restarted.pid != killed.pid
    assert notes(url) == [("kept",)]


def test_many_first_users_at_once(stage: Stage) -> None:
    processes = [stage.user() for _ in range(4)]
    assert len({said_by(process) for process in processes}) == 1
    assert embedded.status(stage.home).users == 4


def test_next_run_finds_data_and_port_again(stage: Stage) -> None:
    url = stage.url()
    write(url, "kept")
    stage.kill_users()
    assert within(GONE_S, stage.is_quiet)
    assert stage.url() == url
    assert notes(url) == [("kept",)]


def test_taken_port_is_left_alone(stage: Stage) -> None:
    stage.url()
    port = embedded.status(stage.home).port
    assert embedded.stop(stage.home) is True
    with socket.create_server(("127.0.0.1", port or 0)):
        assert stage.url().startswith("postgresql://")
        assert embedded.status(stage.home).port != port


@pytest.mark.parametrize("after_s", [0.15, 0.4, 0.8])
def test_user_killed_while_starting_leaves_nothing(stage: Stage, after_s: float) -> None:
    stage.user()
    time.sleep(after_s)
    stage.kill_users()
    assert within(GONE_S, stage.is_quiet)
    write(stage.url(), "works")


def test_killed_watchdog_is_replaced(stage: Stage) -> None:
    stage.url()
    os.kill(watchdog(stage), signal.SIGKILL)
    assert within(2, lambda: not is_held(stage.state / "watch.lock"))
    stage.url()
    assert is_held(stage.state / "watch.lock")
    stage.kill_users()
    assert within(GONE_S, stage.is_quiet)


def test_stale_file_that_names_a_living_stranger(stage: Stage) -> None:
    url = stage.url()
    killed = stage.postmaster()
    assert killed is not None
    os.kill(killed.pid, signal.SIGKILL)
    pidfile = stage.state / "data" / "postmaster.pid"
    pidfile.write_text(pidfile.read_text().replace(str(killed.pid), str(os.getpid()), 1))
    assert stage.url() == url


def test_moved_home_keeps_its_server_and_its_watchdog(stage: Stage) -> None:
    url = stage.url()
    moved = Stage(stage.home.with_name(f"{stage.home.name}-moved"))
    stage.home.rename(moved.home)
    assert moved.url() == url
    moved.kill_users()
    assert embedded.status(moved.home).users == 1
    stage.kill_users()
    assert within(GONE_S, moved.is_quiet)
    moved.home.rename(stage.home)


def test_removed_home_takes_its_server_down(stage: Stage) -> None:
    stage.url()
    found = stage.postmaster()
    assert found is not None
    time.sleep(2 * POLL_S)
    subprocess.run(["/bin/rm", "-rf", stage.home], check=True)
    assert within(GONE_S, lambda: not Path(f"/proc/{found.pid}/cwd").exists())
    stage.home.mkdir()


def test_nothing_is_created_by_asking(stage: Stage) -> None:
    nothing = embedded.Status(running=False, pid=None, port=None, data=None, users=0)
    assert embedded.status(stage.home) == nothing
    assert embedded.stop(stage.home) is False
    assert list(stage.home.iterdir()) == []


def test_stop_ends_it_at_once_whoever_uses_it(stage: Stage) -> None:
    url = stage.url()
    with psycopg.connect(url) as connection:
        connection.execute("create table note (text text)")
        assert embedded.stop(stage.home) is True
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")
    assert stage.postmaster() is None
    assert embedded.stop(stage.home) is False


def test_data_of_another_version_is_refused_and_kept(stage: Stage) -> None:
    stage.url()
    embedded.stop(stage.home)
    data = stage.state / "data"
    (data / "PG_VERSION").write_text("16\n")
    said = stage.url()
    assert said == (f"embedded_data {data} was made by PostgreSQL 16, this is 18: restore a dump, or move it away")
    assert (data / "base").is_dir()


def test_broken_configuration_is_told_in_one_line(stage: Stage) -> None:
    stage.url()
    embedded.stop(stage.home)
    (stage.state / "data" / "conf.d" / "90-own.conf").write_text("max_connections = many\n")
    said = stage.url()
    assert said.startswith("embedded_start PostgreSQL does not start: ")
    assert 'invalid value for parameter "max_connections"' in said or "configuration file" in said


@as_root
def test_home_of_another_user_is_refused_by_name(stage: Stage) -> None:
    stage.url()
    stage.uid = pwd.getpwnam("nobody").pw_uid
    said = stage.url()
    assert said == (
        f"embedded_forbidden {stage.state / 'lock'} is not open to nobody: "
        "run as its owner, or set TOLLBOOK_HOME to a folder of your own"
    )


@as_root
def test_root_shares_with_the_user_whose_home_it_is() -> None:
    uid = pwd.getpwnam("nobody").pw_uid
    theirs = Stage(make_home(uid), uid)
    ours = Stage(theirs.home)
    url = theirs.url()
    assert ours.url() == url
    theirs.kill_users()
    time.sleep(GONE_S / 2)
    assert theirs.url() == url
    ours.kill_users()
    clear(theirs)


@as_root
def test_closed_home_of_root_keeps_its_mode_and_data_goes_elsewhere() -> None:
    outer = make_home()
    outer.chmod(0o700)
    stage = Stage(outer / "home")
    write(stage.url(), "kept")
    base = Path((stage.state / "place").read_text())
    try:
        assert base.parent == place.ELSEWHERE
        assert stat.S_IMODE(outer.stat().st_mode) == 0o700
        assert base.stat().st_uid == 0
        found = stage.postmaster()
        assert found is not None
        assert server.works_in(found.pid, base / "data")
        stage.kill_users()
        assert within(GONE_S, stage.is_quiet)
        assert notes(stage.url()) == [("kept",)]
    finally:
        clear(stage)
        shutil.rmtree(base)
        shutil.rmtree(outer)


@as_root
def test_unknown_or_root_account_is_refused(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOLLBOOK_PG_USER", "no-such-user")
    assert stage.url() == "embedded_account TOLLBOOK_PG_USER: no user 'no-such-user' here"
    monkeypatch.setenv("TOLLBOOK_PG_USER", "root")
    assert stage.url() == "embedded_account TOLLBOOK_PG_USER: PostgreSQL refuses to run as 'root'"
