"""Small forms on staff pages: a part of a page with fields and a button."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from tollbook.kernel.errors import TollbookError
from tollbook.kernel.ids import new_id


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name in the post, label, type of input ("text", "number", "lines", "password", "hidden",
    "switch"), what stands in it, what can be chosen (value, label), and a word of help.
    """

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    choices: Sequence[tuple[str, str]] = ()
    required: bool = True
    help: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form as a part of a page. `key` is new on each page: a form that is sent twice acts once."""

    template: ClassVar[str] = "web/parts/form.html"
    title: str
    action: str
    fields: Sequence[Field]
    button: str
    note: str = ""
    wide: bool = False
    key: str = field(default_factory=lambda: new_id("key"))


def acted(request: HttpRequest, act: Callable[[], object], done: str, back: str) -> HttpResponse:
    """Do it and say so, or say why not; either way go to `back`."""
    try:
        act()
    except TollbookError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done)
    return redirect(back)
