"""States of an order, and when it is paid; pure."""

from enum import StrEnum


class State(StrEnum):
    """Of an order. `accepted`: agreed, and waiting for its invoice to be paid; `provisioning`: services are made."""

    DRAFT = "draft"
    PLACED = "placed"
    ACCEPTED = "accepted"
    PROVISIONING = "provisioning"
    DONE = "done"
    CANCELLED = "cancelled"

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(each.value, each.value) for each in cls]


TABLE: dict[str, dict[str, str]] = {
    State.DRAFT: {"place": State.PLACED, "cancel": State.CANCELLED},
    State.PLACED: {"accept": State.ACCEPTED, "cancel": State.CANCELLED},
    State.ACCEPTED: {"provision": State.PROVISIONING, "cancel": State.CANCELLED},
    State.PROVISIONING: {"finish": State.DONE},
    State.DONE: {},
    State.CANCELLED: {},
}


class Payment(StrEnum):
    """When what is due at once must be paid."""

    FIRST = "pay_first"
    ON_ACCOUNT = "on_account"

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(each.value, each.value) for each in cls]


class Accept(StrEnum):
    """Who accepts an order that is placed."""

    BY_ITSELF = "by_itself"
    BY_PEOPLE = "by_people"


class Alignment(StrEnum):
    """Where periods of what is ordered turn; as subscriptions call it."""

    CALENDAR = "calendar"
    ANCHOR = "anchor"


def payment_for(usual: Payment, *, sign_up: bool, has_paid: bool) -> Payment:
    """When a customer pays an order: as usual, but first where accounts are activated by a payment and this one has
    not paid anything yet.
    """
    return Payment.FIRST if sign_up and not has_paid else usual
