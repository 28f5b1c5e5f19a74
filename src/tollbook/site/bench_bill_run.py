"""The bill run of `tollbook bench`: subscriptions of five priced lines each, charged, taxed, numbered, booked."""

import resource
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from multiprocessing import get_context

from django.db import connection, transaction

from tollbook.base.bulk import Part
from tollbook.brands.models import Brand, TaxRate
from tollbook.catalog.actions import NewPrice, plan, price_book, publish
from tollbook.catalog.models import PlanVersion, Price, PriceBook
from tollbook.charging.actions import charge_due
from tollbook.customers.models import BillingProfile, Customer
from tollbook.invoicing.actions import bill_due
from tollbook.kernel.ids import new_id
from tollbook.metering.models import Meter
from tollbook.rating import Terms
from tollbook.subscriptions.models import Phase, Subscription

BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
CLOSE = datetime(2026, 10, 1, tzinfo=UTC)
METERS = ("cpu", "memory", "traffic")
HOURS = 24
POSTINGS_PER_INVOICE = 4


@dataclass(frozen=True, slots=True)
class Measured:
    """How long charging and invoicing took, and how much a process grew between the first and the last tenth."""

    charging_s: float
    invoicing_s: float
    invoices: int
    grown_mib: float


def prepare(count: int, hours: int = HOURS, begin: datetime = BEGIN) -> PlanVersion:
    """A brand with `count` customers, each with a subscription of two fees and three metered prices, a day's use (or
    that of so many `hours`) from `begin` on, the first of a month; returns the version that they have.
    """
    brand = Brand.objects.create(
        code="bench", name="Bench", legal_name="Bench Hosting GmbH", street="Lindenstr. 4", city="Berlin",
        postcode="10969", country="DE", vat_id="DE136695976", email="billing@bench.example", currency="EUR",
    )  # fmt: skip
    TaxRate.objects.create(country="DE", category="standard", percent=Decimal(19), valid_from=date(2021, 1, 1))
    meters = [Meter.objects.create(code=f"bench.{m}", name=m, unit="unit") for m in METERS]
    book = price_book(brand, "EUR")
    version = publish(plan(brand, "server", "Server", "server", "Server"), book, prepare_prices(), begin)
    with transaction.atomic():
        customers = _customers(brand, count, begin)
        _subscriptions(customers, version, book, begin)
        _use(customers, meters, hours, begin)
    # Only what was filled: a table that was analyzed while empty is read from end to end until autovacuum comes by.
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer, customers_billing_profile, subscriptions_subscription, usage_hour")
    return version


def prepare_prices() -> list[NewPrice]:
    """Two fees and three metered prices."""
    tiers = [{"upto": "10", "unit": "0.043"}, {"upto": "100", "unit": "0.039"}, {"upto": None, "unit": "0.03"}]
    metered = {
        "cpu": {"model": "graduated", "tiers": tiers},
        "memory": {"model": "unit", "unit_price": "0.0071"},
        "traffic": {"model": "unit", "unit_price": "0.02", "allowance": "5"},
    }
    fees = [
        NewPrice(code, code.capitalize(), Price.Kind.RECURRING, Terms.parse({"model": "flat", "amount": amount}))
        for code, amount in (("server", "19.90"), ("backup", "4.90"))
    ]
    return fees + [
        NewPrice(m, m.capitalize(), Price.Kind.METERED, Terms.parse(metered[m]), meter=f"bench.{m}") for m in METERS
    ]


def _customers(brand: Brand, count: int, begin: datetime) -> list[Customer]:
    made = Customer.objects.bulk_create(
        (
            Customer(brand=brand, name=f"Customer {n}", reference=f"c-{n}", currency="EUR", created_at=begin)
            for n in range(count)
        ),
        batch_size=2000,
    )
    BillingProfile.objects.bulk_create(
        (BillingProfile(customer=c, legal_name=c.name, city="Berlin", country="DE") for c in made), batch_size=2000
    )
    return made


def _subscriptions(customers: list[Customer], version: PlanVersion, book: PriceBook, begin: datetime) -> None:
    made = Subscription.objects.bulk_create(
        (
            Subscription(
                public_id=new_id("sub"), customer=c, version=version, book=book, key="server", anchor=begin.date(),
                alignment=Subscription.Alignment.CALENDAR, started_at=begin, due_at=begin,
            )
            for c in customers
        ),
        batch_size=2000,
    )  # fmt: skip
    Phase.objects.bulk_create(
        (Phase(subscription=s, number=1, version=version, book=book, starts_at=begin, created_at=begin) for s in made),
        batch_size=2000,
    )


def _use(customers: list[Customer], meters: list[Meter], hours: int, begin: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO usage_hour (customer_id, subscription_id, meter_id, dims, hour, events, total, moment, peak,
                   low, last, last_at, pending)
            SELECT customer, 0, meter, '', hour, 1, used, 3600 * used, used, used, used, hour, false
              FROM unnest(%s::bigint[]) customer, unnest(%s::bigint[]) meter,
                   generate_series(%s::timestamptz, %s, '1 hour') hour, (VALUES (1.25)) one (used)
            """,
            [
                [customer.pk for customer in customers],
                [meter.pk for meter in meters],
                begin,
                begin + timedelta(hours=hours - 1),
            ],
        )


def measure(processes: int) -> Measured:
    """Charge and invoice the month of all subscriptions, in so many processes."""
    connection.close()
    parts = [Part(number, processes) for number in range(processes)]
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        start = time.perf_counter()
        list(pool.map(_charge, parts))
        charged = time.perf_counter()
        billed = list(pool.map(_bill, parts))
        end = time.perf_counter()
    return Measured(charged - start, end - charged, sum(n for n, _ in billed), max(grown for _, grown in billed))


def copy_rate() -> float:
    """Postings a second that a bare COPY writes into a table like theirs."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_posting (LIKE ledger_posting INCLUDING DEFAULTS INCLUDING INDEXES)")
        cursor.execute("SELECT transaction_id, account_id, amount, currency FROM ledger_posting LIMIT 40000")
        rows = cursor.fetchall()
        start = time.perf_counter()
        columns = "transaction_id, account_id, amount, currency"
        cursor.execute("CREATE SEQUENCE bench_posting_id")
        cursor.execute("ALTER TABLE bench_posting ALTER id SET DEFAULT nextval('bench_posting_id')")
        with cursor.copy(f"COPY bench_posting ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return len(rows) / (time.perf_counter() - start)


def _charge(part: Part) -> int:
    return charge_due(CLOSE, part=part)


def _bill(part: Part) -> tuple[int, float]:
    memory: list[int] = []
    issued = bill_due(CLOSE, lambda done: memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss), part)
    return issued, (memory[-1] - memory[len(memory) // 10]) / 1024 if memory else 0.0
