"""Services, operations, and the queue of those that people have to look at."""

from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from tollbook.identity.access import staff_page
from tollbook.provisioning import queries
from tollbook.provisioning.models import Operation, Service
from tollbook.provisioning.rules import OPEN, State, Verb
from tollbook.provisioning.specs import typed
from tollbook.provisioning.staff.acts import live_reasons, may_act
from tollbook.web.forms import Field, Form
from tollbook.web.parts import Facts, Page, Part, Rows, Words, fact, listing, show
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column, Filter, Table


def href(service: Service) -> str:
    """The page of a service."""
    return reverse("staff-provisioning:page", args=[service.public_id])


def _operation_href(operation: Operation) -> str:
    return reverse("staff-provisioning:operation", args=[operation.public_id])


SERVICE = Column("Service", lambda s: s.name, sort="name", href=href, note=lambda s: s.ref or s.public_id)
WHOSE = Column(
    "Customer", lambda s: s.customer.name, sort="customer__name", href=lambda s: page_of(s.customer.public_id)
)
STATE = Column(
    "State", lambda s: s.state, "state", sort="state", note=lambda s: "to end" if s.ending_at and not s.ended_at else ""
)
REST = [
    Column("Through", lambda s: s.connection.name, sort="connection__name"),
    Column("Since", lambda s: s.created_at, "instant", sort="created_at"),
]
SERVICES = Table(
    "services",
    [SERVICE, WHOSE, STATE, *REST, Column("Id", lambda s: s.public_id, "mono")],
    order="-created_at",
    search=("public_id", "ref", "name", "customer__name"),
    filters=(Filter("state", "State", tuple((s.value, s.value.capitalize(), Q(state=s.value)) for s in State)),),
    empty_title="No services yet",
    empty_text="They come from orders.",
)
OPERATIONS = [
    Column("Operation", lambda o: o.verb, href=_operation_href, note=lambda o: o.note),
    Column("Progress", lambda o: o.progress, "state"),
    Column("Written down", lambda o: o.created_at, "instant"),
    Column("Calls", lambda o: o.calls, "quantity"),
    Column("Next", lambda o: o.next_at, "instant"),
    Column("For people since", lambda o: o.queued_at, "instant"),
    Column("Ended", lambda o: o.ended_at, "instant"),
]
_QUEUE = [
    OPERATIONS[0],
    Column("Service", lambda o: o.service.name, href=lambda o: href(o.service)),
    Column("Customer", lambda o: o.service.customer.name, href=lambda o: page_of(o.service.customer.public_id)),
    Column("Through", lambda o: o.service.connection.name),
    OPERATIONS[1],
    *OPERATIONS[3:6],
]
_UNFIT = [
    Column("Service", lambda s: s.name, href=lambda s: href(s), note=lambda s: s.unfit),
    Column("Customer", lambda s: s.customer.name, href=lambda s: page_of(s.customer.public_id)),
    Column("Through", lambda s: s.connection.name),
    Column("State", lambda s: s.state, "state"),
]
_STOPS = [
    Column("Reason", lambda s: s.reason, note=lambda s: s.note),
    Column("Since", lambda s: s.since, "instant"),
    Column("Lifted", lambda s: s.lifted_at, "instant"),
]
_CALLS = [
    Column("When", lambda c: c.at, "instant"),
    Column("Call", lambda c: "asked about it" if c.asked else "sent"),
    Column("It brought", lambda c: c.event, "state", note=lambda c: c.detail),
]


@staff_page()
def services(request: HttpRequest) -> HttpResponseBase:
    """Every service."""
    rows = Service.objects.select_related("customer", "connection")
    return listing(request, SERVICES, rows, Page("Services", about="What runs for customers in other systems."))


@staff_page()
def queue(request: HttpRequest) -> HttpResponseBase:
    """What programs could not end, and what they are about."""
    under_way = Operation.objects.filter(progress__in=OPEN, queued_at__isnull=True)
    rows = under_way.select_related("service__customer", "service__connection").order_by("next_at", "pk")[:200]
    parts: list[Part] = [
        Rows("For people", _QUEUE, queries.for_people()[:200], "Nothing waits for people."),
        Rows("Services that cannot follow their plan", _UNFIT, queries.unfit()[:200], "All follow."),
        Rows("Under way", _QUEUE, rows, "Nothing is under way."),
    ]
    about = "Each is tried again, completed by hand or given up on its page."
    return show(request, Page("Provisioning queue", about=about, parts=parts))


@staff_page()
def service(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One service: what it is, why it is stopped, what was asked of it, and what can be done."""
    rows = Service.objects.select_related("customer", "subscription__version__plan", "connection")
    found = get_object_or_404(rows, public_id=public_id)
    parts: list[Part] = [
        Facts(
            "Service",
            [
                fact("Customer", found.customer.name, href=page_of(found.customer.public_id)),
                fact("Subscription", found.subscription.version.plan.name, href=page_of(found.subscription.public_id)),
                fact("Through", found.connection.name, href=page_of(found.connection.public_id)),
                fact("Known there as", found.ref, "mono"),
                fact("Since", found.created_at, "instant", note=found.key),
                fact("Cannot follow its plan", found.unfit),
                fact("To end since", found.ending_at, "instant", note=found.ending_reason),
                fact("Ended", found.ended_at, "instant"),
            ],
        ),
        Words(f"What it is: {found.kind}", typed(found.spec) or ["It has no properties."]),
        *(_forms(found) if may_act(request) else ()),
        Rows("Stops", _STOPS, found.stops.order_by("-pk")[:50], "It was never stopped."),
        Rows("Operations", OPERATIONS, found.operations.order_by("-number")[:100]),
    ]
    crumbs = (("Services", reverse("staff-provisioning:list")),)
    return show(request, Page(found.name, found.state, found.customer.name, crumbs, parts, public_id))


def _forms(found: Service) -> list[Part]:
    def to(name: str) -> str:
        return reverse(f"staff-provisioning:{name}", args=[found.public_id])

    if found.ending_at is not None or found.state == State.TERMINATED:
        return []
    note = Field("note", "Note", required=False)
    forms: list[Part] = []
    if found.state == State.FAILED:
        forms.append(Form("Make it once more", to("again"), [], "Make it", "As a new intent: what failed has failed."))
    else:
        reasons = live_reasons(found)
        if reasons:
            choices = [(each.value, each.value) for each in reasons]
            forms.append(Form("Let it run", to("lift"), [Field("reason", "Lift the reason", choices=choices)], "Lift"))
        if "staff" not in reasons:
            forms.append(Form("Stop it", to("stop"), [note], "Stop", "Only staff can lift this reason."))
    if found.unfit:
        why = "It is what its plan says now, made so by hand."
        forms.append(Form("It follows its plan again", to("mended"), [], "It does", why))
    forms.append(
        Form("End it", to("terminate"), [note], "End for good", "Its subscription ends with the last of its services.")
    )
    return forms


@staff_page()
def operation(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One operation: every call, and what people can do about it."""
    rows = Operation.objects.select_related("service__customer", "service__connection")
    found = get_object_or_404(rows, public_id=public_id)
    parts: list[Part] = [
        Facts(
            "Operation",
            [
                fact("Service", found.service.name, href=href(found.service)),
                fact("Customer", found.service.customer.name, href=page_of(found.service.customer.public_id)),
                fact("Through", found.service.connection.name, href=page_of(found.service.connection.public_id)),
                fact("Written down", found.created_at, "instant", note=found.key),
                fact("First called", found.sent_at, "instant"),
                fact("Next", found.next_at, "instant"),
                fact("For people since", found.queued_at, "instant"),
                fact("Ended", found.ended_at, "instant"),
            ],
        ),
        *([Words(f"To be: {found.kind}", typed(found.spec) or ["It has no properties."])] if found.spec else ()),
        *(_by_hand(found) if may_act(request) and found.progress in OPEN else ()),
        Rows("Calls", _CALLS, found.told.order_by("-number")[:100], "It was not called yet."),
    ]
    crumbs = (("Provisioning queue", reverse("staff-provisioning:queue")),)
    title = f"{found.verb.capitalize()} {found.service.name}"
    return show(request, Page(title, found.progress, found.note, crumbs, parts, public_id))


def _by_hand(found: Operation) -> list[Part]:
    def to(name: str) -> str:
        return reverse(f"staff-provisioning:operation-{name}", args=[found.public_id])

    why = Field("reason", "What was done")
    ref = Field("ref", "How the other system knows it", value=found.service.ref)
    fields = [ref, why] if found.verb == Verb.PROVISION else [why]
    forms: list[Part] = [
        Form("Try again", to("retry"), [], "Try now", "What may have acted is asked about first."),
        Form("It was done by hand", to("complete"), fields, "It is done", "Only what you have seen."),
    ]
    if found.verb != Verb.TERMINATE:
        forms.append(Form("Give it up", to("fail"), [Field("reason", "Why")], "Give it up"))
    return forms
