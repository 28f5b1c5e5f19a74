"""How a feature came to be what it is, and taking the latest change of a place back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib import messages
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from tollbook.customers.staff.configuration import actor_of, may_set, place_of
from tollbook.features.actions import undo
from tollbook.features.models import FeatureValue
from tollbook.features.queries import before, history, latest
from tollbook.features.registry import Feature
from tollbook.features.values import to_text
from tollbook.identity.access import staff_page
from tollbook.identity.models import StaffRole
from tollbook.kernel.errors import TollbookError


@dataclass(frozen=True, slots=True)
class Changed:
    """A change as the history shows it; `undo` is its row id where it can be undone."""

    row: FeatureValue
    was: str
    became: str
    undo: int | None


@dataclass(frozen=True, slots=True)
class History:
    """Who changed a feature when, from what to what, and a button to undo the latest change of each place."""

    template: ClassVar[str] = "customers/part_history.html"
    title: str
    changes: Sequence[Changed]
    action: str
    may: bool
    wide: bool = True


def history_part(request: HttpRequest, known: Feature, limit: int) -> History:
    """The newest `limit` changes of a feature."""
    rows = list(history(known.key)[:limit])
    changes = []
    for row in rows:
        earlier = before(row)
        was = earlier.value if earlier else None
        last = latest(row).pk == row.pk
        changes.append(Changed(row, _said(known, was), _said(known, row.value), row.pk if last else None))
    action = reverse("staff-customers:undo-feature", args=[known.key])
    return History("History", changes, action, may_set(request))


def _said(known: Feature, stored: Any) -> str:
    if stored is None:
        return "as the level above"
    return to_text(known.type, known.type.read(stored, known.key))


@staff_page(StaffRole.ADMINISTRATOR)
def undo_change(request: HttpRequest, key: str) -> HttpResponseBase:
    """Take a change back; a post names its row."""
    number = request.POST.get("change", "")
    row = FeatureValue.objects.filter(key=key, pk=int(number)).first() if number.isdecimal() else None
    if request.method != "POST" or row is None:
        raise Http404
    try:
        place = place_of(row.scope_id)
        undo(row.pk, actor=actor_of(request), door="staff", customer_id=place.customer_id)
        messages.success(request, "The change was undone.")
    except TollbookError as error:
        messages.error(request, error.message)
    return redirect(reverse("staff-customers:feature", args=[key]))
