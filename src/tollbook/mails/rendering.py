"""A mail from its fact: values as words of the language, the brand's text, HTML in its frame, what is attached."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from babel.dates import format_date
from django.conf import settings
from django.core import signing
from django.template.loader import render_to_string
from django.urls import reverse

from tollbook.base import discovery
from tollbook.brands.models import Brand
from tollbook.kernel.money import Money
from tollbook.mails.kinds import KINDS, MailKind
from tollbook.mails.models import Mail
from tollbook.mails.queries import text_of
from tollbook.mails.rules import Text, fill, paragraphs, plain_text, subject_line
from tollbook.mails.texts import FOOT, language_of
from tollbook.notifications.events import kind_of
from tollbook.notifications.queries import fields_of
from tollbook.web.templatetags.web import money

SALT = "tollbook.mails.decline"
#: (file name, content type, content) of what is attached to a mail about the thing with that public id.
Attach = Callable[[str], list[tuple[str, str, bytes]]]


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail as it is sent."""

    subject: str
    text: str
    html: str
    decline: str = ""


@cache
def attachments() -> dict[str, Attach]:
    """What rooms attach to mails, by kind of fact: a room's `mailed.py` lists it in `ATTACHMENTS`."""
    return {
        kind: attach
        for _, module in discovery.modules("mailed")
        for kind, attach in getattr(module, "ATTACHMENTS", {}).items()
    }


def words(kind: str, fields: Mapping[str, Any], language: str) -> dict[str, str]:
    """A fact's fields as texts of the language: amounts with their currency, days as people write them."""
    currency = str(fields.get("currency", ""))
    found = {}
    for name, field in kind_of(kind).fields.items():
        value = fields.get(name)
        if value is None:
            text = ""
        elif field.kind == "amount":
            text = money(Money(Decimal(value), currency), language)
        elif field.kind == "day":
            text = format_date(date.fromisoformat(value), "long", locale=language)
        else:
            text = str(value)
        # A service's own name must not take the place of the reader's.
        found["service" if name == "name" else name] = text
    return found


def known_values(kind: str) -> dict[str, str]:
    """What texts of that kind can name, with examples: its fields, and what every mail knows."""
    example = {name: field.example for name, field in kind_of(kind).fields.items()}
    return {
        **words(kind, example, "en"),
        "name": "Mara Owner",
        "customer": "Northwind Ltd",
        "brand": "Harbour Cloud",
        "link": "https://billing.example/portal/",
    }


def letter(mail: Mail) -> Letter:
    """The mail as it is sent now; its brand, customer and fact must be loaded."""
    kind, language = KINDS[mail.fact.kind], language_of(mail.language)
    values = {
        **words(kind.kind, fields_of(mail.fact), language),
        "name": mail.name,
        "customer": mail.customer.name,
        "brand": mail.brand.name,
        "link": _link(kind, mail.fact.object_id),
    }
    decline = ""
    if mail.user_id is not None and not kind.mandatory and settings.ADDRESS:
        token = signing.dumps([mail.user_id, kind.kind], salt=SALT)
        decline = settings.ADDRESS + reverse("hooks-mails:decline", args=[token])
    return drawn(mail.brand, text_of(mail.brand, kind.kind, language), values, language, decline)


def drawn(brand: Brand, text: Text, values: Mapping[str, str], language: str, decline: str = "") -> Letter:
    """A text of the brand with these values, as text and as HTML."""
    parts = paragraphs(text, values)
    why, stop = FOOT[language]
    foot = [fill(why, values), f"{brand.legal_name}, {brand.street}, {brand.postcode} {brand.city}"]
    subject = subject_line(text.subject, values)
    page = {
        "subject": subject, "parts": parts, "brand": brand, "foot": foot,
        "decline": decline, "stop": stop, "language": language,
    }  # fmt: skip
    below = [*foot, f"{stop}: {decline}"] if decline else foot
    return Letter(subject, plain_text(parts, below), render_to_string("mails/mail.html", page), decline)


def _link(kind: MailKind, object_id: str) -> str:
    """The portal's page about it; empty where nobody said what this installation's address is."""
    if not settings.ADDRESS:
        return ""
    if not kind.page:
        return f"{settings.ADDRESS}/portal/"
    return str(settings.ADDRESS + reverse(kind.page, args=[object_id]))
