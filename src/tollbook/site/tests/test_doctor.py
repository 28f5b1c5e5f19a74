"""Each check of `tollbook doctor` finds what is wrong for real, and says what to do."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import override_settings

from tollbook.base import sealed
from tollbook.base.health import Check, Found, Level
from tollbook.kernel.errors import Permanent
from tollbook.provisioning import connections
from tollbook.provisioning.doctor import reached, waiting
from tollbook.provisioning.models import Connection
from tollbook.site.checkup import asking, database, machine
from tollbook.site.cli import main

SMTP = "django.core.mail.backends.smtp.EmailBackend"


def write(sql: str, *values: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def level(check: Callable[[], Found]) -> str:
    """How a check ends; one that is not well says what to do."""
    found = check()
    assert found.told and bool(found.do) is (found.level is not Level.OK), found
    return str(found.level)


@pytest.mark.django_db
def test_the_database_is_reached() -> None:
    assert database.reached().told.startswith("PostgreSQL ")
    assert level(database.reached) == "ok"


@pytest.mark.django_db
def test_an_old_server_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "OLDEST", 10**9)
    assert level(database.reached) == "fail"


@pytest.mark.django_db
@pytest.mark.parametrize(("offset_s", "told"), [(0, "ok"), (10, "warn"), (-10, "warn"), (90, "fail"), (-7200, "fail")])
def test_clocks_apart(offset_s: int, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    true = database.machine_now
    monkeypatch.setattr(database, "machine_now", lambda: true() + timedelta(seconds=offset_s))
    assert level(database.clocks) == told


@pytest.mark.django_db
def test_a_pending_migration() -> None:
    assert level(database.migrations) == "ok"
    write("DELETE FROM django_migrations WHERE app = 'wallets'")
    assert level(database.migrations) == "fail"
    assert "wallets.0001" in database.migrations().told


@pytest.mark.django_db
def test_a_stopped_worker() -> None:
    write("DELETE FROM procrastinate_workers")
    assert level(database.workers) == "fail"
    write("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '2 minutes')")
    assert level(database.workers) == "fail"
    write("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '5 seconds'")
    assert level(database.workers) == "ok"


@pytest.mark.django_db
def test_a_queue_that_stands_still_and_jobs_given_up() -> None:
    write("DELETE FROM procrastinate_jobs")
    assert level(database.queue) == "ok"
    write("INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('default', 'tollbook.run')")
    for ago, told in (("10 seconds", "ok"), ("5 minutes", "warn"), ("20 minutes", "fail")):
        write("UPDATE procrastinate_events SET at = now() - %s::interval", ago)
        assert level(database.queue) == told
    write("UPDATE procrastinate_jobs SET status = 'doing'")
    write("UPDATE procrastinate_jobs SET status = 'failed'")
    assert level(database.queue) == "warn"


@pytest.fixture
def session(db: None) -> Iterator["psycopg.Connection[Any]"]:
    """A session of somebody else in the same database."""
    given = connection.settings_dict
    with psycopg.connect(
        host=given["HOST"], port=given["PORT"], user=given["USER"], password=given["PASSWORD"],
        dbname=given["NAME"], application_name="somebody",
    ) as other:  # fmt: skip
        yield other
        other.rollback()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_stays_open(session: "psycopg.Connection[Any]", monkeypatch: pytest.MonkeyPatch) -> None:
    assert level(database.transactions) == "ok"
    session.execute("SELECT 1")
    monkeypatch.setattr(database, "OPEN_WARN_S", -1)
    assert level(database.transactions) == "warn"
    found = database.transactions()
    assert "somebody" in found.told and f"pg_terminate_backend({session.info.backend_pid})" in found.do
    monkeypatch.setattr(database, "OPEN_FAIL_S", -1)
    assert level(database.transactions) == "fail"
    session.rollback()
    assert level(database.transactions) == "ok"


@pytest.mark.django_db
def test_a_prepared_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    # A server of the tests may allow none to be prepared: then the view is another one with such a row.
    assert level(database.prepared) == "ok"
    write(
        "CREATE TEMPORARY TABLE pg_prepared_xacts AS "
        "SELECT now() - interval '1 hour' AS prepared, current_database() AS database"
    )
    write("SET LOCAL search_path = pg_temp, pg_catalog, public")
    assert level(database.prepared) == "fail"


@pytest.mark.django_db
def test_connections_running_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert level(database.connections) == "ok"
    monkeypatch.setattr(database, "CONNECTIONS_PERCENT", 0)
    assert level(database.connections) == "warn"


@pytest.mark.django_db
def test_debug_is_on_and_a_trial_is_told_so() -> None:
    assert level(machine.configuration) == "warn"
    assert machine.configuration().told.startswith("a trial")
    with override_settings(DEBUG=True):
        assert level(machine.configuration) == "fail"
    with override_settings(TOLLBOOK_TEST_MODE=False):
        assert level(machine.configuration) in {"warn", "fail"}


def test_the_embedded_server_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("TOLLBOOK_ALLOW_EMBEDDED", raising=False)
    with override_settings(TOLLBOOK_TEST_MODE=False):
        assert level(machine.backend_allowed) == "fail"
        monkeypatch.setenv("TOLLBOOK_ALLOW_EMBEDDED", "1")
        assert level(machine.backend_allowed) == "warn"
        monkeypatch.setenv("DATABASE_URL", "postgresql://db/x")
        assert level(machine.backend_allowed) == "ok"


def test_the_seal_key_is_missing_wrong_or_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TOLLBOOK_HOME", str(tmp_path))
    monkeypatch.delenv(sealed.VARIABLE, raising=False)
    assert level(machine.seal_key) == "warn" and not (tmp_path / "seal.key").exists()
    monkeypatch.setenv(sealed.VARIABLE, "too-short")
    assert level(machine.seal_key) == "fail" and "too-short" not in str(machine.seal_key())
    monkeypatch.delenv(sealed.VARIABLE)
    sealed.seal(b"x", "y")
    assert level(machine.seal_key) == "ok"
    with override_settings(TOLLBOOK_TEST_MODE=False):
        assert level(machine.seal_key) == "warn"


@pytest.fixture
def smtp() -> Iterator[int]:
    """The port of a mail server that greets and takes orders."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(20)

    def answer() -> None:
        try:
            session, _ = listening.accept()
        except OSError:
            return
        with session, session.makefile("rb") as orders:
            session.settimeout(20)
            session.sendall(b"220 here\r\n")
            for order in orders:
                session.sendall(b"221 bye\r\n" if order.upper().startswith(b"QUIT") else b"250 ok\r\n")
                if order.upper().startswith(b"QUIT"):
                    return

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    listening.close()
    thread.join(20)
    assert not thread.is_alive()


def test_a_mail_server_that_answers(smtp: int) -> None:
    with override_settings(EMAIL_BACKEND=SMTP, EMAIL_HOST="127.0.0.1", EMAIL_PORT=smtp):
        assert level(machine.mail) == "ok"


def test_a_mail_server_that_does_not() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        with override_settings(EMAIL_BACKEND=SMTP, EMAIL_HOST="127.0.0.1", EMAIL_PORT=taken.getsockname()[1]):
            assert level(machine.mail) == "fail"
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.console.EmailBackend"):
        assert level(machine.mail) == "warn"


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "DISK_WARN_PERCENT", 0)
    monkeypatch.setattr(machine, "DISK_FAIL_BYTES", 0)
    monkeypatch.setattr(machine, "DISK_FAIL_PERCENT", 0)
    assert level(machine.disk) == "ok"
    monkeypatch.setattr(machine, "DISK_WARN_PERCENT", 101)
    assert level(machine.disk) == "warn"
    monkeypatch.setattr(machine, "DISK_FAIL_BYTES", 10**18)
    assert level(machine.disk) == "fail"


def connect(world: Any) -> Connection:
    found: Connection = connections.connect(world.brand, "console", "the cluster", {})
    return found


@pytest.mark.django_db(transaction=True)
def test_connections_are_tested(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert level(reached) == "ok" and level(waiting) == "ok"
    made = connect(world)
    assert level(reached) == "ok"
    made.refresh_from_db()
    assert made.tested_at is not None and not made.test_failed
    # Sealed with a key that is lost.
    monkeypatch.setenv(sealed.VARIABLE, "A" * 43 + "=")
    assert level(reached) == "fail" and "the cluster" in reached().told
    monkeypatch.delenv(sealed.VARIABLE)
    assert level(reached) == "ok"
    connections.retire(made.public_id)
    monkeypatch.setenv(sealed.VARIABLE, "A" * 43 + "=")
    assert level(reached) == "ok"


def test_without_a_database_the_rest_is_still_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise OperationalError("connection to server at db failed: password=hunter2hunter2\nsecond line")

    monkeypatch.setattr(connection, "cursor", gone)
    told = {row.name: row.found for row in asking.ask_all()}
    assert told["database"].level is Level.FAIL and "hunter2" not in told["database"].told
    assert {"disk", "mail", "seal key"} <= told.keys() and not {"workers", "clock", "connections"} & told.keys()


def test_a_check_that_cannot_be_asked_has_failed() -> None:
    def look() -> Found:
        raise Permanent("seal_key_wrong", "key 1 is wrong\nforged line")

    found = asking.ask(Check("x", look)).found
    assert (found.level, found.told) == (Level.FAIL, "key 1 is wrong\\x0aforged line")


@pytest.mark.django_db(transaction=True)
def test_the_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    write("DELETE FROM procrastinate_workers")
    assert main(["doctor", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    found = {row["check"]: row for row in told["checks"]}
    assert told["ok"] is False and found["workers"]["level"] == "fail" and found["workers"]["do"]
    assert found["database"]["level"] == found["migrations"]["level"] == found["clock"]["level"] == "ok"
    assert main(["doctor"]) == 1
    shown = capsys.readouterr().out
    assert "fail  workers" in shown and "-> start one: tollbook serve --only worker" in shown
    monkeypatch.setattr(asking, "ask_all", lambda: [asking.Told("x", Found(Level.WARN, "y", "z"))])
    assert main(["doctor"]) == 0
