"""Policies: where something is said, what counts there and where that comes from, and saying something else."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Max
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from tollbook.brands.models import Brand
from tollbook.dunning.models import PolicyValue
from tollbook.dunning.policies import Policies, clashes, history, load, name_of, place_of, say, subject_at
from tollbook.dunning.policy import FIELDS, Level, Place
from tollbook.dunning.policy_text import as_text, from_text
from tollbook.identity.access import staff_page
from tollbook.identity.models import StaffRole
from tollbook.kernel.errors import Invalid, NotFound, Refused, TollbookError
from tollbook.payments.staff.forms import by_of
from tollbook.subscriptions.models import Subscription
from tollbook.web.parts import Facts, Page, Part, Rows, fact, show
from tollbook.web.tables import Column

#: Who says what follows when nobody pays.
SAYERS = (StaffRole.BILLING, StaffRole.ADMINISTRATOR)
SHOWN = 50
_NAMES = {Level.SERVICE: "service (subscription)"}


@dataclass(frozen=True, slots=True)
class Row:
    """A field as the page shows it: what counts, where that is said, and what was just typed (empty: inherited)."""

    key: str
    title: str
    help: str
    value: str
    source: str
    own: str
    changed: bool = False


def href(public_id: str) -> str:
    """The policy page of a place."""
    return reverse("staff-dunning:policy", args=[public_id])


_PLACES = [
    Column("Where", lambda p: name_of(*p["place"]), href=lambda p: href(p["place"][1]), note=lambda p: p["place"][1]),
    Column("Level", lambda p: _level(p["place"][0])),
    Column("Fields said", lambda p: p["fields"], "quantity"),
    Column("Last changed", lambda p: p["last"], "instant"),
]
_FIELDS = [
    Column("Field", lambda r: r.title, note=lambda r: r.help),
    Column("Counts", lambda r: r.value, note=lambda r: "changed" if r.changed else ""),
    Column("From", lambda r: r.source),
]
_HISTORY = [
    Column("When", lambda v: v.created_at, "instant"),
    Column("Field", lambda v: FIELDS[v.field].title if v.field in FIELDS else v.field),
    Column("Said", lambda v: "inherited again" if v.value is None else _said(v)),
    Column("By", lambda v: v.said_by),
]


def _said(row: PolicyValue) -> str:
    field = FIELDS.get(row.field)
    return as_text(field, field.type.read(row.value, row.field)) if field else str(row.value)


def _level(level: Level) -> str:
    return _NAMES.get(level, str(level))


@staff_page()
def index(request: HttpRequest) -> HttpResponseBase:
    """Every place where something is said, and the way to any other one by its id."""
    asked, refusal = request.GET.get("id", "").strip(), ""
    if asked:
        try:
            return redirect(href(place_of(asked)[1]))
        except NotFound as error:
            refusal = error.message
    counts: dict[Place, int] = {}
    for level, name, _ in load().said:
        counts[level, name] = counts.get((level, name), 0) + 1
    last = dict(PolicyValue.objects.order_by().values_list("scope_id").annotate(last=Max("created_at")))
    found = [{"place": place, "fields": n, "last": last.get(place[1])} for place, n in sorted(counts.items())]
    brands: list[Place] = [(Level.BRAND, brand.public_id) for brand in Brand.objects.order_by("name")]
    found = [{"place": p, "fields": 0, "last": None} for p in brands if p not in counts] + found
    about = "What follows when an invoice is not paid: said for a brand, and otherwise for groups, products, customers "
    page = Page(
        "Dunning policies",
        about=about + "and single services. Each field is inherited by itself.",
        crumbs=(("Dunning", reverse("staff-dunning:list")),),
        parts=[Rows("Where something is said", _PLACES, found)],
    )
    return show(request, page, template="dunning/staff_policies.html", refusal=refusal, asked=asked)


@staff_page()
def page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The policy of a place; with a form for who may change it: first what would count, then it is said."""
    try:
        level, name = place_of(public_id)
    except NotFound:
        raise Http404 from None
    may, policies = getattr(request.user, "staff_role", None) in SAYERS, load()
    problems: list[str] = []
    typed = {key: _own(policies, level, name, key) for key in FIELDS}
    shown = policies
    if request.method == "POST" and may:
        typed = {key: str(request.POST.get(key, "")).strip() for key in FIELDS}
        changes, problems = _changes(typed)
        if not problems and request.POST.get("act") == "save":
            problems = _save(request, level, name, changes)
            if not problems:
                return redirect(href(public_id))
        elif not problems:
            shown = _with(policies, level, name, changes)
            brand = subject_at(level, name).brand
            problems = [str(each.reason) for each in clashes(shown.said, brand, (level, name))]
    rows = _rows(shown, policies, level, name, typed)
    parts: list[Part] = [
        Rows("What counts", _FIELDS, rows, note="As it would be." if shown is not policies else ""),
        Rows("What was said here", _HISTORY, history(level, name)[:SHOWN], "Nothing yet: everything is inherited."),
    ]
    crumbs = (("Dunning", reverse("staff-dunning:list")), ("Policies", reverse("staff-dunning:policies")))
    title = f"Policy of {name_of(level, name)}"
    shown_page = Page(title, about=f"Said for this {_level(level)}.", crumbs=crumbs, parts=parts, code=name)
    context: dict[str, Any] = {"rows": rows, "may": may, "problems": problems, "previewed": shown is not policies}
    return show(request, shown_page, template="dunning/staff_policy.html", **context)


def _own(policies: Policies, level: Level, name: str, key: str) -> str:
    value = policies.said.get((level, name, key))
    return "" if value is None else as_text(FIELDS[key], FIELDS[key].type.read(value, key))


def _changes(typed: dict[str, str]) -> tuple[dict[str, Any], list[str]]:
    changes, problems = {}, []
    for key, text in typed.items():
        try:
            changes[key] = from_text(key, text)
        except Refused as error:
            problems.append(f"{FIELDS[key].title}: {error.message}")
    return changes, problems


def _save(request: HttpRequest, level: Level, name: str, changes: dict[str, Any]) -> list[str]:
    by = by_of(request)
    try:
        made = say(level, name, changes, actor=by.actor, door=by.door)
    except Invalid as error:
        return [problem.reason for problem in error.problems]
    except TollbookError as error:
        return [error.message]
    messages.success(request, "It is said, and counts from now on." if made else "Nothing has changed.")
    return []


def _with(policies: Policies, level: Level, name: str, changes: dict[str, Any]) -> Policies:
    said = {place: value for place, value in policies.said.items() if place[:2] != (level, name)}
    return Policies(said | {(level, name, key): value for key, value in changes.items() if value is not None})


def _rows(shown: Policies, before: Policies, level: Level, name: str, typed: dict[str, str]) -> list[Row]:
    subject = subject_at(level, name)
    now, then = shown.fields(subject), before.fields(subject)
    return [
        Row(
            key, each.field.title, each.field.help, as_text(each.field, each.value), _source(each.place, (level, name)),
            typed[key], changed=each.value != then[key].value,
        )
        for key, each in now.items()
    ]  # fmt: skip


def _source(place: Place | None, here: Place) -> str:
    if place is None:
        return "default"
    return "here" if place == here else f"{_level(place[0])}: {name_of(*place)}"


def of_subscription(subscription: Subscription) -> Iterable[Part]:
    """On a subscription's page: when it would be stopped and ended, and its policy."""
    found = load().fields(subject_at(Level.SERVICE, subscription.public_id))
    yield Facts(
        "When it is not paid",
        [
            fact(
                found[key].field.title,
                as_text(found[key].field, found[key].value),
                note=_source(found[key].place, here),
            )
            for here in [(Level.SERVICE, subscription.public_id)]
            for key in ("suspend_after", "terminate_after")
        ],
        links=(("Dunning policy", href(subscription.public_id)),),
    )
