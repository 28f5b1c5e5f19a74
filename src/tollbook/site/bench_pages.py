"""The pages of `tollbook bench`: both portals over a year's invoices, every page that a link leads to, asked for again
and again.
"""

import re
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from http import HTTPStatus
from multiprocessing import get_context
from urllib.parse import parse_qsl, urljoin, urlsplit

from django.db import connection
from django.test import Client
from django.urls import Resolver404, resolve

from tollbook.base.bulk import Part
from tollbook.charging.actions import charge_due
from tollbook.customers.models import Customer, Membership
from tollbook.identity.access import FACTOR
from tollbook.identity.models import StaffRole, User
from tollbook.invoicing.actions import bill_due
from tollbook.invoicing.models import Invoice
from tollbook.kernel.money import Money, add_up
from tollbook.ledger import seals
from tollbook.payments.actions import receive
from tollbook.site import bench_bill_run

MONTHS = [datetime(2026, month, 1, tzinfo=UTC) for month in range(1, 12)]
# One customer of so many pays nothing; the others all but the latest invoice.
UNPAID = 20
TIMES = 3
TIMES_AT_LENGTH = 20
HOME = "/"
LOG_IN = "/account/login/"
# What ends the visit, or is no page.
_PASSED_OVER = re.compile(r"/account/logout|/switch/|\.(pdf|xml|csv|xlsx|js|css|svg|woff2|json)$")
_LINK = re.compile(r'<a\b[^>]*?\bhref="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and how long its answers took the server in milliseconds."""

    address: str
    p50_ms: float
    p95_ms: float


def prepare(customers: int, processes: int) -> int:
    """So many customers with ten monthly invoices each, some of them paid; how many invoices there are."""
    bench_bill_run.prepare(customers, begin=MONTHS[0])
    connection.close()
    with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as pool:
        for close in MONTHS[1:]:
            for job in (_charge, _bill):
                list(pool.map(job, [(close, Part(number, processes)) for number in range(processes)]))
        list(pool.map(_pay, [Part(number, processes) for number in range(processes)]))
    seals.seal()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Invoice.objects.count()


def _charge(what: tuple[datetime, Part]) -> int:
    return charge_due(what[0], part=what[1])


def _bill(what: tuple[datetime, Part]) -> int:
    return bill_due(what[0], part=what[1])


def _pay(part: Part) -> int:
    """Pay all but the latest invoice of each customer with one transfer; one of UNPAID pays nothing."""
    paid = 0
    for customer in part.of(Customer.objects.all(), "pk").order_by("pk"):
        if customer.pk % UNPAID:
            totals = customer.invoices.order_by("-pk").values_list("total", flat=True)[1:]
            receive(customer, Money(add_up(totals), customer.currency), "manual", f"bench-{customer.pk}")
            paid += len(totals)
    return paid


def visitors() -> list[Client]:
    """The browsers of a member of staff and of a customer."""
    administrator = User.objects.create_user("bench@bench.example", name="Bench", staff_role=StaffRole.ADMINISTRATOR)
    owner = User.objects.create_user("owner@bench.example", name="Owner")
    customer = Customer.objects.order_by("pk")[Customer.objects.count() // 2]
    Membership.objects.create(customer=customer, user=owner, role=Membership.Role.OWNER)
    found = []
    for user in (administrator, owner):
        found.append(Client())
        found[-1].force_login(user)
        session = found[-1].session
        session[FACTOR] = True
        session.save()
    return found


def walk(client: Client) -> Iterator[str]:
    """One address of every page that links lead to from the first one, and of every way in which it is asked for
    (sorted, filtered); each is asked for once.
    """
    seen = {_shape(HOME)}
    waiting = deque([HOME])
    while waiting:
        address = waiting.popleft()
        answer = client.get(address)
        links = [answer.headers["Location"]] if "Location" in answer.headers else []
        if answer.status_code == HTTPStatus.OK and answer.headers["Content-Type"].startswith("text/html"):
            yield address
            links = _LINK.findall(answer.content.decode())
        for href in links:
            found = urlsplit(urljoin(address, unescape(href)))
            address_of = found.path + (f"?{found.query}" if found.query else "")
            shape = _shape(address_of)
            if not found.netloc and shape and shape not in seen and not _PASSED_OVER.search(found.path):
                seen.add(shape)
                waiting.append(address_of)


def _shape(address: str) -> tuple[str, ...]:
    """Two addresses are ways to one page when they have one route, and parameters of the same names."""
    found = urlsplit(address)
    try:
        route = resolve(found.path).route
    except Resolver404:
        return ()
    return (route, *sorted({name for name, _ in parse_qsl(found.query, keep_blank_values=True)}))


def measure(client: Client, times: int) -> list[Page]:
    """How long each page takes the server, asked for so many times."""
    return [_timed(client, each, times) for each in list(walk(client))]


def log_in_page() -> Page:
    """The page that nobody's data is on, as a reference."""
    client = Client()
    client.get(LOG_IN)
    return _timed(client, LOG_IN, TIMES_AT_LENGTH)


def _timed(client: Client, address: str, times: int) -> Page:
    took = []
    for _ in range(times):
        before = time.perf_counter()
        client.get(address)
        took.append((time.perf_counter() - before) * 1000)
    took.sort()
    return Page(address, took[times // 2], took[-(-times * 95 // 100) - 1])
