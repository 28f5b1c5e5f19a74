"""The list of payments, the queue of what people must look at, and one payment with its history and what can be
done.
"""

from decimal import Decimal

from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from tollbook.identity.access import staff_page
from tollbook.kernel.money import Money, minor_units, plain, round_to
from tollbook.ledger.staff import caused_by
from tollbook.payments import queries
from tollbook.payments.models import Dispute, Payment, Refund
from tollbook.payments.refunds import refundable
from tollbook.payments.staff.forms import Field, Form, may_act
from tollbook.web.parts import Fact, Facts, Page, Part, Rows, fact, listing, show
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column, Filter, Table


def href(payment: Payment) -> str:
    """The page of a payment."""
    return reverse("staff-payments:page", args=[payment.public_id])


def amount_of(payment: Payment) -> Money:
    """What came or, before that, what is asked for."""
    if payment.captured:
        return Money(payment.captured, payment.captured_currency)
    return Money(payment.amount, payment.currency)


def _free(payment: Payment) -> Money | None:
    left = queries.free(payment)
    return Money(left, payment.captured_currency) if left else None


def _other(payment: Payment) -> str:
    return "wallet" if payment.wallet_id else "deposit" if payment.deposit_id else "credit"


COLUMNS = [
    Column("Payment", lambda p: p.public_id, "mono", href=href, note=lambda p: p.note),
    Column("State", lambda p: p.state, "state", sort="state"),
    Column("Begun", lambda p: p.created_at, "instant", sort="created_at"),
    Column("By", lambda p: p.gateway, note=lambda p: p.reference),
    Column("For", lambda p: p.invoice.label if p.invoice else _other(p)),
    Column("Amount", amount_of, "money", sort="amount"),
    Column("Credit left", _free, "money"),
]
WHOSE = Column(
    "Customer", lambda p: p.customer.name, sort="customer__name", href=lambda p: page_of(p.customer.public_id)
)
_STATES = (
    ("people", "For people", Q(queued_at__isnull=False)),
    ("open", "Under way", Q(state__in=["started", "pending", "unknown", "review"])),
    ("paid", "Paid", Q(state="succeeded")),
    ("ended", "Not paid", Q(state__in=["failed", "cancelled"])),
)
PAYMENTS = Table(
    "payments",
    [COLUMNS[0], WHOSE, *COLUMNS[1:]],
    order="-created_at",
    search=("public_id", "reference", "customer__name", "invoice__label"),
    filters=(Filter("state", "State", _STATES),),
    empty_title="No payments yet",
    empty_text="They come from the customers' portal, the API and bank statements.",
)
REFUNDS = [
    Column("Refund", lambda r: r.public_id, "mono", note=lambda r: r.reason),
    Column("State", lambda r: r.state, "state"),
    Column("Ordered", lambda r: r.created_at, "instant"),
    Column("Amount", lambda r: Money(r.amount, r.payment.captured_currency), "money", note=lambda r: r.note),
    Column("Payment", lambda r: r.payment.public_id, "mono", href=lambda r: href(r.payment)),
]


@staff_page()
def payments(request: HttpRequest) -> HttpResponseBase:
    """Every payment."""
    rows = Payment.objects.select_related("customer", "invoice")
    return listing(request, PAYMENTS, rows, Page("Payments", about="Money that customers pay, through all gateways."))


@staff_page()
def queue(request: HttpRequest) -> HttpResponseBase:
    """What programs could not end: outcomes nobody knows, answers that differ, refunds that a person makes."""
    waits = Payment.objects.filter(queued_at__isnull=False).select_related("customer", "invoice")
    refunds = Refund.objects.filter(queued_at__isnull=False).select_related("payment")
    open_ = Dispute.objects.filter(state="open").select_related("payment")
    parts: list[Part] = [
        Rows("Payments to look at", [COLUMNS[0], WHOSE, *COLUMNS[1:]], waits.order_by("queued_at")[:200], "None."),
        Rows("Refunds to make or to look at", REFUNDS, refunds.order_by("queued_at")[:200], "None."),
        Rows("Open disputes", _DISPUTES, open_.order_by("opened_at")[:200], "None."),
    ]
    return show(request, Page("Payments for people", about="Each ends on the payment's page.", parts=parts))


_DISPUTES = [
    Column("Dispute", lambda d: d.reference, href=lambda d: href(d.payment), note=lambda d: d.reason),
    Column("State", lambda d: d.state, "state"),
    Column("Opened", lambda d: d.opened_at, "instant"),
    Column("Amount", lambda d: Money(d.amount, d.payment.captured_currency), "money"),
]
_READINGS = [
    Column("When", lambda r: r.at, "instant", note=lambda r: r.source),
    Column("It said", lambda r: r.progress or "unheard of", "state", note=lambda r: r.detail),
    Column("Amount", lambda r: Money(r.amount, r.currency) if r.currency else None, "money"),
    Column("Reference", lambda r: r.reference, "mono", note=lambda r: r.merchant),
    Column("Differs in", lambda r: r.differs),
]
_ALLOCATIONS = [
    Column("Invoice", lambda a: a.invoice.label, href=lambda a: page_of(a.invoice.public_id), note=lambda a: a.reason),
    Column("When", lambda a: a.at, "instant"),
    Column("Amount", lambda a: Money(a.amount, a.invoice.currency), "money"),
]


@staff_page()
def payment(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One payment: what it is, what the gateway told, where the money went, and what can be done."""
    rows = Payment.objects.select_related("customer", "brand", "invoice", "method")
    found = get_object_or_404(rows, public_id=public_id)
    refunds = found.refunds.select_related("payment").order_by("pk")
    parts: list[Part] = [
        Facts("Payment", _facts(found), links=_files(found)),
        Facts("Money", _money(found)),
        *(_forms(found) if may_act(request) else ()),
        Rows("What it settled", _ALLOCATIONS, found.allocations.select_related("invoice").order_by("pk"), "Nothing."),
        Rows("Given back", REFUNDS[:4], refunds, "Nothing."),
        Rows("Disputes", _DISPUTES, found.disputes.select_related("payment").order_by("pk"), "None."),
        Rows("What was told of it", _READINGS, found.readings.order_by("pk"), "Nothing yet."),
        caused_by("payment", public_id),
    ]
    title = f"Payment of {found.customer.name}"
    crumbs = (("Payments", reverse("staff-payments:list")),)
    return show(request, Page(title, found.state, found.note, crumbs, parts, public_id))


def _files(found: Payment) -> list[tuple[str, str]]:
    came = found.state == "succeeded"
    return [("Download receipt", reverse("staff-payments:receipt", args=[found.public_id]))] if came else []


def _facts(found: Payment) -> list[Fact]:
    invoice = found.invoice
    return [
        fact("Customer", found.customer.name, href=page_of(found.customer.public_id)),
        fact("For", invoice.label if invoice else found.subject or "credit", href=page_of(found.subject)),
        fact("Gateway", found.gateway, note=found.merchant),
        fact("Its reference", found.reference, "mono"),
        fact("Saved method", found.method.label if found.method else ""),
        fact("Begun", found.created_at, "instant", note=found.key),
        fact("Asked next", found.ask_at, "instant"),
        fact("Waits for people since", found.queued_at, "instant"),
        fact("Ended", found.ended_at, "instant"),
    ]


def _money(found: Payment) -> list[Fact]:
    currency = found.captured_currency or found.currency
    parts = [
        ("Came", found.captured),
        ("Settles invoices", found.allocated),
        ("In a wallet", found.topped_up),
        ("In a deposit", found.deposited),
        ("Given back", found.refunded),
        ("Disputed", found.disputed),
        ("Lost", found.lost),
        ("Credit left", queries.free(found)),
    ]
    asked = fact("Asked for", Money(found.amount, found.currency), "money")
    return [asked, *(fact(label, Money(amount, currency), "money") for label, amount in parts)]


def _forms(found: Payment) -> list[Part]:
    def to(name: str) -> str:
        return reverse(f"staff-payments:{name}", args=[found.public_id])

    currency = found.captured_currency or found.currency
    step = f"{Decimal(1).scaleb(-minor_units(currency)):f}"
    why = Field("reason", "Reason")
    if found.state != "succeeded":
        asked = f"{round_to(found.amount, minor_units(currency)):f}"
        accepts = [
            Field("amount", "Amount that is there", "number", asked, step=step),
            Field("currency", "Currency", value=currency),
            Field("reference", "The gateway's reference", value=found.reference),
            why,
        ]
        forms: list[Part] = [Form("The money is there", to("accept"), accepts, "Accept", "Only what you have seen.")]
        if found.state in ("started", "pending", "unknown", "review"):
            forms.append(Form("There is no money", to("dismiss"), [why], "End without money"))
        return [*forms, Form("Ask the gateway", to("ask"), [], "Ask now")]
    most, left = refundable(found), queries.free(found)
    forms = []
    if most > 0:
        amount = Field("amount", f"Amount, at most {plain(most)} {currency}", "number", step=step)
        forms.append(Form("Give back", to("refund"), [amount, why], "Order the refund",
                          "Credit goes first; then invoices that it settled ask for it again. What a wallet took is "
                          "taken out of it, as far as it is unused."))  # fmt: skip
        amount = Field("amount", "Amount", "number", step=step)
        forms.append(Form("Disputed by the payer", to("dispute"),
                          [amount, Field("reference", "Reference of the case"), why], "Note the dispute"))  # fmt: skip
    if left > 0:
        amount = Field("amount", f"Amount, at most {plain(left)} {currency}", "number", plain(left), step=step)
        forms.append(Form("Use the credit", to("allocate"), [Field("invoice", "Invoice number"), amount], "Settle"))
    if stands := queries.standing(found):
        choices = [(row.public_id, f"{row.invoice.label}: {plain(part)} {currency}") for row, part in stands]
        forms.append(Form("Take back from an invoice", to("undo"), [Field("allocation", "Which", choices=choices), why],
                          "Take back"))  # fmt: skip
    for each in found.refunds.filter(state__in=["pending", "unknown"]):
        number = Field("refund", "Refund", "hidden", each.public_id)
        reference = Field("reference", "Reference of your transfer")
        title = f"Refund of {plain(each.amount)} {currency}"
        forms.append(Form(f"{title} was made", to("confirm"), [number, reference], "It was made"))
        forms.append(Form(f"{title} cannot be made", to("fail"), [number, why], "It cannot be made"))
    ends = [("won", "won: the money stays"), ("lost", "lost: the money is gone")]
    forms += [
        Form(f"Dispute {each.reference}", to("end"), [Field("dispute", "Dispute", "hidden", each.public_id),
             Field("outcome", "It is", choices=ends)], "End the dispute")
        for each in found.disputes.filter(state="open")
    ]  # fmt: skip
    return forms
