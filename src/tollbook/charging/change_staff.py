"""Staff page that changes the plan of a subscription, ends it or takes an end back: what it brings is shown first."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from tollbook.base import clock
from tollbook.catalog.models import Plan
from tollbook.charging.preview import Preview, change_preview, end_preview
from tollbook.identity.access import staff_page
from tollbook.identity.audit import record
from tollbook.identity.models import StaffRole, User
from tollbook.kernel.errors import NotFound, Refused, TollbookError, shown
from tollbook.kernel.ids import new_id
from tollbook.kernel.money import Money
from tollbook.kernel.times import parse_local, zone_info
from tollbook.subscriptions.actions import end, keep_on
from tollbook.subscriptions.api import version_for
from tollbook.subscriptions.changes import change
from tollbook.subscriptions.models import Subscription
from tollbook.web.parts import Facts, Page, Part, Rows, fact, show
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column

KEEPERS = (StaffRole.BILLING, StaffRole.SUPPORT, StaffRole.FINANCE, StaffRole.ADMINISTRATOR)
END, KEEP = "end", "keep"
_LINES = [
    Column("What", lambda line: line[0].name, note=lambda line: line[0].plan),
    Column("From", lambda line: line[0].period_start, "instant"),
    Column("Up to", lambda line: line[0].period_end, "instant"),
    Column("Amount", lambda line: Money(line[0].amount, line[1]), "exact"),
    Column("Why", lambda line: line[0].reason or "Charged for the first time"),
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a form asks for: the public id of a plan, or END or KEEP; when (text of the local time; empty: now), why."""

    what: str
    at: str
    reason: str

    @classmethod
    def of(cls, request: HttpRequest) -> "Wanted":
        """What was posted."""
        return cls(*(request.POST.get(name, "").strip()[:200] for name in ("what", "at", "reason")))


@dataclass(frozen=True, slots=True)
class ChangeForm:
    """The choice; after a preview it holds what was asked for. `key` is new on each page: sent twice it acts once."""

    template: ClassVar[str] = "charging/part_change.html"
    title: str
    action: str
    choices: list[tuple[str, str]]
    zone: str
    wanted: Wanted
    previewed: bool = False
    when: str = ""
    wide: bool = False
    key: str = field(default_factory=lambda: new_id("key"))


@staff_page(*KEEPERS)
def change_page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The form; a post shows what the act would credit and charge, one that confirms carries it out."""
    rows = Subscription.objects.select_related("customer", "version__plan", "book")
    found = get_object_or_404(rows, public_id=public_id)
    wanted, preview, previewed = Wanted.of(request), None, False
    if request.method == "POST":
        try:
            if request.POST.get("confirmed"):
                messages.success(request, _act(request, found, wanted))
                return redirect(reverse("staff-subscriptions:page", args=[public_id]))
            # What is shown is what is done, also a minute later.
            wanted = replace(wanted, at=wanted.at or _local_now(found))
            preview, previewed = _preview(found, wanted), True
        except TollbookError as error:
            messages.error(request, error.message)
    here = reverse("staff-charging:change", args=[public_id])
    zone = found.customer.zone
    when = f"{_at(found, wanted).astimezone(zone_info(zone)):%-d %B %Y at %H:%M} ({zone})" if previewed else ""
    form = ChangeForm("What should happen", here, _choices(found), zone, wanted, previewed, when)
    parts: list[Part] = [form, *_shown(found, wanted, preview, previewed)]
    crumbs = (("Subscriptions", reverse("staff-subscriptions:list")), (found.version.plan.name, page_of(public_id)))
    about = "What the change brings is shown before anything happens. It can be planned, or said for the past."
    return show(request, Page("Change", found.state, about, crumbs, parts))


def _choices(found: Subscription) -> list[tuple[str, str]]:
    """Plans that are sold in the subscription's price book, ending, and taking an end back."""
    plans = Plan.objects.filter(product__brand_id=found.customer.brand_id, versions__prices__book=found.book)
    choices = [(p.public_id, f"Change to {p.name}") for p in plans.order_by("name", "pk").distinct()]
    if found.ended_at is None:
        return [*choices, (END, "End it")]
    return [*choices, (KEEP, "Take the end back")]


def _local_now(found: Subscription) -> str:
    return clock.now().astimezone(zone_info(found.customer.zone)).replace(tzinfo=None).isoformat(timespec="seconds")


def _at(found: Subscription, wanted: Wanted) -> datetime:
    return parse_local(wanted.at, found.customer.zone, "at") if wanted.at else clock.now()


def _preview(found: Subscription, wanted: Wanted) -> Preview | None:
    """What it brings; None for taking an end back, which brings nothing at once."""
    if wanted.what == KEEP:
        return None
    at = _at(found, wanted)
    if wanted.what == END:
        return end_preview(found.public_id, at)
    return change_preview(found.public_id, version_for(_offered(found, wanted), at), at)


def _offered(found: Subscription, wanted: Wanted) -> str:
    if wanted.what not in dict(_choices(found)):
        raise NotFound("plan_not_found", f"what {shown(wanted.what)}: choose one of the list", param="what")
    return wanted.what


def _act(request: HttpRequest, found: Subscription, wanted: Wanted) -> str:
    at = _at(found, wanted)
    local = at.astimezone(zone_info(found.customer.zone))
    verb, told, detail = "change", f"The plan changes on {local:%-d %B %Y at %H:%M}.", {"at": at.isoformat()}
    if wanted.what == END:
        end(found.public_id, at)
        verb, told = "end", f"The subscription ends on {local:%-d %B %Y at %H:%M}."
    elif wanted.what == KEEP:
        keep_on(found.public_id)
        verb, told = "keep", "The end is taken back."
    else:
        key = request.POST.get("key", "")[:60]
        if not key:
            raise Refused("key_missing", "key: send the form again", param="key")
        version = version_for(_offered(found, wanted), at)
        change(found.public_id, version, at, key=f"staff:{key}", reason=wanted.reason)
        detail["plan"] = wanted.what
    actor = request.user.email if isinstance(request.user, User) else ""
    if wanted.reason:
        detail["reason"] = wanted.reason
    record(
        f"subscription.{verb}", found.public_id, actor=actor, door="staff", customer_id=found.customer_id, detail=detail
    )
    return told


def _shown(found: Subscription, wanted: Wanted, preview: Preview | None, previewed: bool) -> Iterable[Part]:
    """What it brings, line by line."""
    if not previewed:
        return
    if preview is None:
        yield Facts("What it brings", [fact("At once", "Nothing: it goes on as if no end had been said")])
        return
    total, currency = preview.total, preview.total.currency
    sum_of = "credited" if total.amount < 0 else "charged"
    facts = [
        fact("From", preview.at, "instant"),
        fact(f"In all {sum_of}", Money(abs(total.amount), currency), "exact", note="As priced, on the next invoice."),
    ]
    yield Facts("What it brings", facts)
    lines = [(line, currency) for line in preview.lines]
    empty = "Nothing at once: the difference shows from the next period on."
    yield Rows("Line by line", _LINES, lines, empty, note="Use and fees of a period that still runs come when it ends.")


def of_subscription(subscription: Subscription) -> Iterable[Part]:
    """On the page about a subscription: the way to change it."""
    here = reverse("staff-charging:change", args=[subscription.public_id])
    yield Facts("Change", [fact("Plan", subscription.version.plan.name)], links=[("Change or end it", here)])
