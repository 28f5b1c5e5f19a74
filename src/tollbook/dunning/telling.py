"""What customers are told, in words: reminders, late fees, services that stop, run again and end. The language is that
of the page, or of the customer where the caller is `speaking` it.
"""

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tollbook.dunning.debts import Owed
from tollbook.dunning.rules import Kind, Planned
from tollbook.invoicing.models import Invoice
from tollbook.kernel.money import Money
from tollbook.subscriptions.models import Subscription
from tollbook.web.words import long_day_text

TITLE_LIMIT = 200
TEXT_LIMIT = 1000


def day_words(day: date) -> str:
    """A day as sentences say it: 5 May 2026."""
    return long_day_text(day)


def service_name(subscription: Subscription) -> str:
    """What a service is called: its plan and product; both loaded."""
    plan = subscription.version.plan
    return plan.name if plan.name == plan.product.name else f"{plan.product.name}, {plan.name}"


def reminder(owed: Owed, planned: Planned) -> tuple[str, str]:
    """Title and text of a reminder; what comes next is said, where the policy says that something does."""
    label, days = owed.invoice.label, owed.overdue_days
    if days < 0:
        title = _("Invoice {label} is due on {day}").format(label=label, day=day_words(owed.debt.due_on))
    elif days == 0:
        title = _("Invoice {label} is due today").format(label=label)
    else:
        title = ngettext(
            "Invoice {label} is {late} day overdue", "Invoice {label} is {late} days overdue", days
        ).format(label=label, late=days)
    text = _("{left} are open.").format(left=owed.left)
    return title, f"{text} {coming(owed, after=planned)}".strip()


def coming(owed: Owed, after: Planned | None = None) -> str:
    """What happens next if nothing is paid, as a sentence; empty where nothing does but reminders."""
    severe = [each for each in owed.coming if each.kind is not Kind.REMIND and each != after]
    return consequence(severe[0], owed.subscriptions, owed.on) if severe else ""


def consequence(planned: Planned, subscriptions: Mapping[int, Subscription], on: date) -> str:
    """What a step to come means for the customer, as a sentence."""
    when = _("On {day}").format(day=day_words(planned.day)) if planned.day > on else _("Now")
    service = subscriptions.get(planned.subscription or 0)
    name = service_name(service) if service else ""
    return {
        Kind.REMIND: _("{when} we remind you of it."),
        Kind.RETRY: _("{when} the way to pay that you saved is charged."),
        Kind.FEE: _("{when} a late fee is charged."),
        Kind.SUSPEND: _("{when} {name} is suspended."),
        Kind.TERMINATE: _("{when} {name} ends for good."),
    }[planned.kind].format(when=when, name=name)


_STEPS = {
    Kind.REMIND: "reminder",
    Kind.RETRY: "charge the saved method",
    Kind.FEE: "late fee",
    Kind.SUSPEND: "suspend",
    Kind.TERMINATE: "terminate",
}


def step_name(planned: Planned, subscriptions: Mapping[int, Subscription]) -> str:
    """What staff call a step: "suspend Cloud, Large"."""
    service = subscriptions.get(planned.subscription or 0)
    return f"{_STEPS[planned.kind]} {service_name(service) if service else ''}".strip()


def charged(fee: Invoice, invoice: Invoice) -> tuple[str, str]:
    """Title and text about a late fee."""
    total = Money(fee.total, fee.currency)
    text = _("{total} were charged with invoice {label}, tax included.").format(total=total, label=fee.label)
    return _("Late fee on invoice {label}").format(label=invoice.label), text


def _suspended(subscription: Subscription) -> str:
    return _("{name} is suspended").format(name=service_name(subscription))


def suspended(subscription: Subscription, owed: Owed) -> tuple[str, str]:
    """Title and text about a service that is stopped because of an invoice."""
    text = _("Invoice {label} has not been paid; {left} are open. The service runs again when it is paid.")
    return _suspended(subscription), text.format(label=owed.invoice.label, left=owed.left)


def emptied(subscription: Subscription) -> tuple[str, str]:
    """Title and text about a service that is stopped because its wallet is empty."""
    return _suspended(subscription), _("The wallet is empty. Add funds, and the service runs again.")


def resumed(subscription: Subscription) -> tuple[str, str]:
    """Title and text about a service that runs again."""
    title = _("{name} runs again").format(name=service_name(subscription))
    return title, _("What it was stopped for is settled or waits.")


def terminated(subscription: Subscription, owed: Owed) -> tuple[str, str]:
    """Title and text about a service that has ended."""
    text = _("Invoice {label} was not paid; {left} are still open.").format(label=owed.invoice.label, left=owed.left)
    return _("{name} has ended").format(name=service_name(subscription)), text
