"""Small forms on staff pages: a part of a page with fields and a button, and what a post of it does."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from tollbook.identity.models import StaffRole, User
from tollbook.kernel.errors import TollbookError
from tollbook.kernel.ids import new_id
from tollbook.kernel.numbers import parse_decimal
from tollbook.payments.applying import By

#: Who moves money by hand.
MONEY = (StaffRole.BILLING, StaffRole.FINANCE, StaffRole.ADMINISTRATOR)


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name in the post, label, type of input, what stands in it, and what can be chosen (value,
    label).
    """

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    choices: Sequence[tuple[str, str]] = ()
    required: bool = True
    step: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form as a part of a page. `key` is new on each page: a form that is sent twice acts once."""

    template: ClassVar[str] = "payments/staff_form.html"
    title: str
    action: str
    fields: Sequence[Field]
    button: str
    note: str = ""
    files: bool = False
    wide: bool = False
    key: str = field(default_factory=lambda: new_id("key"))


def by_of(request: HttpRequest) -> By:
    """Who acts."""
    return By(request.user.email if isinstance(request.user, User) else "", "staff")


def may_act(request: HttpRequest) -> bool:
    """Whether the reader moves money; forms are shown to nobody else."""
    return isinstance(request.user, User) and request.user.staff_role in MONEY


def amount_in(request: HttpRequest, name: str = "amount") -> Decimal:
    """The amount that was typed; Refused as `parse_decimal`."""
    return parse_decimal(request.POST.get(name, "").strip(), name)


def key_in(request: HttpRequest) -> str:
    """The key of the form that was sent."""
    return f"staff:{request.POST.get('key', '')[:60]}"


def acted(request: HttpRequest, act: Callable[[], object], done: str, back: str) -> HttpResponse:
    """Do it and say so, or say why not; either way go back to the page."""
    try:
        act()
    except TollbookError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done)
    return redirect(back)
