"""`tollbook bench`: rates on this machine, beside a reference measured in the same run."""

import os
import platform
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from multiprocessing import get_context
from typing import Any

from tollbook.kernel.errors import Refused
from tollbook.site import boot

BILLED_PER_SECOND = 1000
HOURS_PER_SECOND = 50_000
CUSTOMERS_PER_SECOND = 10
PAGE_MS = 150
SLOWEST_PAGES = 12


@dataclass(frozen=True, slots=True)
class Result:
    """A rate beside a reference rate; `ratio` is rate / reference_rate."""

    name: str
    rate: float
    unit: str
    reference: str
    reference_rate: float
    ratio: float
    machine: str
    versions: str
    detail: dict[str, float]
    notes: dict[str, float]

    def data(self) -> dict[str, Any]:
        """JSON-able values."""
        return asdict(self)

    def text(self) -> str:
        """A small table; ends with a line break."""
        rows = [(self.name, self.rate), (self.reference, self.reference_rate), *self.detail.items()]
        width = max(len(name) for name in [*dict(rows), *self.notes])
        lines = [f"{name:<{width}}  {value:>14,.0f} {self.unit}" for name, value in rows]
        lines += [f"{name:<{width}}  {value:>14,.2f}" for name, value in self.notes.items()]
        return (
            "\n".join([*lines, f"{'ratio':<{width}}  {self.ratio:>14.2f}", f"{self.machine}; {self.versions}"]) + "\n"
        )


def run(name: str, *, seconds: int) -> Result:
    """Measure `name` for about that many seconds."""
    return _BENCHES[name](seconds)


def _result(
    name: str,
    rate: float,
    unit: str,
    reference: tuple[str, float],
    detail: dict[str, float] | None = None,
    notes: dict[str, float] | None = None,
) -> Result:
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    ratio = rate / reference[1]
    return Result(name, rate, unit, *reference, ratio, machine, _versions(), detail or {}, notes or {})


def _versions() -> str:
    from django.conf import settings

    if not settings.configured:
        return "no database"
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return f"PostgreSQL {cursor.fetchone()[0].split()[0]}"


@contextmanager
def _scratch_database() -> Iterator[None]:
    """A database of its own on the installation's server, so that a measurement leaves nothing behind."""
    boot.setup()
    from django.db import connection

    name = f"tollbook_bench_{os.getpid()}"
    old = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        from django.core.management import call_command

        call_command("migrate", verbosity=0, interactive=False)
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = old
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _ingest(seconds: int) -> Result:
    """Events/s through `metering.actions.store`, from as many senders as there are cores, each for customers
    of its own: new, repeated and conflicting ones, deduplicated, stored durably and rolled up.
    """
    senders = os.cpu_count() or 1
    with _scratch_database():
        from django.db import connection

        from tollbook.site import bench_ingest as job

        copied = job.copy_rate(job.event_batches(range(4)))
        connection.close()
        with ProcessPoolExecutor(senders, mp_context=get_context("fork")) as pool:
            sent = list(pool.map(job.send, range(senders), [senders] * senders, [seconds / 2] * senders))
        rate = sum(events / spent for events, spent in sent)
        return _result("ingest", rate, "events/s", ("bare COPY of the same rows, one sender", copied))


def _api_ingest(seconds: int) -> Result:
    """Events/s over HTTP in batches of 1,000, every tenth batch sent twice; beside the action that the route calls."""
    with _scratch_database():
        from tollbook.site import bench_api as job

        measured = job.measure(seconds)
        notes = {
            "server, us of processor an event": measured.server_us,
            "database, us of processor an event": measured.database_us,
            "senders, us of processor an event": measured.client_us,
        }
        reference = ("the same without HTTP and JSON", measured.action_rate)
        return _result("api-ingest", measured.rate, "events/s", reference, notes=notes)


def _bill_run(seconds: int) -> Result:
    """Issued invoices/s of five priced lines: charged, taxed, numbered, booked; beside a COPY of as many postings."""
    with _scratch_database():
        from tollbook.site import bench_bill_run as job

        billed = BILLED_PER_SECOND * seconds
        job.prepare(billed)
        # One more than cores: while one waits for the disk or for the numbers, another works.
        measured = job.measure((os.cpu_count() or 1) + 1)
        copied = job.copy_rate() / job.POSTINGS_PER_INVOICE
        spent = measured.charging_s + measured.invoicing_s
        detail = {
            "charging alone": billed / measured.charging_s,
            "invoicing alone": measured.invoices / measured.invoicing_s,
        }
        reference = ("bare COPY of their postings", copied)
        notes = {"MiB that a process grew after the first tenth": measured.grown_mib}
        return _result("bill-run", measured.invoices / spent, "invoices/s", reference, detail, notes)


def _holds(seconds: int) -> Result:
    """Holds/s on one hot wallet, from threads that wait for each answer in as many processes as there are cores; beside
    commits of one bare row, one after the other, holds asked for in batches by a few senders, and holds spread over a
    thousand wallets.
    """
    with _scratch_database():
        from tollbook.site import bench_holds as job

        wallets = job.prepare()
        bare = job.bare_commits(min(seconds / 8, 3))
        hot = job.measure(wallets[:1], "hot", seconds * 0.35)
        batches = job.measure_batches(wallets[0], "batch", seconds * 0.2)
        spread = job.measure(wallets, "spread", seconds * 0.25)
    detail = {
        f"one wallet, in batches of {job.BATCH}": batches.rate,
        f"spread over {len(wallets):,} wallets": spread.rate,
    }
    notes = {
        "one wallet, p50 ms": hot.p50_ms,
        "one wallet, p99 ms": hot.p99_ms,
        "one wallet, a batch, p50 ms": batches.p50_ms,
        "one wallet, a batch, p99 ms": batches.p99_ms,
        "spread, p50 ms": spread.p50_ms,
        "spread, p99 ms": spread.p99_ms,
        "processes": job.PROCESSES,
        "threads of a process": job.THREADS,
        "senders of batches": job.SENDERS,
    }
    return _result("one wallet", hot.rate, "holds/s", ("bare commits of one row each", bare), detail, notes)


def _pages(seconds: int) -> Result:
    return pages(CUSTOMERS_PER_SECOND * seconds, at_length=False)


def pages(customers: int, *, at_length: bool = True) -> Result:
    """Pages/s of both portals over ten months of invoices, one reader; beside the log-in page. The notes name how many
    pages took longer than they may, and the slowest. `at_length` asks for each page 20 times, not 3.
    """
    with _scratch_database():
        from tollbook.site import bench_pages as job

        invoices = job.prepare(customers, os.cpu_count() or 1)
        times = job.TIMES_AT_LENGTH if at_length else job.TIMES
        found = [page for client in job.visitors() for page in job.measure(client, times)]
        log_in = job.log_in_page()
    found.sort(key=lambda page: -page.p95_ms)
    late = sum(page.p95_ms > PAGE_MS for page in found)
    notes: dict[str, float] = {"invoices": invoices, "pages": len(found), f"pages whose p95 is over {PAGE_MS} ms": late}
    for page in found[: max(SLOWEST_PAGES, late)]:
        notes[f"p95 ms of {page.address[:90]}"] = page.p95_ms
    rate = 1000 * len(found) / sum(page.p50_ms for page in found)
    return _result("pages", rate, "pages/s", ("the log-in page", 1000 / log_in.p50_ms), notes=notes)


def _simulate(seconds: int) -> Result:
    """Rolled-up hours/s replayed under another version, both sides rated, taxed and compared; a million of them in a
    run of 20 seconds. Beside adding them up in the database.
    """
    with _scratch_database():
        from tollbook.site import bench_simulate as job

        measured = job.measure(job.prepare(HOURS_PER_SECOND * seconds), os.cpu_count() or 1)
    reference = ("adding them up in the database", measured.rows / measured.adding_s)
    notes = {"rolled-up hours": measured.rows, "seconds": measured.replay_s, "customers": measured.customers}
    return _result("simulate", measured.rows / measured.replay_s, "hours/s", reference, notes=notes)


def _rate(seconds: int) -> Result:
    """Graduated ratings/s in one process, beside bare multiplication of the same decimals."""
    from tollbook.rating import Terms, rate

    terms = Terms.parse(
        {
            "model": "graduated",
            "tiers": [
                {"upto": "1000", "unit": "0.0043"},
                {"upto": "10000", "unit": "0.0039"},
                {"upto": None, "unit": "0.003"},
            ],
        }
    )
    quantities = [Decimal(n * 7919 % 20000) for n in range(1000)]
    price = Decimal("0.0043")
    rated = _per_second(lambda: [rate(terms, q) for q in quantities], seconds / 2) * len(quantities)
    plain = _per_second(lambda: [price * q for q in quantities], min(seconds / 4, 3)) * len(quantities)
    return _result("rate", rated, "ratings/s", ("bare Decimal multiplication", plain))


def _pdf(seconds: int) -> Result:
    """One-page invoices/s as PDF with the e-invoice embedded, beside the XML alone."""
    from tollbook.invoicing.documents import einvoice, embed, pdf
    from tollbook.invoicing.documents.bench_sample import sample

    counter = iter(range(10**9))

    def whole() -> None:
        content = sample(next(counter))
        embed.embed(pdf.render_pdf(content), einvoice.render_xml(content))

    whole()
    made = _per_second(whole, seconds / 2)
    xml = _per_second(lambda: einvoice.render_xml(sample(next(counter))), min(seconds / 4, 3))
    return _result("pdf", made, "invoices/s", ("XML alone", xml))


def _per_second(call: Callable[[], object], seconds: float) -> float:
    done, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < seconds:
        call()
        done += 1
    if not done:
        raise Refused("bench_too_short", "not even one round was done; give more --seconds", param="seconds")
    return done / spent


_BENCHES: dict[str, Callable[[int], Result]] = {
    "ingest": _ingest,
    "api-ingest": _api_ingest,
    "bill-run": _bill_run,
    "pages": _pages,
    "holds": _holds,
    "simulate": _simulate,
    "rate": _rate,
    "pdf": _pdf,
}
