"""The usage of `tollbook bench api-ingest`: batches of 1,000 events over HTTP, as other systems send them.

The web server runs in processes of its own, as `tollbook serve` starts them; senders are processes of their own too.
"""

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import quote

from django.db import connection

from tollbook.api.settings import REQUESTS_PER_MINUTE
from tollbook.brands.models import Brand
from tollbook.customers.models import Customer
from tollbook.features.actions import set_value
from tollbook.identity.actions import create_key, create_user
from tollbook.identity.models import StaffRole
from tollbook.kernel.errors import Permanent
from tollbook.metering.actions import record
from tollbook.metering.bodies import read_events
from tollbook.metering.models import Meter, UsageEvent
from tollbook.site.children import free_port

BATCH = 1_000
CUSTOMERS = 50
METERS = 5
SENDERS = 4
REPEAT_EVERY = 10
TIMEOUT_S = 30
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Sent:
    """What one sender sent, what it was answered, and what that took."""

    events: int
    accepted: int
    repeated: int
    begin: float
    end: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Measured:
    """Events a second over HTTP and without, and the microseconds of processor that an event took where."""

    rate: float
    action_rate: float
    server_us: float
    database_us: float
    client_us: float


def measure(seconds: float) -> Measured:
    """Send for so long over HTTP and half of that without; Permanent when an event was lost or counted twice."""
    key, customers = _prepare()
    senders = range(SENDERS)
    shares = [customers[sender::SENDERS] for sender in senders]
    connection.close()
    with _server() as (port, server), _senders() as pool:
        before = _cpu_s(server)
        sent = list(pool.map(_send, [port] * SENDERS, [key] * SENDERS, senders, shares, [seconds * 0.6] * SENDERS))
        served_s, stored_s = _cpu_s(server) - before, _database_cpu_s()
    _check(sent)
    connection.close()
    with _senders(os.cpu_count() or 1) as pool:
        bare = list(pool.map(_store, range(2), shares[:2], [seconds * 0.3] * 2))
    events = sum(found.events for found in sent)
    per_event = 1e6 / events
    return Measured(
        _rate(sent), _rate(bare), served_s * per_event, stored_s * per_event, sum(s.cpu_s for s in sent) * per_event
    )


def _rate(sent: list[Sent]) -> float:
    return sum(s.events for s in sent) / (max(s.end for s in sent) - min(s.begin for s in sent))


def _check(sent: list[Sent]) -> None:
    """That each event is there once, and that the answers said so."""
    accepted, repeated = sum(s.accepted for s in sent), sum(s.repeated for s in sent)
    stored = UsageEvent.objects.filter(source="bench").count()
    if stored != accepted or accepted + repeated != sum(s.events for s in sent):
        message = f"{accepted} events were accepted and {repeated} known; {stored} are stored"
        raise Permanent("bench_lost_events", message)


def _prepare() -> tuple[str, list[str]]:
    """An administrator's key, and the ids of customers."""
    brand = Brand.objects.create(
        code="bench", name="Bench", legal_name="Bench Hosting GmbH", street="Lindenstr. 4", city="Berlin",
        postcode="10969", country="DE", vat_id="DE136695976", email="billing@bench.example", currency="EUR",
    )  # fmt: skip
    for meter in range(METERS):
        Meter.objects.create(code=f"bench.{meter}", name="Bench", unit="unit")
    customers = Customer.objects.bulk_create(
        Customer(brand=brand, name=f"Customer {n}", reference=f"c-{n}", currency="EUR", created_at=BEGIN)
        for n in range(CUSTOMERS * SENDERS)
    )
    # What is measured is how fast it is, not how often somebody may ask.
    set_value(REQUESTS_PER_MINUTE, 1_000_000)
    user = create_user("bench@bench.example", "Bench", staff_role=StaffRole.ADMINISTRATOR)
    key = create_key("bench", scopes=["usage:write"], user=user)
    return key.text, [customer.public_id for customer in customers]


@contextmanager
def _server() -> Iterator[tuple[int, list[int]]]:
    """The web server of `tollbook serve`, on the database of this connection: its port, and its processes."""
    port = free_port()
    environment = {**os.environ, "DATABASE_URL": _database_url(), "DJANGO_SETTINGS_MODULE": "tollbook.site.settings"}
    command = [sys.executable, "-m", "gunicorn", "--config", "python:tollbook.site.web_server"]
    command += ["--bind", f"127.0.0.1:{port}", "--workers", "2"]
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            _wait(port, server)
            yield port, [server.pid, *_children(server.pid)]
        finally:
            server.terminate()
            try:
                server.wait(TIMEOUT_S)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait(TIMEOUT_S)


def _database_url() -> str:
    given = connection.settings_dict
    user = quote(str(given["USER"]), safe="")
    password = f":{quote(str(given['PASSWORD']), safe='')}" if given["PASSWORD"] else ""
    name, host, port = (str(given[part] or "") for part in ("NAME", "HOST", "PORT"))
    if host.startswith("/"):
        return f"postgresql://{user}{password}@/{name}?host={quote(host, safe='')}" + (f"&port={port}" if port else "")
    return f"postgresql://{user}{password}@{host}{':' + port if port else ''}/{name}"


def _wait(port: int, server: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + TIMEOUT_S
    while time.monotonic() < end and server.poll() is None:
        try:
            web = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
            web.request("GET", "/healthz")
            if web.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            time.sleep(0.1)
    raise Permanent("serve_failed", f"the web server did not answer within {TIMEOUT_S} s")


def _senders(processes: int = SENDERS) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes, mp_context=get_context("fork"))


def _bodies(sender: int, customers: list[str]) -> Iterator[bytes]:
    """Batches of new events for ever; every tenth is sent a second time."""
    for number in count():
        events = [_event(sender, number * BATCH + i, customers) for i in range(BATCH)]
        body = json.dumps({"events": events}).encode()
        yield body
        if number % REPEAT_EVERY == REPEAT_EVERY - 1:
            yield body


def _event(sender: int, number: int, customers: list[str]) -> dict[str, object]:
    return {
        "id": f"e-{sender}-{number}",
        "source": "bench",
        "customer": customers[number // METERS % len(customers)],
        "meter": f"bench.{number % METERS}",
        "quantity": f"{number % 997}.25",
        "at": (BEGIN + timedelta(seconds=number)).isoformat(),
    }


def _send(port: int, key: str, sender: int, customers: list[str], seconds: float) -> Sent:
    """Send batches, one after the other, each after the answer to the one before."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    web = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    events = accepted = repeated = 0
    begin, cpu = time.time(), time.process_time()
    for body in _bodies(sender, customers):
        web.request("POST", "/api/v1/usage", body, headers)
        answer = web.getresponse()
        found = answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise Permanent("bench_refused", found.decode()[:500])
        told = json.loads(found)
        events += BATCH
        accepted += told["accepted"]
        repeated += told["repeated"]
        if time.time() > begin + seconds:
            break
    return Sent(events, accepted, repeated, begin, time.time(), time.process_time() - cpu)


def _store(sender: int, customers: list[str], seconds: float) -> Sent:
    """The same through the action that the route calls, without HTTP and without reading JSON."""
    events, spent, cpu = 0, 0.0, time.process_time()
    # Ids that were not sent over HTTP.
    for body in _bodies(sender + SENDERS, customers):
        drafts = read_events(body)
        start = time.time()
        record(drafts, door="bench")
        spent += time.time() - start
        events += BATCH
        if spent > seconds:
            break
    return Sent(events, 0, 0, 0.0, spent, time.process_time() - cpu)


def _children(pid: int) -> list[int]:
    """The processes that a process started, by the kernel's list."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _cpu_s(pids: list[int]) -> float:
    """Seconds of processor that these processes used so far; those that are not on this machine count nothing."""
    total = 0
    for pid in pids:
        try:
            after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += int(after_name[11]) + int(after_name[12])
    return total / _TICK


def _database_cpu_s() -> float:
    """What the backends of this database used; they began with the measurement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return _cpu_s([pid for (pid,) in cursor.fetchall()])
