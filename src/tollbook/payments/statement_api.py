"""Account statements over the API. Served by `api`."""

from datetime import date

from pydantic import BaseModel, Field

from tollbook.api.fields import Day, MoneyOut, example, money
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.customers.reach import reached
from tollbook.payments.statement import Statement
from tollbook.payments.statement_asked import asked_for

routes = Routes("Payments")
_ZERO, _OWED = {"amount": "0.00", "currency": "EUR"}, {"amount": "123.00", "currency": "EUR"}
_ENTRY = {
    "day": "2026-06-01",
    "kind": "invoice",
    "label": "ACME-2026-000042",
    "source": "inv_aaaaaaaaaaaaaaaaaaaaaaaa",
    "amount": _OWED,
    "balance": _OWED,
}
_ITEM = {
    "label": "ACME-2026-000042",
    "source": "inv_aaaaaaaaaaaaaaaaaaaaaaaa",
    "due_on": "2026-06-15",
    "days_late": 15,
    "amount": _OWED,
}


class EntryOut(BaseModel):
    """One movement of the account."""

    model_config = example(_ENTRY)
    day: date = Field(description="Its day in the books.")
    kind: str = Field(
        description="invoice, debit_note, credit_note, prepaid, payment, refund, dispute, write_off or other."
    )
    label: str = Field(description="The document's number, or what it was.")
    source: str = Field(description="The id of what caused it.")
    amount: MoneyOut = Field(description="Positive: the customer owes more.")
    balance: MoneyOut = Field(description="What is owed after it.")


class ItemOut(BaseModel):
    """A document of which something is open."""

    model_config = example(_ITEM)
    label: str = Field(description="Its number.")
    source: str = Field(description="Its id.")
    due_on: date | None = Field(description="When it was to be paid.")
    days_late: int = Field(description="How long after that; 0: not yet due.")
    amount: MoneyOut = Field(description="What is open of it at the end; negative: too much was taken off.")


class StatementOut(BaseModel):
    """A customer's account over days of the books, both included, in one currency."""

    model_config = example(
        {
            "first": "2026-06-01",
            "last": "2026-06-30",
            "opening": _ZERO,
            "closing": _OWED,
            "owed": _OWED,
            "credit": _ZERO,
            "entries": [_ENTRY],
            "items": [_ITEM],
        }
    )
    first: date = Field(description="The first day.")
    last: date = Field(description="The last day.")
    opening: MoneyOut = Field(description="What was owed before the first day; negative: the customer had credit.")
    closing: MoneyOut = Field(description="What is owed at the end: opening and all entries, and owed - credit.")
    owed: MoneyOut = Field(description="What the open items sum to.")
    credit: MoneyOut = Field(description="What was paid and not used.")
    entries: list[EntryOut] = Field(description="What moved, in the order of the books.")
    items: list[ItemOut] = Field(description="What is open at the end, the oldest first.")


@routes.reads("/customers/{customer_id}/statement", "payments:read", answer=StatementOut)
def get_statement(
    request: ApiRequest, customer_id: str, first: Day | None = None, last: Day | None = None, currency: str = ""
) -> StatementOut:
    """A customer's account statement; without days: from the first day of the month before the last one up to today.

    Refused with `period_backwards`, `period_too_long`, `unknown_currency`.
    """
    customer = reached(request, customer_id)
    days = {"from": first.isoformat() if first else "", "to": last.isoformat() if last else "", "currency": currency}
    return _out(asked_for(customer, days))


def _out(found: Statement) -> StatementOut:
    currency = found.currency
    return StatementOut(
        first=found.first,
        last=found.last,
        opening=money(found.opening, currency),
        closing=money(found.closing, currency),
        owed=money(found.owed, currency),
        credit=money(found.credit, currency),
        entries=[
            EntryOut(
                day=each.on,
                kind=each.kind,
                label=each.label,
                source=each.source,
                amount=money(each.amount, currency),
                balance=money(each.balance, currency),
            )
            for each in found.entries
        ],
        items=[
            ItemOut(
                label=each.label,
                source=each.source,
                due_on=each.due_on,
                days_late=each.days_late,
                amount=money(each.amount, currency),
            )
            for each in found.items
        ],
    )
