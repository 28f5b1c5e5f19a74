"""How values look on a page."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import format_currency
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from heroicons.templatetags.heroicons import heroicon_mini, heroicon_outline

from tollbook.kernel.money import Money, minor_units, plain

register = template.Library()

CHIPS = {
    "active": "ok", "paid": "ok", "open": "info", "issued": "info", "captured": "ok", "accepted": "ok", "billed": "ok",
    "suspended": "warn", "pending": "warn", "due": "warn", "credited": "warn", "reported": "idle",
    "overdue": "bad", "conflict": "bad", "failed": "bad", "refused": "bad",
}  # fmt: skip
WORDS = {"issued": "to pay"}


@register.filter
def money(value: Money | None, language: str = "en") -> str:
    """An amount rounded to its currency, with its currency: "$49.00". Empty for None."""
    if value is None:
        return ""
    return format_currency(value.rounded().amount, value.currency, locale=language).replace(" ", "\u00a0")


@register.filter
def exact(value: Money | None) -> str:
    """An amount with every digit it has, and its currency: "0.0003 USD"."""
    if value is None:
        return ""
    text = plain(value.amount)
    whole, _, rest = text.partition(".")
    places = minor_units(value.currency)
    shown = f"{whole}.{rest.ljust(places, '0')}" if rest or places else whole
    return f"{shown}\u00a0{value.currency}"


@register.filter
def quantity(value: Decimal | int | None) -> str:
    """A quantity in plain digits, grouped, without trailing zeros or an exponent."""
    if value is None:
        return ""
    whole, dot, rest = plain(Decimal(value)).partition(".")
    sign, whole = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    return f"{sign}{int(whole):,}{dot}{rest}"


@register.simple_tag(takes_context=True)
def day(context: dict[str, Any], value: date | datetime | None) -> SafeString | str:
    """A day, in the reader's zone: "1 Oct 2024"."""
    if value is None:
        return ""
    shown = value.astimezone(_zone(context)) if isinstance(value, datetime) else value
    return format_html('<time datetime="{}" class="num">{}</time>', value.isoformat(), f"{shown.day} {shown:%b %Y}")


@register.simple_tag(takes_context=True)
def instant(context: dict[str, Any], value: datetime | None) -> SafeString | str:
    """An instant, in the reader's zone: "1 Oct 2024, 14:05"."""
    if value is None:
        return ""
    shown = value.astimezone(_zone(context))
    text = f"{shown.day} {shown:%b %Y, %H:%M}"
    return format_html('<time datetime="{}" class="num" title="{}">{}</time>', value.isoformat(), shown.tzname(), text)


def _zone(context: dict[str, Any]) -> ZoneInfo:
    return ZoneInfo(context.get("zone") or "UTC")


@register.filter
def chip(state: str) -> SafeString:
    """A state as a coloured word."""
    return format_html('<span class="chip chip-{}">{}</span>', CHIPS.get(state, "idle"), WORDS.get(state, state.replace("_", " ")))


@register.simple_tag
def icon(name: str, size: int = 20) -> SafeString:
    """A heroicon, drawn inline and hidden from screen readers."""
    draw = heroicon_mini if size < 20 else heroicon_outline  # noqa: PLR2004  # the mini set is drawn for small sizes
    return SafeString(draw(name, size=size, **{"aria-hidden": "true", "class": "shrink-0"}))


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """This page's address with some parameters changed; an empty value drops one. Pages begin anew."""
    params = context["request"].GET.copy()
    params.pop("page", None)
    params.pop("export", None)
    for name, value in changes.items():
        params.pop(name, None)
        if value not in {"", None}:
            params[name] = value
    return f"?{params.urlencode()}" if params else "?"


@register.filter
def initials(name: str) -> str:
    """Up to two letters for a mark: "Atlas Orion" gives "AO"."""
    words = [word for word in name.split() if word[:1].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"
