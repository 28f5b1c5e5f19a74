"""Deposits of new accounts for staff: the queue, one deposit with its promise and its money, and what can be done."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db.models import DurationField, ExpressionWrapper, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from tollbook.base import clock
from tollbook.customers.models import Customer
from tollbook.identity.access import staff_page
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money
from tollbook.ledger.staff import caused_by
from tollbook.payments import deposits
from tollbook.payments.deposit_rules import FOR_PEOPLE, DepositState, Mode
from tollbook.payments.models import Deposit
from tollbook.payments.portal_deposits import promise
from tollbook.payments.staff.forms import MONEY, by_of, may_act
from tollbook.web.forms import Field, Form, acted
from tollbook.web.parts import Facts, Page, Part, Rows, Stat, fact, listing, show
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column, Filter, Table


def href(found: Deposit) -> str:
    """The page of a deposit."""
    return reverse("staff-payments:deposit", args=[found.public_id])


def _amount(found: Deposit) -> Money:
    return Money(found.amount, found.currency)


def _due(found: Deposit) -> datetime | None:
    """Until when it is to be paid or decided about."""
    if found.state == DepositState.AWAITING_PAYMENT:
        return found.pay_by
    if found.state == DepositState.HELD and found.held_at:
        return found.held_at + timedelta(days=found.verify_days)
    return None


COLUMNS = [
    Column("Deposit", lambda d: d.public_id, "mono", href=href, note=lambda d: d.reason),
    Column("State", lambda d: d.state, "state", sort="state"),
    Column("Asked", lambda d: d.created_at, "instant", sort="created_at"),
    Column("Paid", lambda d: d.held_at, "instant", sort="held_at"),
    Column("Until", _due, "instant", note=lambda d: "late" if (due := _due(d)) and due < clock.now() else ""),
    Column("Amount", _amount, "money", sort="amount"),
    Column("Comes back", lambda d: Money(d.gives_back, d.currency), "money", note=lambda d: d.mode),
]
WHOSE = Column(
    "Customer", lambda d: d.customer.name, sort="customer__name", href=lambda d: page_of(d.customer.public_id)
)
_STATES = (
    ("people", "For people", Q(state__in=FOR_PEOPLE)),
    ("unpaid", "Not paid", Q(state__in=["awaiting_payment", "expired"])),
    ("pending", "On its way back", Q(state="refund_pending")),
    ("ended", "Ended", Q(ended_at__isnull=False)),
)
TABLE = Table(
    "deposits",
    [COLUMNS[0], WHOSE, *COLUMNS[1:]],
    order="-created_at",
    search=("public_id", "customer__name"),
    filters=(Filter("state", "State", _STATES),),
    empty_title="No deposits yet",
    empty_text="New accounts are asked for one where sign-up payment is on and a deposit is set.",
)


@staff_page()
def listed(request: HttpRequest) -> HttpResponseBase:
    """Every deposit."""
    rows = Deposit.objects.select_related("customer")
    about = "What new accounts paid to be verified. It is held apart: no credit, in no wallet."
    return listing(request, TABLE, rows, Page("Deposits", about=about))


@staff_page()
def page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One deposit."""
    rows = Deposit.objects.select_related("customer", "payment", "refund__payment")
    found = get_object_or_404(rows, public_id=public_id)
    money = [
        ("Held", found.left), ("Given back", found.given_back), ("In the wallet", found.to_wallet),
        ("Kept", found.kept), ("Lost", found.lost),
    ]  # fmt: skip
    parts: list[Part] = [
        Facts(
            "Deposit",
            [
                fact("Customer", found.customer.name, href=page_of(found.customer.public_id)),
                fact("Asked", found.created_at, "instant"),
                fact("To be paid by", found.pay_by, "instant"),
                fact("Paid", found.held_at, "instant"),
                fact("To be decided by", _due(found) if found.state == DepositState.HELD else None, "instant"),
                fact("Decided", found.decided_at, "instant", note=found.decided_by),
                fact("Ended", found.ended_at, "instant"),
                fact("Payment", found.payment.public_id if found.payment else "", "mono",
                     href=page_of(found.payment.public_id) if found.payment else ""),
                fact("Refund", found.refund.state if found.refund else "", "state",
                     note=found.refund.note if found.refund else ""),
            ],
        ),
        Facts("Money", [fact("Deposit", _amount(found), "money"),
                        *(fact(name, Money(part, found.currency), "money") for name, part in money)]),
        Facts("Promised at sign-up", [
            fact("To the customer", promise(found)),
            fact("Not verified", "forfeited" if found.on_reject == "forfeit" else "people decide"),
            fact("Decided within", f"{found.verify_days} days of its payment"),
        ]),
        *(_forms(found) if may_act(request) else ()),
        caused_by("deposit", public_id),
    ]  # fmt: skip
    crumbs = (("Deposits", reverse("staff-payments:deposits")),)
    return show(request, Page(f"Deposit of {found.customer.name}", found.state, found.reason, crumbs, parts, public_id))


def _forms(found: Deposit) -> list[Part]:
    def to(name: str) -> str:
        return reverse(f"staff-payments:deposit-{name}", args=[found.public_id])

    left = Money(found.left, found.currency)
    # A click by mistake moves no money.
    sure = [Field("sure", "Yes, this is meant", "switch")]
    ways = [(Mode.GATEWAY.value, "the way it was paid"), (Mode.WALLET.value, "into the wallet")]
    forms: list[Part] = []
    if found.state == DepositState.HELD:
        kept = "is forfeited at once" if found.on_reject == "forfeit" else "waits until people decide"
        forms.append(Form("The account is verified", to("verify"), sure, "Verify", promise(found)))
        why = [Field("reason", "Reason, which the customer reads"), *sure]
        forms.append(Form("It is not", to("reject"), why, "Reject", f"{left} {kept}."))
    if found.state in (DepositState.REJECTED, DepositState.REFUND_FAILED):
        how = [Field("mode", "How", choices=ways), *sure]
        forms.append(Form("Give it back", to("give-back"), how, "Give back", f"All that is left: {left}."))
    if found.state == DepositState.REJECTED:
        forms.append(Form("Keep it", to("forfeit"), sure, "Forfeit", f"{left} become income without an invoice."))
    if found.state == DepositState.EXPIRED:
        forms.append(Form("Ask for it again", to("reopen"), [], "Reopen", "Under the promise that it had."))
    return forms


def _mode(request: HttpRequest) -> Mode:
    return Mode.WALLET if request.POST.get("mode") == Mode.WALLET else Mode.GATEWAY


ACTS: dict[str, tuple[Callable[[HttpRequest, str], object], str]] = {
    "verify": (lambda r, i: deposits.verify(i, by=by_of(r)), "The account is verified."),
    "reject": (
        lambda r, i: deposits.reject(i, reason=r.POST.get("reason", ""), by=by_of(r)),
        "The account is rejected.",
    ),
    "give-back": (lambda r, i: deposits.give_back(i, _mode(r), by=by_of(r)), "It goes back."),
    "forfeit": (lambda r, i: deposits.forfeit(i, by=by_of(r)), "It is forfeited."),
    "reopen": (lambda r, i: deposits.reopen(i, by=by_of(r)), "It is asked for again."),
}


@require_POST
@staff_page(*MONEY)
def act(request: HttpRequest, public_id: str, name: str) -> HttpResponse:
    """Do one of the acts that the page of a deposit offers."""
    found = get_object_or_404(Deposit, public_id=public_id)
    do, done = ACTS[name]

    def confirmed() -> None:
        if name != "reopen" and request.POST.get("sure") != "true":
            raise Refused("not_confirmed", "nothing was done: tick that it is meant", param="sure")
        do(request, public_id)

    return acted(request, confirmed, done, href(found))


def _late() -> QuerySet[Deposit]:
    """Those that wait longer than was promised."""
    days = ExpressionWrapper(F("verify_days") * timedelta(days=1), output_field=DurationField())
    return Deposit.objects.filter(state=DepositState.HELD, held_at__lt=clock.now() - days)


def waiting(now: datetime) -> Iterable[Stat]:
    """How many accounts wait to be verified, or for another decision."""
    count, late = Deposit.objects.filter(state__in=FOR_PEOPLE).count(), _late().count()
    note = f"{late} longer than promised" if late else "Paid, and to be decided about"
    address = reverse("staff-payments:deposits") + "?state=people"
    yield Stat("Deposits for people", count, "quantity", note, address, "warn" if count else "")


def of_customer(customer: Customer) -> Iterable[Part]:
    """The customer's deposit, where it has one."""
    rows = list(Deposit.objects.filter(customer=customer))
    if rows:
        yield Rows("Deposit", COLUMNS, rows, "None.")
