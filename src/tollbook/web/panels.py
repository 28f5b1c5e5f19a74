"""Sockets of the two portals' pages: rooms and verticals put panels and notices there, nobody lists them.

A room's `portal.py` or `staff.py` declares `PANELS: list[Panel]` and `NOTICES: list[Notices]`; the page shows what it
finds, so that a new folder brings its own figures.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from tollbook.base import discovery

#: What a panel's template gets, from the request (and the thing that the page is about, if it is about one); None:
#: nothing to show to this reader.
Context = Callable[..., dict[str, Any] | None]
NOTICE_LIMIT = 8
_LEVELS = ("bad", "warn", "info")


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a front page.

    slot      where it goes: "overview.stat", "overview.wide", "overview.side", "subscription.main", "invoice.head",
    "wallet.head" (the customer portal's; the staff portal has its own names)
    template  what draws it
    context   its figures, from the request
    order     smaller comes first
    feature   the key of a feature that must be on for the reader's customer
    """

    slot: str
    template: str
    context: Context
    order: int = 50
    feature: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that needs the reader: `level` is bad, warn or info; `action` is the word on the link to `href`."""

    level: str
    title: str
    text: str = ""
    href: str = ""
    action: str = ""


Notices = Callable[[Any], Iterable[Notice]]


@cache
def _declared(portal: str) -> tuple[Panel, ...]:
    found = [panel for _, module in discovery.modules(portal) for panel in getattr(module, "PANELS", ())]
    return tuple(sorted(found, key=lambda panel: panel.order))


@cache
def _tellers(portal: str) -> tuple[Notices, ...]:
    return tuple(tell for _, module in discovery.modules(portal) for tell in getattr(module, "NOTICES", ()))


def features(portal: str) -> frozenset[str]:
    """The features that panels of the portal ask for."""
    return frozenset(panel.feature for panel in _declared(portal) if panel.feature)


def draw(page: Mapping[Any, Any], slot: str, subject: object = None) -> list[SafeString]:
    """The panels of a slot, drawn in order; those whose feature is hidden, or without figures, are left out.

    `page` is the context of the page that they stand on: the portal, the request and the hidden features are taken from
    it, and panels are drawn with it, so that no context processor runs twice. On a page about one thing, `subject` is
    that thing: panels' contexts get it after the request.
    """
    drawn = []
    hidden = page.get("hidden", frozenset())
    for panel in _declared(page["portal"]):
        if panel.slot != slot or (panel.feature and panel.feature in hidden):
            continue
        request = page["request"]
        context = panel.context(request) if subject is None else panel.context(request, subject)
        if context is not None:
            drawn.append(render_to_string(panel.template, {**page, **context}))
    return drawn


def notices(portal: str, request: HttpRequest) -> list[Notice]:
    """What needs the reader's attention, the worst first, at most NOTICE_LIMIT."""
    found = [notice for tell in _tellers(portal) for notice in tell(request)]
    return sorted(found, key=lambda notice: _LEVELS.index(notice.level))[:NOTICE_LIMIT]
