"""Facts, read."""

import json
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from tollbook.base import clock
from tollbook.notifications.events import kind_of
from tollbook.notifications.models import Fact
from tollbook.notifications.shapes import message


def next_due() -> datetime | None:
    """Now, where facts wait to be handed on; None where none does."""
    return clock.now() if Fact.objects.filter(handed_at=None).exists() else None


def of_object(object_id: str) -> QuerySet[Fact]:
    """What was told of a thing, in order."""
    return Fact.objects.filter(object_id=object_id).order_by("sequence")


def fields_of(fact: Fact) -> dict[str, Any]:
    """The fact's own fields."""
    return dict(json.loads(fact.data))


def message_of(fact: Fact, customer: str) -> dict[str, Any]:
    """The fact as a webhook carries it; `customer` is the public id of its customer."""
    kind = kind_of(fact.kind)
    return message(kind, fact.object_id, customer, fact.sequence, fact.at.isoformat(), fields_of(fact))
