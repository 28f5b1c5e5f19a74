"""Feature configuration: switches and values of an area, what a change would do and to whom, and setting it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from tollbook.base import clock
from tollbook.brands.models import Brand
from tollbook.customers.features import scope_at
from tollbook.customers.models import Customer, CustomerGroup
from tollbook.features.actions import set_value
from tollbook.features.checks import Answer, Clash, clashes
from tollbook.features.queries import own_values, resolve, value, values
from tollbook.features.registry import Feature, Level, check_level, declared
from tollbook.features.values import from_text, to_text
from tollbook.identity.access import staff_page
from tollbook.identity.models import StaffRole, User
from tollbook.kernel.errors import TollbookError
from tollbook.web.parts import Facts, Page, Part, Rows, Words, fact, show
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column

BILLING = "billing"
SHOWN = 20
BRANDS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """A feature on the page: its value for whom the page is, whether it can be set there, and where a change of it is
    looked at.
    """

    feature: Feature
    now: str
    comes_from: str
    is_on: bool | None
    choices: Sequence[str]
    href: str
    change: str
    own: bool
    here: bool


@dataclass(frozen=True, slots=True)
class Switches:
    """The features of an area, each with its switch or value."""

    template: ClassVar[str] = "customers/part_switches.html"
    title: str
    entries: Sequence[Entry]
    place: str
    may: bool
    wide: bool = True


@dataclass(frozen=True, slots=True)
class Confirm:
    """The button that sets what was looked at."""

    template: ClassVar[str] = "customers/part_confirm.html"
    title: str
    action: str
    place: str
    value: str
    refused: bool
    wide: bool = True


@dataclass(frozen=True, slots=True)
class Place:
    """For whom a value is set, named for people."""

    level: Level
    scope_id: str
    name: str
    customer_id: int | None = None


def place_of(wanted: str) -> Place:
    """The place with that public id, the whole installation for none; 404 for an id that nobody has."""
    if not wanted:
        return Place(Level.INSTALLATION, "", "the whole installation")
    if brand := Brand.objects.filter(public_id=wanted).first():
        return Place(Level.BRAND, wanted, brand.name)
    if group := CustomerGroup.objects.filter(public_id=wanted).first():
        return Place(Level.GROUP, wanted, group.name)
    customer = Customer.objects.filter(public_id=wanted).first()
    if customer is None:
        raise Http404
    return Place(Level.CUSTOMER, wanted, customer.name, customer.pk)


def listed(area: str) -> list[Feature]:
    """The features of an area, in their order."""
    return sorted((f for f in declared().values() if f.area == area), key=lambda f: (f.order, f.key))


def may_set(request: HttpRequest) -> bool:
    """Whether the reader sets features; others see them."""
    return isinstance(request.user, User) and request.user.staff_role == StaffRole.ADMINISTRATOR


def switches(request: HttpRequest, features: Sequence[Feature], place: Place) -> Switches:
    """These features as they are effective for `place`, each with its switch or value for who may set it."""
    effective = {each.feature.key: each for each in values(scope_at(place.level, place.scope_id))}
    entries = []
    for each in features:
        found, where = effective[each.key].value, effective[each.key].level
        entries.append(
            Entry(
                each,
                to_text(each.type, found),
                str(where) if where else "default",
                found if isinstance(found, bool) else None,
                [str(choice) for choice in each.type.schema().get("enum", ())],
                reverse("staff-customers:feature", args=[each.key]),
                reverse("staff-customers:change-feature", args=[each.key]),
                where == place.level,
                place.level in each.levels,
            )
        )
    return Switches(f"For {place.name}", entries, place.scope_id, may_set(request))


@staff_page()
def billing(request: HttpRequest) -> HttpResponseBase:
    """The billing settings, for whom the address says."""
    place = place_of(request.GET.get("for", ""))
    page = Page(
        "Feature configuration, billing",
        about=f"As it is effective now for {place.name}. A change counts at once in both portals and the API.",
        parts=[switches(request, listed(BILLING), place)],
    )
    brands = Brand.objects.order_by("name")[:BRANDS_SHOWN]
    choices = [("Whole installation", ""), *((b.name, b.public_id) for b in brands)]
    return show(request, page, choices=choices, chosen=place.scope_id, template="customers/staff_features.html")


def reached(key: str, place: Place) -> QuerySet[Customer]:
    """The customers for whom a value of the feature set for `place` counts now: those without a nearer one."""
    rows = Customer.objects.all()
    if place.level is Level.BRAND:
        rows = rows.filter(brand__public_id=place.scope_id)
    elif place.level is Level.GROUP:
        rows = rows.filter(group__public_id=place.scope_id)
    elif place.level is Level.CUSTOMER:
        rows = rows.filter(public_id=place.scope_id)
    levels = list(Level)
    nearer = {
        level: [name for at, name in own_values(key, clock.now()) if at is level]
        for level in levels[levels.index(place.level) + 1 :]
    }
    rows = rows.exclude(public_id__in=nearer.get(Level.CUSTOMER, ()))
    # A customer without a group has no group's value.
    in_group = nearer.get(Level.GROUP, ())
    rows = rows.exclude(group__isnull=False, group__public_id__in=in_group) if in_group else rows
    return rows.exclude(brand__public_id__in=nearer.get(Level.BRAND, ()))


@staff_page(StaffRole.ADMINISTRATOR)
def change(request: HttpRequest, key: str) -> HttpResponseBase:
    """What a change of a feature would do; a post of it makes it."""
    known = declared().get(key)
    if known is None:
        raise Http404
    given = request.POST if request.method == "POST" else request.GET
    place = place_of(given.get("for", ""))
    page = "billing" if known.area == BILLING else "features"
    back = reverse(f"staff-customers:{page}") + (f"?for={place.scope_id}" if place.scope_id else "")
    text = given.get("value", "")
    try:
        check_level(known, place.level)
        typed = known.type.read(from_text(known.type, text), key) if text else None
        if request.method == "POST":
            written = None if typed is None else known.type.write(typed)
            set_value(
                key, written, level=place.level, scope_id=place.scope_id, actor=actor_of(request), door="staff",
                customer_id=place.customer_id,
            )  # fmt: skip
            messages.success(request, f"{known.title}: {to_text(known.type, typed) if text else 'taken back'}.")
            return redirect(back)
    except TollbookError as error:
        messages.error(request, error.message)
        return redirect(back)
    return show(request, _preview(known, typed, text, place, back))


def _preview(known: Feature, typed: Any, text: str, place: Place, back: str) -> Page:
    at = clock.now()
    scope = scope_at(place.level, place.scope_id)
    now = value(known.key, scope, at)
    then = resolve((known.key,), scope, at, (known.key, place.level, place.scope_id, typed))[known.key]
    found = clashes(known.key, typed, place.level, place.scope_id, at)
    nobody = known.new_only or then == now
    rows = Customer.objects.none() if nobody else reached(known.key, place)
    count = rows.count()
    told = "It is asked when a customer is added: nobody who is there is touched." if known.new_only else ""
    parts: list[Part] = [
        Facts(
            "What changes",
            [
                fact("Setting", known.title, note=known.key),
                fact("For", place.name),
                fact("Now", to_text(known.type, now)),
                fact("Then", to_text(known.type, then)),
                fact("Customers affected", count, "quantity", note=told),
                fact("Has no effect without", known.waits_for or "nothing, it acts at once"),
            ],
            wide=True,
        ),
        *_words(found),
        Rows(
            "Who is affected",
            [
                Column("Customer", lambda c: c.name, href=lambda c: page_of(c.public_id)),
                Column("Brand", lambda c: c.brand.name),
                Column("Now", lambda _c: to_text(known.type, now)),
                Column("Then", lambda _c: to_text(known.type, then)),
            ],
            rows.select_related("brand").order_by("name", "pk")[:SHOWN],
            "Nobody.",
            note=f"The first {SHOWN} of {count}." if count > SHOWN else "",
        ),
        Confirm(
            "Set it",
            reverse("staff-customers:change-feature", args=[known.key]),
            place.scope_id,
            text,
            any(clash.answer is Answer.REFUSE for clash in found),
        ),
    ]
    crumbs = (("Feature configuration", back),)
    return Page(f"Change {known.title}", crumbs=crumbs, parts=parts)


def _words(found: Sequence[Clash]) -> list[Part]:
    refused = [clash.message for clash in found if clash.answer is Answer.REFUSE]
    warned = [clash.message for clash in found if clash.answer is Answer.WARN]
    parts: list[Part] = []
    if refused:
        parts.append(Words("It cannot be set", refused, wide=True))
    if warned:
        parts.append(Words("What to know before", warned, wide=True))
    return parts


def actor_of(request: HttpRequest) -> str:
    """Who acts, for the history."""
    return request.user.email if isinstance(request.user, User) else ""
