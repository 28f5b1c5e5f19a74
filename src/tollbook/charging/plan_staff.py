"""Staff page of a customer's billing plan: what it was, what it will be, and changing it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from tollbook.base import clock
from tollbook.charging import plans
from tollbook.customers.actions import set_contract
from tollbook.customers.models import Customer, PlanChange
from tollbook.customers.rules import BillingPlan, ContractType
from tollbook.identity.access import staff_page
from tollbook.identity.models import StaffRole, User
from tollbook.kernel.errors import TollbookError
from tollbook.kernel.ids import new_id
from tollbook.kernel.times import parse_local, zone_info
from tollbook.web.parts import Page, Part, Rows, Words, show
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column

KEEPERS = (StaffRole.BILLING, StaffRole.FINANCE, StaffRole.ADMINISTRATOR)
SHOWN = 20
WORDS = {
    BillingPlan.POSTPAID: "Postpaid: everything is billed when its period ends, whatever the price says.",
    BillingPlan.PREPAID: "Prepaid: everything is drawn on the wallet, use each hour. What the wallet does not cover is "
    "on the invoice.",
    BillingPlan.FLEXIBLE: "Flexible: each price says whether it is prepaid or postpaid.",
}
_CHANGES = [
    Column("From", lambda c: c.starts_at, "instant"),
    Column("Was", lambda c: c.get_was_display()),
    Column("Became", lambda c: c.get_becomes_display()),
    Column("State", lambda c: state(c), "state"),
    Column("Why", lambda c: c.reason),
    Column("Made by", lambda c: c.made_by),
]


@dataclass(frozen=True, slots=True)
class PlanForm:
    """Which plan, from when and why; `key` is new on each page, so that a form sent twice acts once."""

    template: ClassVar[str] = "charging/part_plan.html"
    title: str
    action: str
    choices: list[tuple[str, str]]
    zone: str
    planned: PlanChange | None
    wide: bool = False
    key: str = field(default_factory=lambda: new_id("key"))


def state(change: PlanChange) -> str:
    """Whether a change is in force, planned or called off."""
    if change.called_off_at is not None:
        return "called off"
    return "planned" if change.turned_at is None else "active"


@dataclass(frozen=True, slots=True)
class ContractForm:
    """Which contract the customer has, and why it becomes another."""

    template: ClassVar[str] = "charging/part_contract.html"
    title: str
    action: str
    now: str
    choices: list[tuple[str, str]]
    wide: bool = False


@staff_page(*KEEPERS)
def plan(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The billing plan of a customer; a post changes it, or calls off a change that is planned."""
    customer = get_object_or_404(Customer, public_id=public_id)
    here = reverse("staff-charging:plan", args=[public_id])
    if request.method == "POST":
        try:
            messages.success(request, _act(request, customer))
        except TollbookError as error:
            messages.error(request, error.message)
        return redirect(here)
    changes = PlanChange.objects.filter(customer=customer).order_by("-pk")
    others = [(p.value, p.label) for p in Customer.BillingPlan if p != customer.billing_plan]
    planned = changes.filter(turned_at=None, called_off_at=None).first()
    parts: list[Part] = [
        Words("What counts now", [WORDS[BillingPlan(customer.billing_plan)]]),
        PlanForm("Change it", here, others, customer.zone, planned),
        ContractForm("Contract", here, customer.get_contract_type_display(), _contracts(customer)),
        Rows("Changes", _CHANGES, changes[:SHOWN], "It was never changed."),
    ]
    crumbs = (("Customers", reverse("staff-customers:list")), (customer.name, page_of(public_id)))
    about = "A change charges use up to it under the old plan; nothing is lost and nothing is billed twice."
    return show(request, Page("Billing plan", about=about, crumbs=crumbs, parts=parts))


def _act(request: HttpRequest, customer: Customer) -> str:
    actor = request.user.email if isinstance(request.user, User) else ""
    if becomes := request.POST.get("contract"):
        contract, reason = ContractType.read(becomes), request.POST.get("reason", "")
        made_of = set_contract(customer, contract, reason=reason, actor=actor, door="staff")
        return f"The contract is {made_of.get_contract_type_display()} from now on."
    given, key = request.POST, f"staff:{request.POST.get('key', '')[:60]}"
    if given.get("call_off"):
        plans.call_off(customer.public_id, given["call_off"], actor=actor, door="staff")
        return "The change was called off."
    text = given.get("at", "").strip()
    at = parse_local(text, customer.zone, "at") if text else None
    made = plans.switch(
        customer.public_id, BillingPlan.read(given.get("becomes", "")), key=key, at=at, reason=given.get("reason", ""),
        actor=actor, door="staff",
    )  # fmt: skip
    local = made.starts_at.astimezone(zone_info(customer.zone))
    begins = "has begun" if made.starts_at <= clock.now() else f"begins on {local:%-d %B %Y at %H:%M}"
    return f"The change to {made.get_becomes_display()} {begins}."


def _contracts(customer: Customer) -> list[tuple[str, str]]:
    return [(c.value, c.label) for c in Customer.ContractType if c != customer.contract_type]


def of_customer(customer: Customer) -> Iterable[Part]:
    """On the page about a customer: its billing plan in words, and the way to change it."""
    rows = PlanChange.objects.filter(customer=customer).order_by("-pk")[:3]
    more = ("Change it", reverse("staff-charging:plan", args=[customer.public_id]))
    note = WORDS[BillingPlan(customer.billing_plan)]
    yield Rows("Billing plan", _CHANGES, rows, "It was never changed.", more, note=note)
