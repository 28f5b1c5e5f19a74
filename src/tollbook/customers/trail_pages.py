"""Who did what in an account, as its own people may read it.

The rows are those of the audit trail, which knows more: here staff are named as the brand alone, and what they noted
beside an act stays with them.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tollbook.customers.access import CustomerRequest, portal_page
from tollbook.customers.models import Customer, Membership
from tollbook.identity.audit import SYSTEM
from tollbook.identity.models import AuditEntry
from tollbook.web.menu import MenuEntry
from tollbook.web.tables import Column, Filter, Table

TRAIL_MENU = MenuEntry("Activity", "portal-customers:trail", "clipboard-document-list", order=84)
READERS = (Membership.Role.OWNER.value,)
#: Doors through which only people of the account come. Staff who look at the portal (`visits`) change nothing there.
OWN_DOORS = ("portal", "account")
#: How the key of a customer is named; behind the same door staff are named by their address.
_KEY = "key:"
OWN = Q(door__in=OWN_DOORS) | Q(door="api", actor__startswith=_KEY)
BY_ITSELF = Q(actor=SYSTEM)


def is_own(entry: AuditEntry) -> bool:
    """Whether somebody of the account did it, or one of its keys."""
    return entry.door in OWN_DOORS or (entry.door == "api" and entry.actor.startswith(_KEY))


def who(entry: AuditEntry, brand: str) -> str:
    """Who did it, as the account may know: its own people and keys by name, staff as the brand."""
    if is_own(entry):
        return entry.actor
    return _("by itself") if entry.actor == SYSTEM else brand


def detail(entry: AuditEntry) -> str:
    """What is noted beside an act of the account's own; nothing of other acts."""
    if not is_own(entry):
        return ""
    return ", ".join(f"{name}: {value}" for name, value in entry.detail.items())[:200]


def of_customer(customer: Customer) -> QuerySet[AuditEntry]:
    """What was done to this customer, by whomever."""
    return AuditEntry.objects.filter(customer_id=customer.pk)


def table(brand: str) -> Table:
    """The trail with `brand` in the place of its staff. A search looks only at what it shows of every row."""
    by: Callable[[Any], str] = lambda entry: who(entry, brand)  # noqa: E731  # typed, for Column
    return Table(
        name="activity",
        columns=[
            Column("When", lambda e: e.at, "instant", sort="at"),
            Column("What", lambda e: e.verb, "mono", sort="verb"),
            Column("To what", lambda e: e.subject, "mono", sort="subject"),
            Column("Who", by),
            Column("Through", lambda e: e.door if is_own(e) else ""),
            Column("Detail", detail),
        ],
        order="-at",
        search=("verb", "subject"),
        filters=(
            Filter(
                "by",
                "By",
                (
                    ("own", "Your people and keys", OWN),
                    ("others", "Us", ~OWN & ~BY_ITSELF),
                    ("itself", "By itself", ~OWN & BY_ITSELF),
                ),
            ),
        ),
        empty_title="Nothing was done yet",
        empty_text="Each change that a person or a key makes in this account is noted here, for ever.",
    )


@require_GET
@portal_page(*READERS)
def listed(request: CustomerRequest) -> HttpResponseBase:
    """The trail of the reader's account, and of no other."""
    shown, rows = table(request.customer.brand.name), of_customer(request.customer)
    if request.GET.get("export") == "csv":
        return shown.export(request, rows)
    return render(request, "customers/portal_trail.html", {"title": _("Activity"), "table": shown.page(request, rows)})


trail_urls: list[URLPattern] = [path("activity/", listed, name="trail")]
