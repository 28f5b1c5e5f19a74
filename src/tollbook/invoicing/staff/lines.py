"""Why a line costs what it costs, for staff."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from tollbook.charging.models import Charge
from tollbook.identity.access import staff_page
from tollbook.invoicing.explain import explain_line
from tollbook.invoicing.explanation import LineExplained
from tollbook.invoicing.explanation_parts import PaymentTold
from tollbook.invoicing.models import InvoiceLine
from tollbook.invoicing.staff.invoices import href, name
from tollbook.kernel.money import Money
from tollbook.ledger.staff import caused_by
from tollbook.web.parts import Facts, Page, Part, Rows, Words, fact, show
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column


@staff_page()
def line(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One line, explained down to its usage events and up to its tax and postings."""
    rows = InvoiceLine.objects.select_related("invoice__customer", "invoice__brand")
    found = get_object_or_404(rows, public_id=public_id)
    told = explain_line(found)
    crumbs = (("Invoices", reverse("staff-invoicing:list")), (name(found.invoice), href(found.invoice)))
    about = f"Line {found.position} of {name(found.invoice)}, for {found.invoice.customer.name}"
    page = Page(found.name, about=about, crumbs=crumbs, parts=_parts(found, told), code=public_id)
    return show(request, page)


def _parts(found: InvoiceLine, told: LineExplained) -> list[Part]:
    currency = told.currency
    steps = [step.sentence for step in told.rating.steps] if told.rating else []
    return [
        Facts(
            "Line",
            [
                fact("Invoice", told.label, href=href(found.invoice)),
                fact("Section", found.section),
                fact("From", told.period_start, "instant"),
                fact("To", told.period_end, "instant"),
                fact("Quantity", told.quantity, "quantity", note=told.unit),
                fact("Exact", Money(told.rounding.exact, currency), "exact"),
                fact("Net", Money(told.net, currency), "money"),
                fact("Check", "the steps add up to the amount" if told.check else "the steps do not add up"),
            ],
        ),
        Words("Why it costs that", [*steps, told.rounding.sentence, told.tax.sentence], steps=True),
        *_price(told),
        Rows("Charges on it", _charges(currency), told.charges, "No charges."),
        *_use(told),
        caused_by("invoice", told.invoice),
        Words("Payment", _payment(told.payment, currency), wide=True),
    ]


def _payment(told: PaymentTold, currency: str) -> list[str]:
    return [text.strip() for text in told.text(currency)]


def _price(told: LineExplained) -> list[Part]:
    price = told.price
    if price is None:
        return []
    facts = [
        fact("Price", price.name, href=page_of(price.id)),
        fact("Plan", f"{price.plan}, version {price.version}"),
        fact("Valid from", price.valid_from, "day"),
    ]
    return [Facts("Its price", facts), Words("The price in words", price.words)]


def _charges(currency: str) -> list[Column]:
    return [
        Column("Charge", lambda c: c.id, "mono", href=lambda c: page_of(c.id)),
        Column("Revision", lambda c: c.revision, "quantity", note=lambda c: c.reason),
        Column("Quantity", lambda c: c.quantity, "quantity"),
        Column("Amount", lambda c: Money(c.amount, currency), "exact"),
        Column("Charged", lambda c: c.charged_at, "instant"),
        Column("Where", lambda c: "on this line" if c.here else "on another invoice"),
    ]


def _use(told: LineExplained) -> list[Part]:
    use = told.use
    if use is None:
        return []
    note = f"{use.events} events of the meter {use.meter}; their {use.aggregation} is the quantity."
    return [
        Rows("Use by resource", _RESOURCES, use.resources, "No resource is named.", note=note, wide=False),
        Rows(f"Usage events, the first {len(use.first)}", _EVENTS, use.first, "None.", wide=False),
    ]


_RESOURCES = [
    Column("Resource", lambda r: r.resource or "none", "mono"),
    Column("Events", lambda r: r.events, "quantity"),
    Column("Quantity", lambda r: r.quantity, "quantity"),
]
_EVENTS = [
    Column("Event", lambda e: e.id, "mono", note=lambda e: e.source),
    Column("When", lambda e: e.at, "instant"),
    Column("Quantity", lambda e: e.quantity, "quantity", note=lambda e: e.dimensions),
]


def of_charge(charge: Charge) -> Iterable[Part]:
    """The line that carries a charge."""
    rows = InvoiceLine.objects.filter(line_charges__charge=charge).select_related("invoice")
    columns = [
        Column("Line", lambda x: x.name, href=lambda x: page_of(x.public_id)),
        Column("Invoice", lambda x: name(x.invoice), href=lambda x: href(x.invoice)),
        Column("Net", lambda x: Money(x.net, x.invoice.currency), "money"),
    ]
    yield Rows("Invoiced on", columns, rows, "No invoice carries it yet; the next bill run will.")
