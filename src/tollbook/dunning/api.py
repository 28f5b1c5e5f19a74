"""Dunning over the API, read only: what is unpaid and what comes next, what was done, what customers were told."""

from datetime import date, datetime

from pydantic import BaseModel, Field

from tollbook.api.fields import MoneyOut, example, money
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.base import clock
from tollbook.customers.features import value_for
from tollbook.customers.reach import chosen, own, reached
from tollbook.customers.settings import SHOW_INVOICES
from tollbook.dunning.models import Notice, Step
from tollbook.dunning.policies import load
from tollbook.dunning.queries import Owed, owed
from tollbook.kernel.errors import NotFound

routes = Routes("Dunning")
ROUTERS = [("", routes)]
_MONEY = {"amount": "123.00", "currency": "EUR"}


class ComingOut(BaseModel):
    """A step that comes if nothing is paid and nothing changes."""

    model_config = example({"kind": "suspend", "on": "2026-06-29", "subscription": "sub_aaaaaaaaaaaaaaaaaaaaaaaa"})
    kind: str = Field(description="remind, retry, fee, suspend or terminate.")
    on: date = Field(description="On which day of the brand.")
    subscription: str | None = Field(description="The service that it is about; null: the invoice.")


class UnpaidOut(BaseModel):
    """An invoice that is not paid, and what follows."""

    model_config = example(
        {
            "invoice": "inv_aaaaaaaaaaaaaaaaaaaaaaaa",
            "number": "HARBOUR-2026-000001",
            "open": _MONEY,
            "due_on": "2026-06-15",
            "overdue_days": 3,
            "waits": None,
            "coming": [],
        }
    )
    invoice: str = Field(description="The invoice.")
    number: str = Field(description="Its number.")
    open: MoneyOut = Field(description="What is open of it.")
    due_on: date = Field(description="When it was due.")
    overdue_days: int = Field(description="Days since then; not above zero before the day after it.")
    waits: str | None = Field(
        description="Why its steps wait: exempt, promised, in dispute, under way; null: they do not."
    )
    coming: list[ComingOut] = Field(description="The steps to come, the next one first.")


class StepOut(BaseModel):
    """A step that was taken or skipped for an unpaid invoice."""

    model_config = example(
        {
            "id": "dst_aaaaaaaaaaaaaaaaaaaaaaaa",
            "customer": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
            "invoice": "inv_aaaaaaaaaaaaaaaaaaaaaaaa",
            "kind": "remind",
            "number": 7,
            "subscription": None,
            "due_on": "2026-06-22",
            "taken_at": "2026-06-22T00:00:00Z",
            "outcome": "taken",
            "reason": None,
            "open": _MONEY,
            "fee_invoice": None,
            "payment": None,
        }
    )
    id: str = Field(description="Its id.")
    customer: str = Field(description="The customer.")
    invoice: str = Field(description="The unpaid invoice.")
    kind: str = Field(description="remind, retry, fee, suspend or terminate.")
    number: int = Field(description="Of a reminder its days from the due day; of the others a count from 0.")
    subscription: str | None = Field(description="The service that it was about.")
    due_on: date = Field(description="The day on which it fell due.")
    taken_at: datetime = Field(description="When it was taken or skipped.")
    outcome: str = Field(description="taken or skipped.")
    reason: str | None = Field(description="Why it was skipped.")
    open: MoneyOut = Field(description="What was open of the invoice then.")
    fee_invoice: str | None = Field(description="The invoice that charged a late fee.")
    payment: str | None = Field(description="The payment that a retry began.")


class NoticeOut(BaseModel):
    """What a customer is told."""

    model_config = example(
        {
            "id": "ntc_aaaaaaaaaaaaaaaaaaaaaaaa",
            "customer": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
            "about": "reminder",
            "invoice": "inv_aaaaaaaaaaaaaaaaaaaaaaaa",
            "channels": ["email", "portal"],
            "title": "Invoice HARBOUR-2026-000001 is 7 days overdue",
            "text": "123.00 EUR are open.",
            "created_at": "2026-06-22T00:00:00Z",
        }
    )
    id: str = Field(description="Its id.")
    customer: str = Field(description="Who is told.")
    about: str = Field(description="reminder, fee, suspended, resumed or terminated.")
    invoice: str | None = Field(description="The invoice that it is about.")
    channels: list[str] = Field(description="How: portal, email, sms.")
    title: str = Field(description="In one line.")
    text: str = Field(description="What it says.")
    created_at: datetime = Field(description="When.")


def _unpaid_out(each: Owed) -> UnpaidOut:
    names = {pk: found.public_id for pk, found in each.subscriptions.items()}
    return UnpaidOut(
        invoice=each.invoice.public_id,
        number=each.invoice.label,
        open=money(each.left.amount, each.left.currency),
        due_on=each.debt.due_on,
        overdue_days=each.overdue_days,
        waits=each.waits or None,
        coming=[
            ComingOut(kind=step.kind, on=step.day, subscription=names.get(step.subscription or 0))
            for step in each.coming
        ],
    )


def _step_out(step: Step) -> StepOut:
    return StepOut(
        id=step.public_id,
        customer=step.customer.public_id,
        invoice=step.invoice.public_id,
        kind=step.kind,
        number=step.number,
        subscription=step.subscription.public_id if step.subscription else None,
        due_on=step.due_on,
        taken_at=step.taken_at,
        outcome=step.outcome,
        reason=step.reason or None,
        open=money(step.open, step.currency),
        fee_invoice=step.fee_invoice.public_id if step.fee_invoice else None,
        payment=step.payment.public_id if step.payment else None,
    )


def _notice_out(notice: Notice) -> NoticeOut:
    return NoticeOut(
        id=notice.public_id,
        customer=notice.customer.public_id,
        about=notice.about,
        invoice=notice.invoice.public_id if notice.invoice else None,
        channels=notice.channels,
        title=notice.title,
        text=notice.text,
        created_at=notice.created_at,
    )


def _check_shown(request: ApiRequest) -> None:
    """NotFound "invoices_hidden" for the key of a customer who does not see invoices here."""
    mine = own(request)
    if mine is not None and not value_for(mine, SHOW_INVOICES):
        raise NotFound("invoices_hidden", "invoices are not shown here: they are sent to you")


@routes.reads("/customers/{customer_id}/dunning", "invoices:read", answer=list[UnpaidOut])
def list_unpaid(request: ApiRequest, customer_id: str) -> list[UnpaidOut]:
    """The customer's invoices that are not paid, those due first first, and what comes next."""
    customer = reached(request, customer_id)
    _check_shown(request)
    return [_unpaid_out(each) for each in owed(customer, clock.now(), load())]


@routes.reads("/dunning/steps", "invoices:read", answer=Page[StepOut])
def list_steps(
    request: ApiRequest, customer: str = "", cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[StepOut]:
    """Steps that were taken or skipped, the latest first; of one customer, if named."""
    _check_shown(request)
    whose = chosen(request, customer)
    rows = Step.objects.select_related("customer", "invoice", "subscription", "fee_invoice", "payment")
    found = rows.filter(customer=whose) if whose else rows
    return page(found, Order("taken_at", descending=True), cursor, limit, _step_out)


@routes.reads("/dunning/notices", "invoices:read", answer=Page[NoticeOut])
def list_notices(
    request: ApiRequest, customer: str = "", cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[NoticeOut]:
    """What customers were told, the latest first; of one customer, if named."""
    whose = chosen(request, customer)
    rows = Notice.objects.select_related("customer", "invoice")
    found = rows.filter(customer=whose) if whose else rows
    return page(found, Order("created_at", descending=True), cursor, limit, _notice_out)
