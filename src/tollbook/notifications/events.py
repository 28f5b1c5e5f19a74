"""The catalogue of facts: what others are told happened, each with its fields, a schema and an example; pure.

Fields are added, never repurposed.
"""

from tollbook.kernel.errors import NotFound, shown
from tollbook.notifications.shapes import Field, Kind

_NUMBER = Field("text", "The number of the document.", "HARBOUR-2026-000001")
_CURRENCY = Field("currency", "ISO 4217 code of the amounts.", "EUR")
_DUE = Field("day", "When it is due.", "2026-06-15")
_PLAN = Field("text", "The plan's name.", "Cloud, Large")
_SUBSCRIPTION = Field("id", "Id of the subscription.", "sub_bbbbbbbbbbbbbbbbbbbbbbbb")
_KIND = Field("text", "What kind of thing it is.", "server")


def _amount(about: str, example: str = "60.27") -> Field:
    return Field("amount", f"{about}, in the currency's major unit.", example)


def _invoice(name: str, about: str) -> Kind:
    fields = {
        "number": _NUMBER,
        "total": _amount("The total with tax"),
        "open": _amount("What is still to pay", "0" if name == "invoice.paid" else "60.27"),
        "currency": _CURRENCY,
        "issued_on": Field("day", "When it was issued.", "2026-06-01"),
        "due_on": _DUE,
    }
    return Kind(name, about, "invoice", fields)


def _payment(name: str, about: str, **more: Field) -> Kind:
    fields = {"amount": _amount("What is paid"), "currency": _CURRENCY, **more}
    return Kind(name, about, "payment", fields)


def _order(name: str, about: str) -> Kind:
    fields = {
        "state": Field("text", "What became of it.", "done" if name == "order.completed" else "placed"),
        "total": _amount("What is due at once, with tax", "49"),
        "currency": _CURRENCY,
    }
    return Kind(name, about, "order", fields)


def _service(verb: str, about: str) -> Kind:
    fields = {
        "subscription": _SUBSCRIPTION,
        "name": Field("text", "The service's name.", "web-1"),
        "kind": _KIND,
    }
    return Kind(f"service.{verb}", about, "service", fields)


def _subscription(verb: str, about: str, when: str) -> Kind:
    return Kind(
        f"subscription.{verb}", about, "subscription",
        {"plan": _PLAN, "at": Field("instant", when, "2026-06-01T00:00:00+00:00")},
    )  # fmt: skip


def _notice(name: str, about: str) -> Kind:
    fields = {
        "title": Field("text", "What it is, in a line.", "Invoice HARBOUR-2026-000001 is 3 days overdue"),
        "text": Field("text", "The notice.", "60.27 EUR are open."),
        "invoice": Field("id", "Id of the invoice behind it.", "inv_bbbbbbbbbbbbbbbbbbbbbbbb", null=True),
        "by_email": Field("flag", "Whether the policy wants it to be mailed.", example=True),
    }
    return Kind(name, about, "notice", fields)


def _wallet(name: str, about: str) -> Kind:
    fields = {"balance": _amount("What is left", "4.20"), "currency": _CURRENCY}
    return Kind(name, about, "wallet", fields)


_ALL = (
    Kind(
        "customer.created", "A customer was added.", "customer",
        {"name": Field("text", "Its name.", "Northwind Ltd"), "reference": Field("text", "Your key of it.", "NW-1")},
    ),
    _invoice("invoice.issued", "An invoice was issued; its document is ready."),
    _invoice("invoice.paid", "Nothing of an invoice is open any more."),
    Kind(
        "credit_note.issued", "A credit note was issued.", "credit note",
        {
            "number": _NUMBER,
            "total": _amount("What is credited with tax, below zero", "-60.27"),
            "currency": _CURRENCY,
            "issued_on": Field("day", "When it was issued.", "2026-06-01"),
            "invoice": Field("id", "Id of the invoice that it corrects.", "inv_bbbbbbbbbbbbbbbbbbbbbbbb", null=True),
        },
    ),
    _payment("payment.received", "Money has arrived.", gateway=Field("text", "How it was paid.", "manual")),
    _payment("payment.failed", "A payment failed; nothing was taken.", note=Field("text", "Why.", "card declined")),
    Kind(
        "refund.done", "Money was given back.", "refund",
        {
            "amount": _amount("What was given back", "10"),
            "currency": _CURRENCY,
            "payment": Field("id", "Id of the payment.", "pay_bbbbbbbbbbbbbbbbbbbbbbbb"),
        },
    ),
    _wallet("wallet.low", "A wallet fell below the threshold at which its holder wants to know."),
    _wallet("wallet.empty", "Nothing is left in a wallet."),
    Kind(
        "topup.requested", "A low wallet asks for a top-up.", "top-up request",
        {
            "wallet": Field("id", "Id of the wallet.", "wal_bbbbbbbbbbbbbbbbbbbbbbbb"),
            "amount": _amount("What is asked for", "50"),
            "currency": _CURRENCY,
        },
    ),
    _order("order.created", "An order was placed."),
    _order("order.completed", "All that was ordered is there."),
    _service("activated", "A service runs."),
    _service("suspended", "A service was stopped; it can run again."),
    _service("resumed", "A service runs again."),
    _service("terminated", "A service has ended for good."),
    _subscription("started", "A subscription was agreed.", "From when on."),
    _subscription("changed", "The plan of a subscription was changed.", "From when on."),
    _subscription("ended", "The end of a subscription was set.", "When it ends."),
    _notice("dunning.reminder", "A reminder of an unpaid invoice."),
    _notice("dunning.notice", "A late fee, or a service that stops, runs again or ends because of what is unpaid."),
    Kind(
        "spend.alert", "The spend of a month has reached an alert.", "spend alert",
        {
            "month": Field("day", "First day of the month.", "2026-06-01"),
            "spent": _amount("What was spent", "100.42"),
            "limit": _amount("The threshold", "100"),
            "currency": _CURRENCY,
        },
    ),
    Kind(
        "webhook.disabled", "A webhook was switched off: it answered 410, or failed for days.", "webhook",
        {
            "url": Field("text", "Its address.", "https://shop.example/hooks"),
            "why": Field("text", "Why.", "it answered 410 Gone"),
        },
    ),
    Kind(
        "webhook.test", "A test that somebody asked for.", "webhook",
        {"note": Field("text", "That it is a test.", "This is a test.")},
    ),
)  # fmt: skip
CATALOGUE: dict[str, Kind] = {kind.name: kind for kind in _ALL}


def kind_of(name: str) -> Kind:
    """The kind of that name; NotFound "event_kind_not_found"."""
    if name not in CATALOGUE:
        raise NotFound("event_kind_not_found", f"kind {shown(name)}: give one of {', '.join(CATALOGUE)}", param="kind")
    return CATALOGUE[name]
