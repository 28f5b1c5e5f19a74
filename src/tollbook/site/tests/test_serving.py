"""`tollbook serve` as a process: reloads and stops lose no request and no job; numbers are those of all processes."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPResponse
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from tollbook.base import rescue, tasks
from tollbook.base.watching.requests import within
from tollbook.identity.actions import create_user
from tollbook.identity.models import AuditEntry, User
from tollbook.site.worker import CONCURRENCY

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "of-this-test"


@pytest.fixture(autouse=True)
def empty_queue(db: None) -> Iterator[None]:
    """The queue's tables are not emptied by themselves after a test whose transactions were real."""
    _empty()
    yield
    _empty()


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_periodic_defers")
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("DELETE FROM procrastinate_workers")


def until(what: Callable[[], Any], seconds: float = 60) -> Any:
    """What `what` gives as soon as it gives something; the test fails after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


class Served:
    """A running `tollbook serve` on the database of the tests."""

    def __init__(self, folder: Path, *options: str, socket: int | None = None) -> None:
        given = connection.settings_dict
        url = f"postgresql://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/{given['NAME']}"
        self.out, self.err = folder / "out", folder / "err"
        with self.out.open("wb") as out, self.err.open("wb") as err:
            self.process = subprocess.Popen(
                [*self._program(socket), "serve", "--no-migrate", *options],
                pass_fds=() if socket is None else (socket,),
                env={**os.environ, "DATABASE_URL": url, "TOLLBOOK_METRICS_TOKEN": TOKEN, "TOLLBOOK_LOG_LEVEL": "INFO"},
                stdout=out,
                stderr=err,
            )

    @staticmethod
    def _program(socket: int | None) -> list[str]:
        """The program; with a `socket` as systemd hands it over: as descriptor 3, told in the environment."""
        if socket is None:
            return [sys.executable, "-m", "tollbook"]
        code = (
            "import os, sys; os.dup2(int(sys.argv[1]), 3); "
            "os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1'); "
            "os.execv(sys.executable, [sys.executable, '-m', 'tollbook', *sys.argv[2:]])"
        )
        return [sys.executable, "-c", code, str(socket)]

    def address(self) -> str:
        """Where it answers, once it does."""

        def told() -> str:
            assert self.process.poll() is None, self.err.read_text()
            found = re.search(r"http://[\d.:]+", self.out.read_text())
            return found[0] if found else ""

        return str(until(told))

    def ask(self, path: str, **headers: str) -> tuple[int, str, HTTPResponse | HTTPError]:
        """Status, text and answer of a GET on a connection of its own."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(f"{self.address()}{path}", headers=named)  # noqa: S310  # our own address
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return answer.status, answer.read().decode(), answer
        except HTTPError as error:
            return error.code, error.read().decode(), error

    def under(self, word: str) -> list[int]:
        """The processes below it whose command line holds `word`."""
        found = []
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                line = (status.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                parents = self._parents(int(status.parent.name))
            except (OSError, ValueError):
                continue
            if word in line and self.process.pid in parents:
                found.append(int(status.parent.name))
        return found

    @staticmethod
    def _parents(pid: int) -> list[int]:
        found = []
        while pid > 1:
            (pid,) = (
                int(line.split()[1])
                for line in Path(f"/proc/{pid}/status").read_text().splitlines()
                if line.startswith("PPid:")
            )
            found.append(pid)
        return found

    def lines(self) -> list[dict[str, Any]]:
        """Its log."""
        return [json.loads(line) for line in self.err.read_text().splitlines() if line.startswith("{")]


@pytest.fixture
def serve(tmp_path: Path, empty_queue: None) -> Iterator[Callable[..., Served]]:
    begun: list[Served] = []

    def begin(*options: str, **how: int) -> Served:
        folder = tmp_path / str(len(begun))
        folder.mkdir()
        begun.append(Served(folder, *options, **how))
        return begun[-1]

    yield begin
    for served in begun:
        if served.process.poll() is None:
            served.process.terminate()
        try:
            served.process.wait(60)
        except subprocess.TimeoutExpired:
            served.process.kill()
            served.process.wait(20)


class Asking:
    """Threads that ask all the time, each on a new connection; whatever is not answered is kept."""

    def __init__(self, served: Served, path: str, threads: int = 3) -> None:
        served.address()
        self.answers: Counter[Any] = Counter()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask, args=(served, path), daemon=True) for _ in range(threads)]
        for thread in self._threads:
            thread.start()

    def _ask(self, served: Served, path: str) -> None:
        while not self._over.is_set():
            try:
                found: Any = served.ask(path)[0]
            except Exception as error:
                found = repr(error)
            with self._lock:
                self.answers[found] += 1

    def end(self) -> "Counter[Any]":
        self._over.set()
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive()
        return self.answers


class Locked:
    """A table that nobody else can read until `free`: what asks for it waits."""

    def __init__(self, table: str) -> None:
        self._ready, self._free = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._hold, args=(table,), daemon=True)
        self._thread.start()
        assert self._ready.wait(20)

    def _hold(self, table: str) -> None:
        from django.db import transaction

        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
                self._ready.set()
                self._free.wait(120)
        finally:
            connection.close()

    def __enter__(self) -> "Locked":
        return self

    def __exit__(self, *error: object) -> None:
        self.free()

    def free(self) -> None:
        """Let the others go on."""
        self._free.set()
        self._thread.join(20)
        assert not self._thread.is_alive()


def waiting_for(table: str) -> int:
    """How many sessions wait for a lock on the table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass", [table])
        return int(cursor.fetchone()[0])


def test_reloading_and_stopping_lose_no_request(serve: Callable[..., Served]) -> None:
    served = serve("--only", "web", "--drain", "12")
    before = set(until(lambda: served.under("gunicorn")))
    asking = Asking(served, "/healthz")
    # One request is under way while the processes change, and is answered by the one that took it.
    lock = Locked("brands_brand")
    under_way: list[Any] = []
    slow = threading.Thread(target=lambda: under_way.append(served.ask("/account/login/")), daemon=True)
    slow.start()
    until(lambda: waiting_for("brands_brand"))
    served.process.send_signal(signal.SIGHUP)
    master = min(before)
    until(lambda: len(set(served.under("gunicorn")) - before) == 2)
    lock.free()
    slow.join(60)
    assert not slow.is_alive() and under_way[0][0] == 200 and "<form" in under_way[0][1]
    until(lambda: set(served.under("gunicorn")) & before == {master})
    answers = asking.end()
    assert set(answers) == {200} and answers[200] >= 10

    # Stopping: first it says that it drains, then it finishes what runs, then it ends.
    lock = Locked("brands_brand")
    slow = threading.Thread(target=lambda: under_way.append(served.ask("/account/login/")), daemon=True)
    slow.start()
    until(lambda: waiting_for("brands_brand"))
    served.process.terminate()
    until(lambda: served.ask("/readyz")[0] == 503, 10)
    assert served.ask("/healthz")[0] == 200
    master = min(served.under("gunicorn"))
    until(lambda: not Path(f"/proc/{master}/fd").exists() or not _listens(master))
    lock.free()
    slow.join(60)
    assert not slow.is_alive() and under_way[1][0] == 200
    assert served.process.wait(60) == 0


def test_with_a_socket_of_systemds_a_restart_keeps_who_connects_waiting(serve: Callable[..., Served]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as kept:
        first = serve("--only", "web", socket=kept.fileno())
        assert first.address().endswith(f":{kept.getsockname()[1]}") and first.ask("/healthz")[0] == 200
        first.process.terminate()
        assert first.process.wait(60) == 0
        with socket.create_connection(kept.getsockname(), timeout=60) as waiting:
            waiting.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            serve("--only", "web", socket=kept.fileno())
            with waiting.makefile("rb") as answer:
                assert answer.readline() == b"HTTP/1.1 200 OK\r\n"


def _listens(pid: int) -> bool:
    """Whether the process still has a socket that listens."""
    sockets = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            sockets.add(str(link.readlink()))
        except OSError:
            continue  # closed meanwhile
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(row[3] == "0A" and f"socket:[{row[9]}]" in sockets for row in rows)


def test_numbers_are_those_of_all_processes(serve: Callable[..., Served]) -> None:
    served = serve("--only", "web", "--web-workers", "2")
    assert served.ask("/metrics")[0] == 404

    def folders() -> list[Path]:
        found = Path(tempfile.gettempdir()).glob("tollbook-serve-*/metrics")
        return [path for path in found if _belongs_to(path, served)]

    def counted() -> int:
        """How many processes have counted an answer."""
        return len({path.name for folder in folders() for path in folder.glob("counter_*.db")})

    asked = 0

    def ask() -> bool:
        """Eight at once, so that one process cannot take them all for ever; whether both have answered."""
        nonlocal asked
        with ThreadPoolExecutor(8) as threads:
            told = list(
                threads.map(lambda _: served.ask("/account/login/", X_Request_Id="not-believed-here")[0], range(8))
            )
        assert told == [200] * 8
        asked += 8
        return counted() == 2

    until(ask)
    status, told, _ = served.ask("/metrics", Authorization=f"Bearer {TOKEN}")
    assert status == 200
    (line,) = re.findall(r'tollbook_requests_total\{method="GET",route="/account/login/",status="200"\} (\S+)', told)
    assert float(line) == asked
    assert "tollbook_queue_age_seconds 0.0" in told and "tollbook_database_up 1.0" in told
    logged = [line for line in served.lines() if line["event"] == "request" and line["route"] == "/account/login/"]
    assert len(logged) == asked == len({line["request_id"] for line in logged})
    assert len(folders()) == 1


def _belongs_to(folder: Path, served: Served) -> bool:
    pids = {str(pid) for pid in served.under("gunicorn")}
    return any(path.stem.rpartition("_")[2] in pids for path in folder.glob("counter_*.db"))


def made(number: int) -> int:
    """How often the user of that number was made."""
    user = User.objects.filter(email=f"u{number}@harbour.example").first()
    return AuditEntry.objects.filter(verb="user.create", subject=user.public_id).count() if user else 0


def test_reloading_and_killing_a_worker_lose_no_job_and_run_none_twice(serve: Callable[..., Served]) -> None:
    lock, jobs = Locked("identity_user"), CONCURRENCY + 2
    with within("req_that_queued_it"):
        for number in range(jobs):
            tasks.later(create_user, email=f"u{number}@harbour.example", name=f"U {number}")
    served = serve("--only", "worker")
    (first,) = until(lambda: served.under("tollbook.site.worker"))
    until(lambda: waiting_for("identity_user") == CONCURRENCY)
    served.process.send_signal(signal.SIGHUP)
    until(lambda: len(served.under("tollbook.site.worker")) == 2)
    until(lambda: waiting_for("identity_user") == jobs)
    # The old worker finishes what it has begun and takes nothing more.
    lock.free()
    until(lambda: served.under("tollbook.site.worker") and first not in served.under("tollbook.site.worker"))
    until(lambda: not ProcrastinateJob.objects.filter(task_name="tollbook.run").exists())
    assert [made(number) for number in range(jobs)] == [1] * jobs
    entries = AuditEntry.objects.filter(verb="user.create").values_list("request_id", flat=True).distinct()
    assert list(entries) == ["req_that_queued_it"]

    # One that is killed in the middle of a job leaves it to others.
    lock = Locked("identity_user")
    tasks.later(create_user, email=f"u{jobs}@harbour.example", name="the last")
    until(lambda: waiting_for("identity_user") == 1)
    (second,) = served.under("tollbook.site.worker")
    os.kill(second, signal.SIGKILL)
    assert served.process.wait(60) == 2  # who supervises it starts it again
    lock.free()
    assert list(ProcrastinateJob.objects.filter(task_name="tollbook.run").values_list("status", flat=True)) == ["doing"]
    assert rescue.give_back() == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = last_heartbeat - interval '2 minutes'")
    # The tick may have been waiting behind it.
    left = ProcrastinateJob.objects.filter(status="doing").count()
    assert left in (1, 2) and (rescue.give_back(), rescue.give_back()) == (left, 0)
    again = serve("--only", "worker")
    until(lambda: made(jobs) == 1)
    until(lambda: not ProcrastinateJob.objects.filter(task_name="tollbook.run").exists())
    again.process.terminate()
    assert again.process.wait(60) == 0
    assert made(jobs) == 1


def test_a_job_whose_key_waits_again_is_dropped() -> None:
    with connection.cursor() as cursor:
        tasks.later(create_user, key="u8", email="u8@harbour.example", name="U 8")
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE queueing_lock = 'u8'")
        tasks.later(create_user, key="u8", email="u8@harbour.example", name="U 8")
    assert rescue.give_back() == 1
    assert list(ProcrastinateJob.objects.filter(queueing_lock="u8").values_list("status", flat=True)) == ["todo"]


def test_two_workers_that_give_back_at_once_take_turns(at_once: Callable[..., list[Any]]) -> None:
    for number in range(20):
        tasks.later(create_user, email=f"u{number}@harbour.example", name=f"U {number}")
    for _ in range(5):
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        assert sum(at_once(*[rescue.give_back] * 4)) == 20
    assert set(ProcrastinateJob.objects.values_list("status", "attempts")) == {("todo", 5)}


def test_a_port_that_is_taken_is_told(serve: Callable[..., Served]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        served = serve("--only", "web", "--port", str(taken.getsockname()[1]))
        assert served.process.wait(60) == 2
    assert "tollbook: port: 127.0.0.1:" in served.err.read_text()
