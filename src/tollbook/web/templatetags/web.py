"""How values look on a page."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.numbers import format_currency
from django import template
from django.template import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from heroicons.templatetags.heroicons import heroicon_mini, heroicon_outline

from tollbook.kernel.money import Money, minor_units, plain, round_to
from tollbook.kernel.words import grouped
from tollbook.web import panels
from tollbook.web.words import day_text, language, locale_of, span_text

register = template.Library()

CHIPS = {
    "active": "ok", "paid": "ok", "open": "info", "issued": "info", "captured": "ok", "accepted": "ok", "billed": "ok",
    "suspended": "warn", "pending": "warn", "due": "warn", "credited": "warn", "reported": "idle",
    "part paid": "info", "low": "warn", "top_up": "ok", "grant": "ok", "draw": "idle", "return": "info",
    "expiry": "warn", "overdue": "bad", "conflict": "bad", "failed": "bad", "refused": "bad",
    "succeeded": "ok", "started": "info", "unknown": "warn", "review": "bad", "written_off": "bad", "lost": "bad",
    "won": "ok", "waiting": "warn", "assigned": "ok", "done": "ok", "sent": "info", "working": "info", "ending": "warn",
    "placed": "info", "provisioning": "info", "people": "bad", "lose": "warn", "wait": "warn", "work": "info",
    "charged": "ok", "on": "ok", "refund": "info", "awaiting_payment": "warn", "held": "info", "verified": "ok",
    "rejected": "bad", "refund_pending": "info", "refund_failed": "bad", "refunded": "ok", "forfeited": "idle",
    "called_back": "bad",
}  # fmt: skip
WORDS = {
    "issued": "to pay", "top_up": "top-up", "draw": "use", "lose": "no answer", "wait": "not done", "work": "working",
    "people": "for people", "awaiting_payment": "to pay", "refund_pending": "on its way back",
}  # fmt: skip
NO_BREAK_BLANK = "\N{NO-BREAK SPACE}"
# A currency without a sign of its own keeps its distance (CLDR's currencySpacing): "CHF 49.00".
_LETTER_TO_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")
NARROW_BLANK = "\N{NARROW NO-BREAK SPACE}"


@register.filter
def money(value: Money | None, wanted: str = "") -> str:
    """An amount rounded to its currency, with its currency: "$49.00", as the reader's language, or the one that is
    `wanted`, writes it. Empty for None.
    """
    if value is None:
        return ""
    text = format_currency(value.rounded().amount, value.currency, locale=locale_of(wanted or language())).replace(
        " ", NO_BREAK_BLANK
    )
    return _LETTER_TO_DIGIT.sub(NO_BREAK_BLANK, text)


@register.filter
def cost(value: Money | None, places: int) -> str:
    """A cost that is no amount due, such as an estimate, with `places` decimals: "$49.0043". A currency without a
    smaller part is shown without decimals. Empty for None.
    """
    if value is None:
        return ""
    shown = places if minor_units(value.currency) else 0
    locale = locale_of(language())
    standard = str(locale.currency_formats["standard"].pattern).partition(";")[0]
    pattern = standard.replace("0.00", "0" + ("." + "0" * shown if shown else ""))
    text = format_currency(round_to(value.amount, shown), value.currency, pattern, locale=locale, currency_digits=False)
    return _LETTER_TO_DIGIT.sub(NO_BREAK_BLANK, text.replace(" ", NO_BREAK_BLANK))


@register.filter
def exact(value: Money | None) -> str:
    """An amount with every digit it has, and its currency: "0.0003 USD"."""
    if value is None:
        return ""
    text = plain(value.amount)
    whole, _, rest = text.partition(".")
    places = minor_units(value.currency)
    shown = f"{whole}.{rest.ljust(places, '0')}" if rest or places else whole
    return f"{grouped(shown, thousands=False)}\u00a0{value.currency}"


@register.filter
def quantity(value: Decimal | int | None) -> str:
    """A quantity in plain digits, grouped, without trailing zeros or an exponent."""
    if value is None:
        return ""
    return grouped(plain(Decimal(value)))


@register.simple_tag(takes_context=True)
def day(context: dict[str, Any], value: date | datetime | None) -> SafeString | str:
    """A day, in the reader's zone: "1 Oct 2024"."""
    if value is None:
        return ""
    shown = value.astimezone(_zone(context)) if isinstance(value, datetime) else value
    return format_html('<time datetime="{}" class="num">{}</time>', value.isoformat(), day_text(shown))


@register.simple_tag(takes_context=True)
def instant(context: dict[str, Any], value: datetime | None) -> SafeString | str:
    """An instant, in the reader's zone: "1 Oct 2024, 14:05"."""
    if value is None:
        return ""
    shown = value.astimezone(_zone(context))
    text = f"{day_text(shown)}, {shown:%H:%M}"
    return format_html('<time datetime="{}" class="num" title="{}">{}</time>', value.isoformat(), shown.tzname(), text)


def _zone(context: dict[str, Any]) -> ZoneInfo:
    return ZoneInfo(context.get("zone") or "UTC")


@register.filter
def chip(state: str) -> SafeString:
    """A state as a coloured word."""
    word = WORDS.get(state, state.replace("_", " "))
    return format_html('<span class="chip chip-{}">{}</span>', CHIPS.get(state, "idle"), gettext(word))


@register.simple_tag
def icon(name: str, size: int = 20) -> SafeString:
    """A heroicon, drawn inline and hidden from screen readers."""
    draw = heroicon_mini if size < 20 else heroicon_outline  # noqa: PLR2004  # the mini set is drawn for small sizes
    return SafeString(draw(name, size=size, **{"aria-hidden": "true", "class": "shrink-0"}))


@register.simple_tag(takes_context=True)
def span(context: dict[str, Any], start: datetime, end: datetime) -> SafeString:
    """A half-open period as its days, in the reader's zone: "1-30 Sep 2024", the last day included."""
    zone = _zone(context)
    # Stepping back happens in UTC: subtracting from a local time would ignore a change of the clock.
    first, last = start.astimezone(zone), (end.astimezone(UTC) - timedelta(microseconds=1)).astimezone(zone)
    return format_html('<span class="num">{}</span>', days_text(first.date(), last.date()))


@register.simple_tag
def days(first: date, last: date) -> SafeString:
    """Two days, both included: "1-30 Sep 2024"."""
    return format_html('<span class="num">{}</span>', days_text(first, last))


def days_text(first: date, last: date) -> str:
    """Two days, both included, without saying a month or a year twice."""
    if language() != "en":
        return span_text(first, last)
    dash, end = "\N{EN DASH}", f"{last.day} {last:%b %Y}"
    if first == last:
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}{dash}{end}"
    return f"{first.day} {first:%b}{'' if first.year == last.year else f' {first.year}'} {dash} {end}"


@register.filter
def percent(value: Decimal | int | None) -> str:
    """A percentage in plain digits: "23 %"."""
    return "" if value is None else f"{quantity(Decimal(value))}{NARROW_BLANK}%"


@register.simple_tag(takes_context=True)
def narrowed(context: dict[str, Any], key: str, value: str) -> str:
    """This page's address with the filter `key` set to `value`, or dropped when that is empty."""
    return query(context, **{key: value})


@register.simple_tag(takes_context=True)
def socket(context: Context, slot: str, subject: object = None) -> SafeString:
    """The panels that rooms and verticals put into a slot of this page; `subject` is what the page is about."""
    return format_html_join("", "{}", ((each,) for each in panels.draw(context.flatten(), slot, subject)))


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
def in_words(text: str) -> str:
    """A word that is data, such as a role's, in the reader's language; as it is where the catalogue lacks it."""
    return gettext(text) if text else ""


@register.filter
def words_of(text: str) -> list[str]:
    """The words of a text, for templates that need a list of headings."""
    return text.split()


@register.filter
def initials(name: str) -> str:
    """Up to two letters for a mark: "Atlas Orion" gives "AO"."""
    words = [word for word in name.split() if word[:1].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"
