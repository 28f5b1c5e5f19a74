"""Which facts are mailed, to whom, and whether people may decline them; pure."""

from dataclasses import dataclass

_MONEY = ("owner", "billing")
_INVOICE = "portal-invoicing:page"
_ALL = ("owner", "billing", "technical")


@dataclass(frozen=True, slots=True)
class MailKind:
    """A fact that is mailed.

    kind       its name in the catalogue of facts
    title      what people call it
    roles      people of the customer with these roles get it
    to_billing  whether the billing address on the customer's documents gets it as well
    mandatory  whether somebody of the customer must go on getting it
    page       name of the portal's page about the thing; empty: the front page
    """

    kind: str
    title: str
    roles: tuple[str, ...] = _MONEY
    to_billing: bool = False
    mandatory: bool = False
    page: str = ""


_LIST = (
    MailKind("invoice.issued", "New invoices", to_billing=True, mandatory=True, page=_INVOICE),
    MailKind("credit_note.issued", "Credit notes", to_billing=True, mandatory=True, page=_INVOICE),
    MailKind("dunning.reminder", "Reminders of what is unpaid", to_billing=True, mandatory=True),
    MailKind("dunning.notice", "Late fees and suspensions", _ALL, to_billing=True, mandatory=True),
    MailKind("payment.received", "Payments received"),
    MailKind("payment.failed", "Payments that failed"),
    MailKind("refund.done", "Refunds"),
    MailKind("wallet.low", "A wallet is low"),
    MailKind("wallet.empty", "A wallet is empty"),
    MailKind("spend.alert", "Spend alerts"),
    MailKind("order.created", "Orders placed"),
    MailKind("order.completed", "Orders completed", _ALL),
    MailKind("service.activated", "Services that run", ("owner", "technical")),
    MailKind("service.terminated", "Services that end", ("owner", "technical")),
    MailKind("webhook.disabled", "Webhooks that were switched off", ("owner", "technical")),
)  # fmt: skip
KINDS: dict[str, MailKind] = {each.kind: each for each in _LIST}
