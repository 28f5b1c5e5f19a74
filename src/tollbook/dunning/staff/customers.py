"""The dunning of one customer: what is unpaid and what comes next, what was done and said, and letting steps wait."""

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from tollbook.base import clock
from tollbook.customers.models import Customer
from tollbook.dunning import pausing, telling
from tollbook.dunning.models import Pause, Step
from tollbook.dunning.policies import load
from tollbook.dunning.queries import (
    Owed,
    active,
    day_of,
    notices_of,
    open_stops,
    owed,
    pause_by_public_id,
    pauses_of,
    steps_of,
)
from tollbook.dunning.staff.overview import href
from tollbook.identity.access import staff_page
from tollbook.identity.models import StaffRole
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.queries import by_public_id
from tollbook.kernel.errors import NotFound
from tollbook.kernel.money import Money
from tollbook.kernel.times import parse_day
from tollbook.payments.staff.forms import Field, Form, acted, by_of
from tollbook.web.parts import Facts, Page, Part, Rows, fact, show
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column

#: Who lets steps wait.
KEEPERS = (StaffRole.BILLING, StaffRole.FINANCE, StaffRole.SUPPORT, StaffRole.ADMINISTRATOR)
SHOWN = 50


def _next(each: Owed) -> str:
    found = each.coming
    return telling.step_name(found[0], each.subscriptions) if found else ""


def _state(each: Owed) -> str:
    return "waits" if each.waits else "overdue" if each.overdue_days > 0 else "open"


_OWED = [
    Column("Invoice", lambda o: o.invoice.label, href=lambda o: page_of(o.invoice.public_id)),
    Column("State", _state, "state", note=lambda o: o.waits),
    Column("Due", lambda o: o.debt.due_on, "day", note=lambda o: f"{max(o.overdue_days, 0)} days overdue"),
    Column("Open", lambda o: o.left, "money"),
    Column("Next step", _next),
    Column("On", lambda o: o.coming[0].day if o.coming else None, "day"),
]
_STOPS = [
    Column("Service", lambda s: str(s.subscription.version.plan), href=lambda s: page_of(s.subscription.public_id)),
    Column("Because of", lambda s: s.get_because_display(), note=lambda s: s.invoice.label if s.invoice else ""),
    Column("Stopped", lambda s: s.stopped_at, "instant"),
    Column("To run again since", lambda s: s.lift_at, "instant"),
]
_STEPS = [
    Column("Step", lambda s: s.get_kind_display(), note=lambda s: s.number if s.kind == "remind" else ""),
    Column("Outcome", lambda s: s.outcome, "state", note=lambda s: s.reason),
    Column("Invoice", lambda s: s.invoice.label, href=lambda s: page_of(s.invoice.public_id)),
    Column("Open then", lambda s: Money(s.open, s.currency), "money"),
    Column("Due", lambda s: s.due_on, "day"),
    Column("Taken", lambda s: s.taken_at, "instant"),
    Column("Led to", lambda s: _led_to(s), "mono", href=lambda s: page_of(_led_to(s))),
]
_NOTICES = [
    Column("When", lambda n: n.created_at, "instant"),
    Column("Told", lambda n: n.title, note=lambda n: n.text),
    Column("By", lambda n: ", ".join(n.channels)),
]
_PAUSES = [
    Column("Why", lambda p: p.get_why_display(), note=lambda p: p.reason),
    Column("Invoice", lambda p: p.invoice.label if p.invoice else "all"),
    Column("Until", lambda p: p.until, "day"),
    Column("Said", lambda p: p.created_at, "instant", note=lambda p: p.made_by),
    Column("Lifted", lambda p: p.lifted_at, "instant", note=lambda p: p.lifted_by),
]


def _led_to(step: Step) -> str:
    found = step.fee_invoice or step.payment or step.subscription
    return found.public_id if found else ""


def _customer(public_id: str) -> Customer:
    rows = Customer.objects.select_related("brand", "group", "profile")
    return get_object_or_404(rows, public_id=public_id)


def _may(request: HttpRequest) -> bool:
    return getattr(request.user, "staff_role", None) in KEEPERS


@staff_page()
def page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """A customer's unpaid invoices, history and exceptions."""
    customer, at = _customer(public_id), clock.now()
    found = owed(customer, at, load())
    stops = open_stops(customer).select_related("subscription__version__plan__product", "invoice")
    pauses = list(pauses_of(customer)[:SHOWN])
    parts: list[Part] = [
        Rows("Unpaid invoices", _OWED, found, "Everything is paid."),
        Rows("Stopped services", _STOPS, stops, "Dunning has stopped nothing."),
        *(_forms(customer, found, pauses, at.date().isoformat()) if _may(request) else ()),
        Rows("Exemptions, promises and disputes", _PAUSES, pauses, "Nothing of the kind was said."),
        Rows("What was done", _STEPS, steps_of(customer)[:SHOWN], "No step was taken."),
        Rows("What the customer was told", _NOTICES, notices_of(customer)[:SHOWN], "Nothing was told."),
    ]
    crumbs = (("Dunning", reverse("staff-dunning:list")), (customer.name, page_of(public_id)))
    about = f"Days are those of {customer.brand.name}."
    return show(request, Page(f"Dunning of {customer.name}", about=about, crumbs=crumbs, parts=parts, code=public_id))


def _forms(customer: Customer, found: list[Owed], pauses: list[Pause], today: str) -> list[Part]:
    """The forms that let steps wait, and end that."""
    reason, on = Field("reason", "Reason"), day_of(customer, clock.now())
    forms: list[Part] = [
        Form(
            "Exempt the customer", _address(customer, "exempt"),
            [reason, Field("until", "Until, this day included", "date", required=False)], "Exempt",
            "All steps wait; what dunning has stopped runs again. Without a day: until it is lifted.",
        ),
    ]  # fmt: skip
    if found:
        which = Field("invoice", "Invoice", choices=[(o.invoice.public_id, o.invoice.label) for o in found])
        forms += [
            Form(
                "Promise to pay", _address(customer, "promise"),
                [which, Field("until", "By, this day included", "date", today), reason], "Note the promise",
                "Steps of the invoice wait until the day has passed.",
            ),
            Form(
                "Invoice in dispute", _address(customer, "dispute"), [which, reason], "Note the dispute",
                "Steps of the invoice wait until the dispute is lifted.",
            ),
        ]  # fmt: skip
    if standing := [each for each in pauses if active(each, on)]:
        choices = [(p.public_id, f"{p.get_why_display()}: {p.invoice or 'all'}, {p.reason}"[:80]) for p in standing]
        which = Field("pause", "Which", choices=choices)
        forms.append(Form("Let steps go on", _address(customer, "lift"), [which], "Lift", "From the next day on."))
    return forms


def _address(customer: Customer, name: str) -> str:
    return reverse(f"staff-dunning:{name}", args=[customer.public_id])


def _exempt(request: HttpRequest, customer: Customer) -> object:
    until = request.POST.get("until", "").strip()
    day, by = parse_day(until, "until") if until else None, by_of(request)
    return pausing.exempt(customer, reason=request.POST.get("reason", ""), until=day, actor=by.actor, door=by.door)


def _promise(request: HttpRequest, customer: Customer) -> object:
    until, by = parse_day(request.POST.get("until", "").strip(), "until"), by_of(request)
    reason = request.POST.get("reason", "")
    return pausing.promise(_invoice(request, customer), until=until, reason=reason, actor=by.actor, door=by.door)


def _dispute(request: HttpRequest, customer: Customer) -> object:
    reason, by = request.POST.get("reason", ""), by_of(request)
    return pausing.dispute(_invoice(request, customer), reason=reason, actor=by.actor, door=by.door)


def _lift(request: HttpRequest, customer: Customer) -> object:
    found, by = pause_by_public_id(request.POST.get("pause", "")), by_of(request)
    if found.customer_id != customer.pk:
        raise NotFound("pause_not_found", f"there is no exemption, promise or dispute {found.public_id}", param="pause")
    return pausing.lift(found, actor=by.actor, door=by.door)


def _invoice(request: HttpRequest, customer: Customer) -> Invoice:
    return by_public_id(request.POST.get("invoice", ""), customer)


ACTS = {
    "exempt": (_exempt, "The customer is exempt."),
    "promise": (_promise, "The promise is noted: steps wait for it."),
    "dispute": (_dispute, "The dispute is noted: steps wait until it is lifted."),
    "lift": (_lift, "Steps go on from the next day."),
}


@require_POST
@staff_page(*KEEPERS)
def act(request: HttpRequest, public_id: str, name: str) -> HttpResponse:
    """Let steps wait, or go on."""
    customer, (do, done) = _customer(public_id), ACTS[name]
    return acted(request, lambda: do(request, customer), done, href(customer))


def of_customer(customer: Customer) -> Iterable[Part]:
    """On a customer's page: whether dunning has something to say of it."""
    look, stops = getattr(customer, "dunning_look", None), open_stops(customer).count()
    yield Facts(
        "Dunning",
        [
            fact("Next step", look.next_what if look else "", note=look.waits if look else ""),
            fact("On", look.next_on if look else None, "day"),
            fact("Stopped services", stops, "quantity"),
        ],
        links=(
            ("History, exemptions and promises", href(customer)),
            ("Policy", reverse("staff-dunning:policy", args=[customer.public_id])),
        ),
    )


def of_invoice(invoice: Invoice) -> Iterable[Part]:
    """On an invoice's page: the steps that were taken for it."""
    steps = Step.objects.filter(invoice=invoice).select_related("invoice", "fee_invoice", "payment", "subscription")
    if steps.exists():
        rows = steps.order_by("-pk")[:SHOWN]
        yield Rows("Dunning", _STEPS, rows, more=("Dunning of the customer", href(invoice.customer)))
