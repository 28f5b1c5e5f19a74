"""Where rooms plug into staff pages of other rooms: the dashboard, the page about a customer, search, and the page of
an id. A room lists what it adds in its `staff.py`:

PARTS = [Adds("customer", 40, customer_wallets)]        what it shows there, from the page's subject
FINDERS = [Finder("Invoices", 20, find_invoices)]       what the staff search finds
PAGES = {"inv": "staff-invoicing:page"}                 the page of a public id, by its prefix
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import reverse

from tollbook.base import discovery
from tollbook.web.parts import Part, Stat

Load = Callable[[Any], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Adds:
    """Parts for the page called `page` ("dashboard", "customer", "brand", "subscription", "charge", "invoice"), or
    figures (`Stat`) for its head ("dashboard-stats", "customer-stats"); smaller `order` stands higher. `load` gets the
    page's subject: the present instant for the dashboard, else the row.
    """

    page: str
    order: int
    load: Load


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a search found."""

    title: str
    note: str
    href: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds things of one kind: `find(text, limit)`."""

    title: str
    order: int
    find: Callable[[str, int], Sequence[Found]]


@cache
def _all(name: str) -> tuple[Any, ...]:
    found = [each for _, module in discovery.modules("staff") for each in getattr(module, name, ())]
    return tuple(sorted(found, key=lambda each: each.order))


def parts_of(page: str, subject: Any) -> list[Part]:
    """What all rooms show on that page about `subject`, in order."""
    return [part for adds in _all("PARTS") if adds.page == page for part in adds.load(subject)]


def finders() -> tuple[Finder, ...]:
    """What a search asks, in order."""
    return _all("FINDERS")


def stats_of(page: str, subject: Any) -> list[Stat]:
    """The figures that all rooms add to the head of that page, in order."""
    return [stat for adds in _all("PARTS") if adds.page == page for stat in adds.load(subject)]


@cache
def pages() -> dict[str, str]:
    """URL names by the prefix of public ids."""
    return {
        prefix: name
        for _, module in discovery.modules("staff")
        for prefix, name in getattr(module, "PAGES", {}).items()
    }


def page_of(public_id: str) -> str:
    """The address of the page about a public id; empty for what has none."""
    prefix, _, rest = public_id.partition("_")
    name = pages().get(prefix, "") if rest.isalnum() else ""
    return reverse(name, args=[public_id]) if name else ""
