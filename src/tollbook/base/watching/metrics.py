"""Numbers for Prometheus: counted in each process as things happen, or measured in the database when asked for.

With several processes (PROMETHEUS_MULTIPROC_DIR, which `tollbook serve` sets) all of them count into files of that
folder, and any one of them tells the sums. The variable is read when this module is imported.
"""

import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection, transaction
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from tollbook.base import discovery

log = logging.getLogger(__name__)
FOLDER = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# What a single measurement may cost the database.
PATIENCE_MS = 5_000

OWN = CollectorRegistry()
REQUESTS = Counter("tollbook_requests", "Requests answered", ["method", "route", "status"], registry=OWN)
REQUEST_SECONDS = Histogram("tollbook_request_seconds", "Time to answer a request", ["method", "route"], registry=OWN)
JOBS = Counter("tollbook_jobs", "Jobs that ended, by what came of them", ["task", "outcome"], registry=OWN)
JOB_SECONDS = Histogram("tollbook_job_seconds", "Time that a job ran", ["task"], registry=OWN)
WALLET_REFUSALS = Counter(
    "tollbook_wallet_refusals", "Holds and draws that a wallet could not give", ["code"], registry=OWN
)


@dataclass(frozen=True, slots=True)
class Measure:
    """A gauge that the database knows: `sql` returns rows of the values of `labels` (text) and then a number.

    A room lists its own in `MEASURES` of its `measures.py`. The statement reads few rows: it runs at each scrape.
    """

    name: str
    told: str
    sql: str
    labels: tuple[str, ...] = ()


def measures() -> list[Measure]:
    """All measures of the installed apps, by name; RuntimeError when two share a name."""
    found: dict[str, Measure] = {}
    for _, module in discovery.modules("measures"):
        for measure in module.MEASURES:
            if measure.name in found:
                raise RuntimeError(f"two measures are called {measure.name}")
            found[measure.name] = measure
    return [found[name] for name in sorted(found)]


class Measured(Collector):
    """Asks the database for every measure. One that fails is left out and told in the log; the others go on."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        reached = True
        for measure in measures():
            family = GaugeMetricFamily(measure.name, measure.told, labels=measure.labels)
            try:
                rows = _ask(measure)
            except DatabaseError as error:
                log.warning("measure %s: %s", measure.name, error)
                reached = False
                continue
            for *labels, number in rows:
                family.add_metric([str(label) for label in labels], float(number or 0))
            yield family
        yield GaugeMetricFamily("tollbook_database_up", "1 when the database answered every measure", float(reached))

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Nothing: registering asks the database for nothing."""
        return ()


def _ask(measure: Measure) -> list[tuple[Any, ...]]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS}")
        cursor.execute(measure.sql)
        return list(cursor.fetchall())


MEASURED = CollectorRegistry()
MEASURED.register(Measured())


def exposition() -> bytes:
    """All numbers in Prometheus' text format: counted by every process of this installation's server, and measured."""
    counted = OWN
    if os.environ.get(FOLDER):
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    return generate_latest(counted) + generate_latest(MEASURED)
