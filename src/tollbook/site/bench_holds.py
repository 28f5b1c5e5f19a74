"""The holds of `tollbook bench`: threads that each wait for their hold, or their batch of them, before the next one.

As when Tollbook is served, there are as many processes as cores, and each has threads of its own.
"""

import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from multiprocessing import get_context
from threading import Barrier, Thread

from django.db import connection

from tollbook.brands.models import Brand
from tollbook.customers.models import Customer
from tollbook.kernel.money import Money
from tollbook.wallets import group
from tollbook.wallets.actions import open_wallet, top_up
from tollbook.wallets.batch import hold_many

BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
PROCESSES = os.cpu_count() or 1
THREADS = 36
# A gateway that sends batches needs few threads: while one batch is at the database, the next one is made.
SENDERS = 3
BATCH = 50
WALLETS = 1000
PLENTY = Money(Decimal(1_000_000_000), "EUR")
SMALL = Money(Decimal("0.05"), "EUR")


@dataclass(frozen=True, slots=True)
class Measured:
    """Holds a second, and how long one took in the middle and for the slowest hundredth."""

    rate: float
    p50_ms: float
    p99_ms: float


def prepare() -> list[int]:
    """A thousand customers with a full wallet each; the row ids of the wallets."""
    brand = Brand.objects.create(
        code="bench", name="Bench", legal_name="Bench Hosting GmbH", street="Lindenstr. 4", city="Berlin",
        postcode="10969", country="DE", vat_id="DE136695976", email="billing@bench.example", currency="EUR",
    )  # fmt: skip
    customers = Customer.objects.bulk_create(
        Customer(brand=brand, name=f"Customer {n}", reference=f"c-{n}", currency="EUR", created_at=BEGIN)
        for n in range(WALLETS)
    )
    wallets = [open_wallet(customer, "EUR", at=BEGIN).pk for customer in customers]
    for wallet in wallets:
        top_up(wallet, PLENTY, key="first", at=BEGIN)
    # Some holds and statistics about them: plans made for an empty table would be kept, and in use it is never empty.
    for key, expires_at in (("open", None), ("short", BEGIN + timedelta(hours=1))):
        group.hold_together([group.Wish(wallet, key, SMALL, expires_at) for wallet in wallets], at=BEGIN)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return wallets


def measure(wallets: list[int], name: str, seconds: float) -> Measured:
    """Hold small amounts on these wallets in turn, from all threads of as many processes as there are cores; the first
    fifth of the time warms up.
    """
    connection.close()
    start = time.perf_counter() + 0.5
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("fork")) as pool:
        begun = [pool.submit(_hold_in_turn, wallets, f"{name}-{number}", start, seconds) for number in range(PROCESSES)]
        return _measured([held.result(seconds + 120) for held in begun], start + seconds / 5)


def _hold_in_turn(wallets: list[int], name: str, start: float, seconds: float) -> "_Took":
    def hold(count: int) -> None:
        group.hold(wallets[count % len(wallets)], SMALL, key=f"{name}-{count}")

    return _time(hold, THREADS, start, seconds)


def measure_batches(wallet: int, name: str, seconds: float) -> Measured:
    """Hold small amounts on one wallet in batches, from a few senders; the rate counts holds, the times are of a whole
    batch, which is how long each of its holds took.
    """

    def hold(count: int) -> None:
        answers = hold_many([group.Wish(wallet, f"{name}-{count}-{n}", SMALL) for n in range(BATCH)])
        if not all(isinstance(answer, str) for answer in answers):
            raise AssertionError("a hold of a full wallet was refused")

    start = time.perf_counter()
    found = _measured([_time(hold, SENDERS, start, seconds)], start + seconds / 5)
    return Measured(found.rate * BATCH, found.p50_ms, found.p99_ms)


@dataclass(frozen=True, slots=True)
class _Took:
    """How long each took after the warming up, and when the last of them was over."""

    seconds: list[float]
    ended: float


def _time(hold: Callable[[int], None], senders: int, start: float, seconds: float) -> _Took:
    """Do `hold` with numbers that differ, each sender one after the other; the first fifth of the time warms up."""
    warm = start + seconds / 5
    ready = Barrier(senders)
    took: list[list[float]] = [[] for _ in range(senders)]
    ended = [0.0] * senders

    def work(number: int) -> None:
        count, mine = number, took[number]
        try:
            ready.wait(60)
            while (before := time.perf_counter()) < start + seconds:
                hold(count)
                after = time.perf_counter()
                count += senders
                if before >= warm:
                    mine.append(after - before)
                    ended[number] = after
        finally:
            connection.close()

    threads = [Thread(target=work, args=(number,)) for number in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + 60)
    return _Took([spent for mine in took for spent in mine], max(ended))


def _measured(took: list[_Took], warm: float) -> Measured:
    times = sorted(spent for process in took for spent in process.seconds)
    length = max(process.ended for process in took) - warm
    middle, slow = (times[int(len(times) * part)] * 1000 for part in (0.5, 0.99))
    return Measured(len(times) / length, middle, slow)


def bare_commits(seconds: float) -> float:
    """Commits a second of one connection that writes one row each: what a hold would cost alone, at the least."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_commit (id bigint)")
        done, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds:
            cursor.execute("INSERT INTO bench_commit VALUES (%s)", [done])
            done += 1
    return done / spent
