"""Staff pages about promotions: what is given, making and withdrawing it, and who redeemed it."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse

from tollbook.base import clock
from tollbook.brands.models import Brand
from tollbook.catalog.models import Plan
from tollbook.identity.access import staff_page
from tollbook.identity.audit import record
from tollbook.identity.models import StaffRole, User
from tollbook.kernel.errors import Refused
from tollbook.kernel.numbers import parse_decimal
from tollbook.kernel.times import parse_day, zone_info
from tollbook.promotions.actions import NewPromotion, create, withdraw
from tollbook.promotions.models import Promotion, Redemption
from tollbook.promotions.queries import gives, of_subscription, prefix_of
from tollbook.promotions.rules import CODE_LIMIT, Audience, Kind, Reach, Stacks
from tollbook.subscriptions.models import Subscription
from tollbook.web.menu import MenuEntry
from tollbook.web.parts import Facts, Listing, Page, Part, Rows, fact, show
from tollbook.web.sockets import Adds, Finder, Found, page_of, parts_of
from tollbook.web.tables import Column, Filter, Table

MAKERS = (StaffRole.ADMINISTRATOR, StaffRole.BILLING)
MENU = [MenuEntry("Promotions", "staff-promotions:list", "tag", 25)]
PAGES = {"prm": "staff-promotions:page"}


def _href(found: Promotion) -> str:
    return reverse("staff-promotions:page", args=[found.public_id])


def _state(found: Promotion) -> str:
    now = clock.now()
    if found.withdrawn_at is not None:
        return "withdrawn"
    if now < found.valid_from:
        return "planned"
    return "over" if found.valid_to is not None and found.valid_to <= now else "active"


def _times(number: int | None) -> str:
    return "without limit" if number is None else f"at most {number}"


PROMOTIONS = Table(
    "promotions",
    [
        Column("Code", lambda p: p.code, sort="code", href=_href, note=lambda p: p.name),
        Column("Gives", gives),
        Column("State", _state, "state"),
        Column("For", lambda p: p.get_audience_display()),
        Column("From", lambda p: p.valid_from, "day", sort="valid_from"),
        Column("Until", lambda p: p.valid_to, "day", sort="valid_to"),
        Column("Redeemed", lambda p: p.redeemed, "quantity", sort="redeemed", note=lambda p: _times(p.limit_total)),
        Column("Brand", lambda p: p.brand.name, sort="brand__name", href=lambda p: page_of(p.brand.public_id)),
    ],
    order="-valid_from",
    search=("code", "name", "public_id"),
    filters=(
        Filter("kind", "Kind", tuple((k.value, str(k.label).capitalize(), Q(kind=k.value)) for k in Promotion.Kind)),
        Filter(
            "state",
            "State",
            (("given", "Not withdrawn", Q(withdrawn_at=None)), ("withdrawn", "Withdrawn", ~Q(withdrawn_at=None))),
        ),
    ),
    empty_title="No promotions yet",
    empty_text="A promotion is a code that lowers what a subscription costs, for some periods or for ever.",
)
_OF_SUBSCRIPTION = [
    Column("Code", lambda r: r.promotion.code, href=lambda r: _href(r.promotion), note=lambda r: gives(r.promotion)),
    Column("Counts from", lambda r: r.counts_from, "instant"),
    Column("Until", lambda r: r.counts_until, "instant"),
    Column("Redeemed", lambda r: r.redeemed_at, "instant", note=lambda r: r.redeemed_by),
]
REDEMPTIONS = Table(
    "redemptions",
    [
        Column("Number", lambda r: r.number, "quantity", sort="number"),
        Column(
            "Customer", lambda r: r.customer.name, sort="customer__name", href=lambda r: page_of(r.customer.public_id)
        ),
        Column(
            "Subscription",
            lambda r: r.subscription.version.plan.name if r.subscription else "whole invoices",
            href=lambda r: page_of(r.subscription.public_id) if r.subscription else "",
        ),
        Column("Counts from", lambda r: r.counts_from, "instant", sort="counts_from"),
        Column("Until", lambda r: r.counts_until, "instant", sort="counts_until"),
        Column("Redeemed", lambda r: r.redeemed_at, "instant", sort="redeemed_at", note=lambda r: r.redeemed_by),
        Column("Id", lambda r: r.public_id, "mono"),
    ],
    order="-number",
    search=("public_id", "customer__name", "subscription__public_id"),
    empty_title="Nobody has redeemed it yet",
)


@staff_page()
def promotions(request: HttpRequest) -> HttpResponseBase:
    """Every promotion."""
    rows = Promotion.objects.select_related("brand").annotate(redeemed=Count("redemptions"))
    if request.GET.get("export") == "csv":
        return PROMOTIONS.export(request, rows)
    about = "Codes that lower what a subscription costs. One never changes; it can be given no more."
    shown = Page("Promotions", about=about, parts=[Listing("Promotions", PROMOTIONS.page(request, rows))])
    return show(request, shown, template="promotions/staff_list.html", brands=_makes_for(request))


@staff_page()
def promotion(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One promotion: what it gives, to whom, and who redeemed it."""
    found = get_object_or_404(Promotion.objects.select_related("brand"), public_id=public_id)
    rows = Redemption.objects.filter(promotion=found).select_related("customer", "subscription__version__plan")
    if request.GET.get("export") == "csv":
        return REDEMPTIONS.export(request, rows)
    parts: list[Part] = [
        Facts(
            "What it gives",
            [
                fact("Name", found.name),
                fact("Gives", gives(found)),
                fact("Taken off", found.get_scope_display()),
                fact("With others", found.get_stacks_display()),
                fact("Brand", found.brand.name, href=page_of(found.brand.public_id)),
            ],
        ),
        Facts("To whom", _whom(found)),
        *parts_of("promotion", found),
        Listing("Redemptions", REDEMPTIONS.page(request, rows)),
    ]
    crumbs = (("Promotions", reverse("staff-promotions:list")),)
    page = Page(found.code, _state(found), found.name, crumbs, parts, public_id)
    address = reverse("staff-promotions:withdraw", args=[public_id])
    action = address if _may(request) and found.withdrawn_at is None else ""
    return show(request, page, template="promotions/staff_page.html", action=action)


def _whom(found: Promotion) -> list[Any]:
    targets = found.targets.select_related("product", "plan")
    names = sorted(str(target.product or target.plan) for target in targets)
    return [
        fact("For", found.get_audience_display()),
        fact("Products and plans", ", ".join(names) or "all"),
        fact("Periods of", f"{', '.join(map(str, found.months))} months" if found.months else "any length"),
        fact("Redeemed from", found.valid_from, "instant"),
        fact("Until", found.valid_to, "instant"),
        fact("Withdrawn", found.withdrawn_at, "instant"),
        fact("In all", _times(found.limit_total)),
        fact("By one customer", _times(found.limit_customer)),
    ]


def _makes_for(request: HttpRequest) -> list[Brand]:
    """The brands for which the reader may make a promotion."""
    return list(Brand.objects.order_by("name")) if _may(request) else []


def _may(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.staff_role in MAKERS


@staff_page(*MAKERS)
def withdraw_promotion(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Give a promotion no more."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    found = get_object_or_404(Promotion, public_id=public_id)
    with transaction.atomic():
        withdraw(found.public_id)
        record("promotion.withdraw", public_id, actor=str(request.user), door="staff")
    return redirect(_href(found))


@staff_page(*MAKERS)
def new_promotion(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Make a promotion of a brand."""
    brand = get_object_or_404(Brand, public_id=public_id)
    refusal = ""
    if request.method == "POST":
        try:
            with transaction.atomic():
                made = create(brand, _asked(request, brand))
                detail = {"code": made.code, "gives": gives(made)}
                record("promotion.add", made.public_id, actor=str(request.user), door="staff", detail=detail)
            return redirect(_href(made))
        except Refused as refused:
            refusal = refused.message
    crumbs = (("Promotions", reverse("staff-promotions:list")),)
    about = f"Of {brand.name}. It never changes once it is made; it can be given no more."
    page = Page("New promotion", about=about, crumbs=crumbs)
    return show(request, page, template="promotions/staff_new.html", refusal=refusal, **_choices(request, brand))


def _choices(request: HttpRequest, brand: Brand) -> dict[str, Any]:
    plans = Plan.objects.filter(product__brand=brand).select_related("product").order_by("product__name", "name")
    return {
        "prefix": prefix_of(brand),
        "currency": brand.currency,
        "kinds": [(k.value, str(k.label)) for k in Promotion.Kind],
        "scopes": [(s.value, str(s.label)) for s in Promotion.Scope],
        "stackings": [(s.value, str(s.label)) for s in Promotion.Stacks],
        "audiences": [(a.value, str(a.label)) for a in Promotion.Audience],
        "plans": [(plan.public_id, f"{plan.product.name}: {plan.name}") for plan in plans],
        "chosen": request.POST.getlist("plans"),
        "given": request.POST,
        "most": CODE_LIMIT,
    }


def _asked(request: HttpRequest, brand: Brand) -> NewPromotion:
    """The promotion that the form asks for; Refused with the kernel's codes for what is no number or day."""
    given = {name: str(request.POST.get(name, "")).strip() for name in request.POST}
    kind = _word(Kind, given, "kind")
    money = kind in (Kind.AMOUNT, Kind.PRICE)
    return NewPromotion(
        code=given.get("code", ""),
        name=given.get("name", ""),
        kind=kind,
        value=parse_decimal(given["value"], "value") if given.get("value") else Decimal(0),
        currency=(given.get("currency") or brand.currency).upper() if money else "",
        scope=_word(Reach, given, "scope") if given.get("scope") else Reach.LINES,
        cycles=_whole(given, "cycles"),
        use=given.get("use") == "yes",
        stacks=_word(Stacks, given, "stacks"),
        audience=_word(Audience, given, "audience"),
        plans=_plans(request.POST.getlist("plans")),
        valid_from=_midnight(given, "valid_from", brand),
        valid_to=_midnight(given, "valid_to", brand),
        limit_total=_whole(given, "limit_total"),
        limit_customer=_whole(given, "limit_customer"),
    )


def _plans(wanted: list[str]) -> list[Plan]:
    """The plans with these public ids; 404 for one that is none: without it the promotion might be for all."""
    return [get_object_or_404(Plan.objects.select_related("product"), public_id=each) for each in wanted]


def _word(kind: Any, given: dict[str, str], field: str) -> Any:
    if given.get(field) not in set(kind):
        message = f"{field} {given.get(field, '')!r}: give one of {', '.join(kind)}"
        raise Refused("unknown_choice", message, param=field)
    return kind(given[field])


def _whole(given: dict[str, str], field: str) -> int | None:
    if not given.get(field):
        return None
    return int(parse_decimal(given[field], field, digits=9, places=0))


def _midnight(given: dict[str, str], field: str, brand: Brand) -> datetime | None:
    """The beginning of a day where the brand is."""
    if not given.get(field):
        return None
    day = parse_day(given[field], field)
    return datetime(day.year, day.month, day.day, tzinfo=zone_info(brand.zone))


def _of_subscription(subscription: Subscription) -> Iterable[Part]:
    rows = list(of_subscription(subscription))
    if rows:
        note = "A promotion counts for periods that begin in its time, or for whole invoices."
        yield Rows("Promotions", _OF_SUBSCRIPTION, rows, note=note)


def _find(text: str, limit: int) -> list[Found]:
    match = Q(code__icontains=text) | Q(name__icontains=text) | Q(public_id=text)
    rows = Promotion.objects.filter(match).order_by(F("code"), "pk")
    return [Found(p.code, gives(p), _href(p), _state(p)) for p in rows[:limit]]


PARTS = [Adds("subscription", 15, _of_subscription)]
FINDERS = [Finder("Promotions", 45, _find)]
urls = [
    path("promotions/", promotions, name="list"),
    path("promotions/new/<str:public_id>/", new_promotion, name="new"),
    path("promotions/<str:public_id>/", promotion, name="page"),
    path("promotions/<str:public_id>/withdraw/", withdraw_promotion, name="withdraw"),
]
