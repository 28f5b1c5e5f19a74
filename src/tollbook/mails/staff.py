"""Mails for staff: what was sent and what was not, and the texts of brands."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from tollbook.brands.models import Brand
from tollbook.customers.models import Customer
from tollbook.identity.access import staff_page
from tollbook.identity.models import StaffRole, User
from tollbook.kernel.errors import NotFound
from tollbook.mails import actions, queries
from tollbook.mails.kinds import KINDS
from tollbook.mails.models import BrandText, Mail
from tollbook.mails.rendering import Letter, drawn, known_values
from tollbook.mails.rules import State, Text
from tollbook.mails.sending import send_test
from tollbook.mails.texts import LANGUAGES
from tollbook.web.forms import Field, Form, acted
from tollbook.web.menu import MenuEntry
from tollbook.web.middleware import POLICY
from tollbook.web.parts import Facts, Page, Part, Rows, Words, fact, listing, show
from tollbook.web.sockets import Adds, page_of
from tollbook.web.tables import Column, Filter, Table

WRITERS = (StaffRole.ADMINISTRATOR,)
SENDERS = (StaffRole.ADMINISTRATOR, StaffRole.SUPPORT, StaffRole.BILLING)
MENU = [MenuEntry("Mails", "staff-mails:list", "envelope", 76, "Installation")]
PAGES = {"eml": "staff-mails:page"}
SHOWN = 10
#: The page about a text may frame its preview, and the preview may have the styles that mails have; nothing else.
FRAMING = f"{POLICY}; frame-src 'self'"
FRAMED = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"


@dataclass(frozen=True, slots=True)
class Frame:
    """Another page of ours in a frame without any rights."""

    template: ClassVar[str] = "mails/frame.html"
    title: str
    src: str
    wide: bool = False


def _href(mail: Mail) -> str:
    return reverse("staff-mails:page", args=[mail.public_id])


_COLUMNS = [
    Column("To", lambda m: m.address, sort="address", href=_href, note=lambda m: m.name),
    Column("About", lambda m: m.subject or KINDS[m.fact.kind].title, note=lambda m: m.fact.kind),
    Column("Customer", lambda m: m.customer.name, href=lambda m: page_of(m.customer.public_id)),
    Column("State", lambda m: m.state, "state", sort="state", note=lambda m: m.note),
    Column("Made", lambda m: m.created_at, "instant", sort="created_at"),
]
MAILS = Table(
    "mails",
    _COLUMNS,
    order="-created_at",
    search=("address", "subject", "customer__name", "public_id"),
    filters=(
        Filter(
            "state",
            "State",
            (
                ("unsent", "Not sent", Q(state__in=[State.FAILED, State.NOT_SENT])),
                ("open", "On its way", Q(state__in=[State.WAITING, State.SENDING])),
                ("sent", "Sent", Q(state=State.SENT)),
            ),
        ),
    ),
    empty_title="No mails yet",
    empty_text="They are written when something happens that somebody is to know.",
)


def _actor(request: HttpRequest) -> str:
    return request.user.email if isinstance(request.user, User) else ""


def _may(request: HttpRequest, *roles: StaffRole) -> bool:
    return isinstance(request.user, User) and request.user.staff_role in roles


@staff_page()
def mails(request: HttpRequest) -> HttpResponseBase:
    """Every mail, also those that were not sent."""
    about = "What people are told. What was not sent says why, and can be sent again."
    return listing(request, MAILS, queries.mails(), Page("Mails", about=about))


@staff_page()
def page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One mail as it was sent, or why it was not."""
    try:
        found = queries.mail(public_id)
    except NotFound:
        raise Http404 from None
    parts: list[Part] = [
        Facts(
            "Mail",
            [
                fact("To", found.address, note=found.name),
                fact("Customer", found.customer.name, href=page_of(found.customer.public_id)),
                fact("Brand", found.brand.name, href=page_of(found.brand.public_id)),
                fact("About", found.fact.object_id, "mono", href=page_of(found.fact.object_id), note=found.fact.kind),
                fact("Attempts", found.attempts, "quantity", note=found.note),
                fact("Made", found.created_at, "instant"),
                fact("Ended", found.ended_at, "instant"),
            ],
        ),
        Words("Text", [line for line in found.body.splitlines() if line.strip()], wide=True),
    ]
    if found.state in (State.FAILED, State.NOT_SENT) and _may(request, *SENDERS):
        to = reverse("staff-mails:again", args=[public_id])
        parts.append(Form("Send again", to, [], "Send it again", "With all its attempts."))
    crumbs = (("Mails", reverse("staff-mails:list")),)
    title = found.subject or KINDS[found.fact.kind].title
    return show(request, Page(title, str(found.state), found.note, crumbs, parts, public_id))


@require_POST
@staff_page(*SENDERS)
def again(request: HttpRequest, public_id: str) -> HttpResponse:
    """Send a mail again that was not sent."""
    back = reverse("staff-mails:page", args=[public_id])
    return acted(
        request,
        lambda: actions.send_again(public_id, actor=_actor(request), door="staff"),
        "It waits to be sent.",
        back,
    )


def _checked(kind: str, language: str) -> None:
    if kind not in KINDS or language not in LANGUAGES:
        raise Http404


def _letter(brand: Brand, kind: str, language: str) -> Letter:
    values = {**known_values(kind), "brand": brand.name}
    return drawn(brand, queries.text_of(brand, kind, language), values, language)


@staff_page()
def text(request: HttpRequest, brand: str, language: str, kind: str) -> HttpResponseBase:
    """A brand's text for a kind of mail: how it looks, and another one for who may write it."""
    _checked(kind, language)
    whose = get_object_or_404(Brand, public_id=brand)
    found, shown = queries.text_of(whose, kind, language), _letter(whose, kind, language)

    def to(name: str) -> str:
        return reverse(f"staff-mails:text-{name}", args=[brand, language, kind])

    parts: list[Part] = [Frame("As HTML", to("preview")), Words("As text", shown.text.splitlines())]
    if _may(request, *WRITERS):
        names = ", ".join(f"{{{name}}}" for name in sorted(known_values(kind)))
        fields = [
            Field("subject", "Subject", value=found.subject),
            Field("body", "Text", "lines", found.body, help=f"Empty lines divide paragraphs. Known: {names}"),
            Field("button", "Word on the link", value=found.button, required=False),
        ]
        parts.append(Form("Write another", to("write"), fields, "Save", wide=True))
        parts.append(Form("Test", to("test"), [], f"Send it to {_actor(request)}"))
        if BrandText.objects.filter(brand=whose, kind=kind, language=language).exists():
            parts.append(Form("As it came", to("forget"), [], "Use the text that comes with Tollbook"))
    crumbs = (("Brands", reverse("staff-brands:list")), (whose.name, reverse("staff-brands:page", args=[brand])))
    about = f"{shown.subject} ({language})"
    response = show(request, Page(KINDS[kind].title, about=about, crumbs=crumbs, parts=parts))
    response.headers["Content-Security-Policy"] = FRAMING
    return response


@staff_page()
def preview(request: HttpRequest, brand: str, language: str, kind: str) -> HttpResponse:
    """The HTML of a mail with example values, without any rights."""
    _checked(kind, language)
    shown = _letter(get_object_or_404(Brand, public_id=brand), kind, language)
    return HttpResponse(shown.html, headers={"Content-Security-Policy": FRAMED})


@require_POST
@staff_page(*WRITERS)
def act(request: HttpRequest, brand: str, language: str, kind: str, name: str) -> HttpResponse:
    """Write, forget or try a text."""
    _checked(kind, language)
    whose = get_object_or_404(Brand, public_id=brand)
    given = Text(*(request.POST.get(field, "") for field in ("subject", "body", "button")))
    by = {"actor": _actor(request), "door": "staff"}
    acts = {
        "write": (lambda: actions.write(whose, kind, language, given, **by), "The text is saved."),
        "forget": (lambda: actions.forget(whose, kind, language, **by), "The text that comes with Tollbook is used."),
        "test": (lambda: send_test(whose, _letter(whose, kind, language), _actor(request)), "A test was sent."),
    }
    do, done = acts[name]
    return acted(request, do, done, reverse("staff-mails:text", args=[brand, language, kind]))


def _of_brand(found: Brand) -> Iterable[Part]:
    own = set(BrandText.objects.filter(brand=found).values_list("kind", "language"))
    rows = [(kind, language, (kind.kind, language) in own) for kind in KINDS.values() for language in LANGUAGES]
    columns = [
        Column(
            "Mail",
            lambda row: row[0].title,
            href=lambda row: reverse("staff-mails:text", args=[found.public_id, row[1], row[0].kind]),
        ),
        Column("Language", lambda row: row[1]),
        Column("Text", lambda row: "its own" if row[2] else "as it comes"),
        Column("To", lambda row: ", ".join(row[0].roles), note=lambda row: "mandatory" if row[0].mandatory else ""),
    ]
    yield Rows("Mails", columns, rows)


def _of_customer(found: Customer) -> Iterable[Part]:
    rows = list(queries.mails().filter(customer=found)[:SHOWN])
    if rows:
        yield Rows("Latest mails", [column for column in _COLUMNS if column.label != "Customer"], rows)


PARTS = [Adds("brand", 84, _of_brand), Adds("customer", 94, _of_customer)]
_TEXT = "mails/texts/<str:brand>/<str:language>/<str:kind>"
urls: list[URLPattern] = [
    path("mails/", mails, name="list"),
    path("mails/<str:public_id>/", page, name="page"),
    path("mails/<str:public_id>/again/", again, name="again"),
    path(f"{_TEXT}/", text, name="text"),
    path(f"{_TEXT}/preview/", preview, name="text-preview"),
    *(path(f"{_TEXT}/{name}/", act, {"name": name}, name=f"text-{name}") for name in ("write", "forget", "test")),
]
