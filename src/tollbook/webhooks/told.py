"""Webhooks and deliveries as both portals show them."""

from collections.abc import Callable, Sequence

from django.db.models import Q

from tollbook.web.tables import Column, Filter, Table
from tollbook.webhooks.models import Attempt, Delivery
from tollbook.webhooks.queries import OPEN, kind_name, message_id

MANY = 3


def about_kinds(kinds: Sequence[str]) -> str:
    """What it is sent, in a line."""
    if not kinds:
        return "All kinds of events"
    return ", ".join(kinds) if len(kinds) <= MANY else f"{', '.join(kinds[:MANY])} and {len(kinds) - MANY} more"


def last_try(row: Delivery) -> Attempt | None:
    """The latest attempt; `tries` must be loaded."""
    return max(row.tries.all(), key=lambda each: each.number, default=None)


def answered(row: Delivery) -> str:
    """What came of the latest attempt, in a line."""
    found = last_try(row)
    if found is None:
        return ""
    return str(found.status) if found.status is not None else found.error


def table_of(href: Callable[[Delivery], str]) -> Table:
    """The list of deliveries of an endpoint."""
    return Table(
        name="deliveries",
        columns=[
            Column("Event", kind_name, href=href, note=lambda d: "replay" if d.replay else ""),
            Column("State", lambda d: d.state, "state", sort="state"),
            Column("Answer", answered),
            Column("Attempts", lambda d: d.attempts, "quantity"),
            Column("Made", lambda d: d.created_at, "instant", sort="pk"),
            Column("Next attempt", lambda d: d.due_at if d.state in OPEN else None, "instant"),
            Column("Message", message_id, "mono"),
        ],
        order="-pk",
        search=("public_id", "fact__public_id", "fact__kind", "object_id"),
        filters=(
            Filter(
                "state",
                "State",
                (
                    ("open", "On its way", Q(state__in=OPEN)),
                    ("delivered", "Delivered", Q(state="delivered")),
                    ("failed", "Given up", Q(state="failed")),
                ),
            ),
        ),
        empty_title="Nothing was sent yet",
        empty_text="Send a test, or wait until something happens.",
    )
