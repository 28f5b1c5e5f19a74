"""What machines ask: alive, ready, numbers; and that strangers learn nothing."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client, override_settings

from tollbook.base import tasks
from tollbook.base.watching import metrics
from tollbook.identity.audit import record
from tollbook.identity.models import AuditEntry
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money
from tollbook.ledger import seals
from tollbook.site import probes
from tollbook.wallets import holds, queries


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "_migrated", False)


def test_alive_needs_no_database_and_no_known_host() -> None:
    # No database is allowed in this test: asking it would fail.
    answer = Client().get("/healthz", headers={"Host": "10.1.2.3"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer["Cache-Control"] == "no-store" and answer["X-Request-Id"].startswith("req_")
    assert Client().post("/healthz").status_code == 405


@pytest.mark.django_db
def test_ready_with_a_database_and_a_complete_schema(fresh: None) -> None:
    answer = Client().get("/readyz", headers={"Host": "10.1.2.3"})
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_not_ready_while_a_migration_is_pending_and_no_word_why(fresh: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'wallets'")
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})
    assert probes.unready() == "migrations are pending"


def test_not_ready_without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> None:
        raise OperationalError("no route to db.internal")

    monkeypatch.setattr(probes, "_migrated", True)
    monkeypatch.setattr(connection, "cursor", gone)
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.content) == (503, b'{"status": "unavailable"}')


def test_not_ready_while_it_drains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mark = tmp_path / "draining"
    monkeypatch.setenv(probes.DRAINING, str(mark))
    mark.touch()
    assert Client().get("/readyz").status_code == 503
    assert Client().get("/healthz").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("token", "networks", "headers", "address", "status"),
    [
        ("", "", {}, "127.0.0.1", 404),
        ("", "", {"Authorization": "Bearer "}, "127.0.0.1", 404),
        ("right-token", "", {}, "127.0.0.1", 404),
        ("right-token", "", {"Authorization": "Bearer wrong-token"}, "127.0.0.1", 404),
        ("right-token", "", {"Authorization": "Basic right-token"}, "127.0.0.1", 404),
        ("right-token", "", {"Authorization": "Bearer right-token"}, "192.0.2.1", 200),
        ("", "127.0.0.0/8, ::1/128", {}, "127.0.0.1", 200),
        ("", "127.0.0.0/8, ::1/128", {}, "::1", 200),
        ("", "127.0.0.0/8", {}, "192.0.2.1", 404),
        ("", "127.0.0.0/8", {"X-Forwarded-For": "127.0.0.1"}, "127.0.0.1", 404),
        ("", "127.0.0.0/8", {"Forwarded": "for=127.0.0.1"}, "127.0.0.1", 404),
        ("", "127.0.0.0/8", {}, "", 404),
    ],
)
def test_who_may_read_the_numbers(token: str, networks: str, headers: Any, address: str, status: int) -> None:
    with override_settings(TOLLBOOK_METRICS_TOKEN=token, TOLLBOOK_METRICS_NETWORKS=networks):
        answer = Client(headers=headers, REMOTE_ADDR=address).get("/metrics")
    assert answer.status_code == status
    assert (b"tollbook_" in answer.content) is (status == 200)


def numbers() -> dict[str, float]:
    """Every line of the exposition that is a number."""
    told = metrics.exposition().decode()
    rows = (line.rsplit(" ", 1) for line in told.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in rows}


@tasks.action
def _wait() -> None:
    pass


def test_the_queue_and_the_ledger_are_measured(world: Any) -> None:
    before = numbers()
    assert before["tollbook_queue_age_seconds"] == 0 and before["tollbook_ledger_unsealed_transactions"] == 0
    tasks.later(_wait)
    world.plan("cloud", world.once("10"))
    world.customer("acme").buys("cloud")
    world.on("2026-06-01").close()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = at - interval '90 seconds'")
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '40 seconds')")
    found = numbers()
    assert found['tollbook_queue_jobs{state="todo"}'] == before.get('tollbook_queue_jobs{state="todo"}', 0) + 1
    assert 90 <= found["tollbook_queue_age_seconds"] < 190
    assert found["tollbook_workers"] == 1 and 40 <= found["tollbook_worker_heartbeat_age_seconds"] < 140
    assert found["tollbook_ledger_unsealed_transactions"] > 0 and found["tollbook_ledger_lag_seconds"] > 0
    assert found["tollbook_database_up"] == 1
    seals.seal()
    sealed = numbers()
    assert sealed["tollbook_ledger_unsealed_transactions"] == sealed["tollbook_ledger_lag_seconds"] == 0


def test_a_job_for_later_is_not_late(world: Any) -> None:
    tasks.later(_wait)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = at - interval '1 hour'")
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour'")
    assert numbers()["tollbook_queue_age_seconds"] == 0


def test_a_wallet_that_refuses_is_counted(world: Any) -> None:
    acme = world.customer("acme").tops_up("5")
    wallet = queries.of_customer(acme.row).get()
    name = 'tollbook_wallet_refusals_total{code="wallet_short"}'
    before = numbers().get(name, 0)
    with pytest.raises(Refused, match="available"):
        holds.hold(wallet.pk, Money(Decimal(6), "EUR"), key="too-much")
    assert numbers()[name] == before + 1


@pytest.mark.django_db
def test_a_measure_that_fails_is_told_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = metrics.Measure("tollbook_broken", "Cannot be", "SELECT count(*) FROM nowhere")
    known = metrics.measures()
    monkeypatch.setattr(metrics, "measures", lambda: [broken, *known])
    found = numbers()
    assert found["tollbook_database_up"] == 0 and "tollbook_queue_age_seconds" in found
    assert "tollbook_broken" not in found


@pytest.mark.django_db
def test_every_measure_has_a_name_of_its_own_and_runs() -> None:
    found = metrics.measures()
    names = [measure.name for measure in found]
    assert sorted(set(names)) == names and all(name.startswith("tollbook_") for name in names)
    assert {"tollbook_gateway_unknown", "tollbook_operation_unknown", "tollbook_ledger_lag_seconds"} <= set(names)
    assert numbers()["tollbook_database_up"] == 1


def test_an_audit_entry_names_its_request(world: Any) -> None:
    from django.db import transaction

    from tollbook.base.watching.requests import within

    with transaction.atomic(), within("req_audited_here"):
        record("test.do", "tst_1")
    with transaction.atomic():
        record("test.do", "tst_2")
    found = AuditEntry.objects.filter(verb="test.do").order_by("subject").values_list("request_id", flat=True)
    assert list(found) == ["req_audited_here", ""]
