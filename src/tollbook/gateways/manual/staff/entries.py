"""The list of bank entries, noting a transfer, and one entry: whose it is."""

from datetime import date
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from tollbook.base import clock
from tollbook.brands.models import Brand
from tollbook.customers.models import Customer
from tollbook.customers.queries import by_public_id as customer_of
from tollbook.gateways.manual import actions, queries
from tollbook.gateways.manual.models import Entry
from tollbook.gateways.manual.rules import suggestions
from tollbook.gateways.manual.staff.imports import import_form
from tollbook.identity.access import staff_page
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.queries import by_label
from tollbook.kernel.errors import NotFound
from tollbook.kernel.money import Money, check_currency
from tollbook.kernel.numbers import parse_decimal
from tollbook.kernel.times import parse_day
from tollbook.payments.staff.forms import MONEY, Field, Form, acted, by_of, may_act
from tollbook.web.parts import Facts, Page, Part, Rows, fact, listing, show
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column, Filter, Table


def _href(entry: Entry) -> str:
    return reverse("staff-gateway_manual:page", args=[entry.public_id])


ENTRIES = Table(
    "bank-entries",
    [
        Column("Booked", lambda e: e.booked_on, "day", sort="booked_on", href=_href),
        Column("State", lambda e: e.state, "state", sort="state", note=lambda e: e.note),
        Column("Amount", lambda e: Money(e.amount, e.currency), "money", sort="amount"),
        Column("Payer", lambda e: e.payer, sort="payer", note=lambda e: e.payer_account),
        Column("Text", lambda e: e.text),
        Column("Payment", lambda e: e.payment.public_id if e.payment else "", "mono",
               href=lambda e: page_of(e.payment.public_id) if e.payment else ""),
    ],
    order="-booked_on",
    search=("payer", "text", "reference", "public_id"),
    filters=(Filter("state", "State", tuple(
        (value, label.capitalize(), queries.in_state(value)) for value, label in Entry.State.choices)),),
    empty_title="No bank entries yet",
    empty_text="They come with statements, or when a transfer is noted.",
)  # fmt: skip


@staff_page()
def entries(request: HttpRequest) -> HttpResponseBase:
    """Every entry; above it, importing a statement and noting a transfer."""
    brands = [(b.public_id, b.name) for b in Brand.objects.exclude(iban="").order_by("name")]
    before: list[Part] = [import_form(brands), _note_form()] if brands and may_act(request) else []
    page = Page("Bank entries", about="Money that came by bank transfer.", parts=())
    rows = Entry.objects.select_related("payment")
    return listing(request, ENTRIES, rows, page, before=before)


def _note_form() -> Form:
    fields = [
        Field("customer", "Customer (id)"),
        Field("invoice", "Invoice number, if it names one", required=False),
        Field("amount", "Amount", "number", step="any"),
        Field("currency", "Currency", value="EUR"),
        Field("reference", "The bank's reference"),
        Field("booked_on", "Booked on", "date", clock.now().date().isoformat()),
    ]
    return Form("Note a transfer", reverse("staff-gateway_manual:do", args=["note"]), fields, "Note it")


def note(request: HttpRequest) -> HttpResponse:
    """Note a transfer before its statement comes."""
    told = request.POST

    def act() -> object:
        customer = customer_of(told.get("customer", "").strip())
        currency = check_currency(told.get("currency", "").strip().upper())
        money = Money(parse_decimal(told.get("amount", "").strip(), "amount"), currency)
        day: date = parse_day(told.get("booked_on", ""), "booked_on")
        invoice = _invoice(told.get("invoice", ""))
        return actions.note_transfer(
            customer, money, told.get("reference", ""), day, invoice=invoice, by=by_of(request)
        )

    return acted(request, act, "The transfer is noted.", reverse("staff-gateway_manual:list"))


def _invoice(label: str) -> Invoice | None:
    if not label.strip():
        return None
    found = by_label(label.strip())
    if found is None:
        raise NotFound("invoice_not_found", f"invoice {label.strip()}: there is none of that number", param="invoice")
    return found


@require_GET
@staff_page()
def entry(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One entry: what the bank told, whose it may be, and assigning it."""
    found = get_object_or_404(Entry.objects.select_related("brand", "payment", "statement"), public_id=public_id)
    facts = [
        fact("Amount", Money(found.amount, found.currency), "money"),
        fact("Booked", found.booked_on, "day"),
        fact("Payer", found.payer, note=found.payer_account),
        fact("Text", found.text),
        fact("Account", found.account, "mono", note=found.brand.name),
        fact("The bank's reference", found.reference, "mono"),
        fact("Statement", found.statement.name if found.statement else "noted by hand"),
        fact("Payment", found.payment.public_id if found.payment else "", "mono",
             page_of(found.payment.public_id) if found.payment else ""),
        fact("Note", found.note),
    ]  # fmt: skip
    parts: list[Part] = [Facts("Entry", facts)]
    if found.state != Entry.State.ASSIGNED and may_act(request):
        parts += _choices(found)
    crumbs = (("Bank entries", reverse("staff-gateway_manual:list")),)
    return show(request, Page("Bank entry", found.state, crumbs=crumbs, parts=parts, code=public_id))


def _choices(found: Entry) -> list[Part]:
    candidates = queries.candidates(found.brand)
    ids = suggestions(actions.draft_of(found), candidates)
    rows = Invoice.objects.filter(pk__in=ids).select_related("customer").defer("content")
    by_id = {row.pk: row for row in rows}
    likely = [by_id[each] for each in ids if each in by_id]
    address = reverse("staff-gateway_manual:assign", args=[found.public_id])
    fields = [
        Field("invoice", "Invoice number", value=likely[0].label if likely else "", required=False),
        Field("customer", "or the customer (id), as credit", required=False),
    ]
    columns = [
        Column("Invoice", lambda i: i.label, href=lambda i: page_of(i.public_id), note=lambda i: i.customer.name),
        Column("Open", lambda i: Money(next((c.open for c in candidates if c.id == i.pk), Decimal(0)), i.currency),
               "money"),
    ]  # fmt: skip
    aside = reverse("staff-gateway_manual:ignore", args=[found.public_id])
    return [
        Form("Whose it is", address, fields, "Assign it"),
        Rows("It may be for", columns, likely, "Nothing open is like it.", wide=False),
        Form("It is no customer's", aside, [Field("reason", "What it is")], "Put it aside"),
    ]


@require_POST
@staff_page(*MONEY)
def assign(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say whose the money of an entry is."""

    def act() -> object:
        invoice = _invoice(request.POST.get("invoice", ""))
        wanted = request.POST.get("customer", "").strip()
        customer: Customer = customer_of(wanted) if wanted or invoice is None else invoice.customer
        return actions.assign(public_id, customer, invoice, by=by_of(request))

    return acted(request, act, "It is assigned.", reverse("staff-gateway_manual:page", args=[public_id]))


@require_POST
@staff_page(*MONEY)
def put_aside(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say that the money of an entry is no customer's."""
    reason, by = request.POST.get("reason", ""), by_of(request)
    back = reverse("staff-gateway_manual:page", args=[public_id])
    return acted(request, lambda: actions.ignore(public_id, reason=reason, by=by), "It is put aside.", back)
