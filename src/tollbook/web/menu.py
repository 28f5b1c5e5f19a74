"""The menus of both portals, gathered from the rooms."""

from dataclasses import dataclass
from functools import cache

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from tollbook.base import discovery


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A place in a portal's menu, declared in `MENU` of a room's `portal.py` or `staff.py`.

    label    what the reader sees
    url      a URL name, such as "portal-invoicing:list"
    icon     a heroicons outline name
    order    smaller comes first
    section  a heading above a group of entries; empty for the first group
    feature  the key of a feature that must be on for the reader's customer
    """

    label: str
    url: str
    icon: str
    order: int = 50
    section: str = ""
    feature: str = ""


@dataclass(frozen=True, slots=True)
class MenuLink:
    """A menu entry as a page shows it."""

    label: str
    href: str
    icon: str
    section: str
    active: bool


@cache
def entries(portal: str) -> tuple[MenuEntry, ...]:
    """All entries of "portal" or "staff", in order."""
    found = [entry for _, module in discovery.modules(portal) for entry in getattr(module, "MENU", ())]
    return tuple(sorted(found, key=lambda e: (e.order, e.label)))


def links(portal: str, request: HttpRequest, hidden: frozenset[str] = frozenset()) -> list[MenuLink]:
    """The menu of a portal for this request; entries whose feature is in `hidden` are left out."""
    shown = [(e, reverse(e.url)) for e in entries(portal) if e.feature not in hidden or not e.feature]
    path = request.path
    # The longest matching address is where we are: /staff/ is a part of every staff address.
    here = max((href for _, href in shown if path.startswith(href)), key=len, default="")
    return [
        MenuLink(gettext(e.label), href, e.icon, gettext(e.section) if e.section else "", href == here)
        for e, href in shown
    ]
