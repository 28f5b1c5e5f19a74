"""The simulation of `tollbook bench`: a month of rolled-up use replayed under another version of its plan."""

import time
from dataclasses import dataclass, replace
from decimal import Decimal

from django.db import connection

from tollbook.catalog.actions import publish
from tollbook.catalog.models import PlanVersion, PriceBook
from tollbook.kernel.errors import Refused
from tollbook.kernel.period import Period
from tollbook.rating import Terms
from tollbook.simulation.alternatives import of_version
from tollbook.site.bench_bill_run import BEGIN, CLOSE, METERS, prepare_prices
from tollbook.site.bench_bill_run import prepare as prepare_customers
from tollbook.site.simulating import simulate
from tollbook.subscriptions.models import Subscription

HOURS = 72


@dataclass(frozen=True, slots=True)
class Measured:
    """How many rolled-up hours of how many customers were replayed, and how long that and a bare sum of them took."""

    rows: int
    customers: int
    replay_s: float
    adding_s: float


def prepare(rows: int) -> PlanVersion:
    """About so many rolled-up hours, at least one customer's, of a month that is charged; returns another version."""
    customers = max(1, -(-rows // (HOURS * len(METERS))))
    version = prepare_customers(customers, HOURS)
    Subscription.objects.update(closed_until=CLOSE)
    dearer = [
        replace(price, terms=Terms.parse({"model": "unit", "unit_price": "0.05"})) if price.meter else price
        for price in prepare_prices()
    ]
    return publish(version.plan, PriceBook.objects.get(), dearer, CLOSE)


def measure(version: PlanVersion, processes: int) -> Measured:
    """Replay the month under the version in so many processes. Refused "bench_wrong" when it does not come out as it
    must.
    """
    with connection.cursor() as cursor:
        start = time.perf_counter()
        cursor.execute(
            "SELECT sum(n), count(*) FROM (SELECT customer_id, count(*) AS n, sum(total) AS used FROM usage_hour "
            "GROUP BY customer_id, meter_id) q"
        )
        rows, readings = cursor.fetchone()
        adding = time.perf_counter() - start
    start = time.perf_counter()
    found = simulate(of_version(version.plan, version), Period(BEGIN, CLOSE), processes)
    spent = time.perf_counter() - start
    customers = readings // len(METERS)
    (totals,) = found.totals
    # 24.80 of fees and 3 x 90 units at 0.05.
    expected = Decimal("38.30") * customers
    if totals["customers"] != customers or Decimal(totals["new_net"]) != expected:
        message = f"{totals['customers']} customers and {totals['new_net']}; expected {customers} and {expected}"
        raise Refused("bench_wrong", message, param="simulate")
    return Measured(int(rows), customers, spent, adding)
