"""What customers are told, in words: reminders, late fees, services that stop, run again and end."""

from collections.abc import Mapping
from datetime import date

from tollbook.dunning.queries import Owed
from tollbook.dunning.rules import Kind, Planned
from tollbook.invoicing.models import Invoice
from tollbook.kernel.money import Money
from tollbook.subscriptions.models import Subscription

TITLE_LIMIT = 200
TEXT_LIMIT = 1000


def day_words(day: date) -> str:
    """A day as sentences say it: 5 May 2026."""
    return f"{day:%-d %B %Y}"


def service_name(subscription: Subscription) -> str:
    """What a service is called: its plan and product; both loaded."""
    plan = subscription.version.plan
    return plan.name if plan.name == plan.product.name else f"{plan.product.name}, {plan.name}"


def reminder(owed: Owed, planned: Planned) -> tuple[str, str]:
    """Title and text of a reminder; what comes next is said, where the policy says that something does."""
    label, days = owed.invoice.label, owed.overdue_days
    if days < 0:
        title = f"Invoice {label} is due on {day_words(owed.debt.due_on)}"
    elif days == 0:
        title = f"Invoice {label} is due today"
    else:
        title = f"Invoice {label} is {days} {'day' if days == 1 else 'days'} overdue"
    return title, f"{owed.left} are open. {coming(owed, after=planned)}".strip()


def coming(owed: Owed, after: Planned | None = None) -> str:
    """What happens next if nothing is paid, as a sentence; empty where nothing does but reminders."""
    severe = [each for each in owed.coming if each.kind is not Kind.REMIND and each != after]
    return consequence(severe[0], owed.subscriptions, owed.on) if severe else ""


def consequence(planned: Planned, subscriptions: Mapping[int, Subscription], on: date) -> str:
    """What a step to come means for the customer, as a sentence."""
    when = f"On {day_words(planned.day)}" if planned.day > on else "Now"
    service = subscriptions.get(planned.subscription or 0)
    name = service_name(service) if service else ""
    return {
        Kind.REMIND: f"{when} we remind you of it.",
        Kind.RETRY: f"{when} the way to pay that you saved is charged.",
        Kind.FEE: f"{when} a late fee is charged.",
        Kind.SUSPEND: f"{when} {name} is suspended.",
        Kind.TERMINATE: f"{when} {name} ends for good.",
    }[planned.kind]


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
    return f"Late fee on invoice {invoice.label}", f"{total} were charged with invoice {fee.label}, tax included."


def suspended(subscription: Subscription, owed: Owed) -> tuple[str, str]:
    """Title and text about a service that is stopped because of an invoice."""
    paid = f"Invoice {owed.invoice.label} has not been paid; {owed.left} are open."
    return f"{service_name(subscription)} is suspended", f"{paid} The service runs again when it is paid."


def emptied(subscription: Subscription) -> tuple[str, str]:
    """Title and text about a service that is stopped because its wallet is empty."""
    return f"{service_name(subscription)} is suspended", "The wallet is empty. Add funds, and the service runs again."


def resumed(subscription: Subscription) -> tuple[str, str]:
    """Title and text about a service that runs again."""
    return f"{service_name(subscription)} runs again", "What it was stopped for is settled or waits."


def terminated(subscription: Subscription, owed: Owed) -> tuple[str, str]:
    """Title and text about a service that has ended."""
    text = f"Invoice {owed.invoice.label} was not paid; {owed.left} are still open."
    return f"{service_name(subscription)} has ended", text
