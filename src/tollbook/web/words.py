"""Texts of pages in the reader's language."""

from contextlib import AbstractContextManager
from datetime import date
from functools import cache
from typing import cast

from babel import Locale
from babel.dates import format_date, format_interval, format_skeleton
from django.conf import settings
from django.utils import translation
from django.utils.translation import get_language, gettext_lazy

from tollbook.kernel.words import Marks


def later(text: str) -> str:
    """A text that is declared once and translated whenever it is shown."""
    return cast(str, gettext_lazy(text))


def supported(code: str) -> str:
    """The language of ours that is nearest: "de-AT" is "de"; empty for one that we do not speak."""
    short = code.partition("-")[0].lower()
    return short if short in dict(settings.LANGUAGES) else ""


def speaking(code: str) -> AbstractContextManager[None]:
    """For a time, texts are those of that language, or English where we do not speak it: for what is written to
    somebody else than the one who reads this page.
    """
    return translation.override(supported(code) or str(settings.LANGUAGE_CODE))


def language() -> str:
    """The language of the page that is being drawn; English outside of pages."""
    return get_language() or str(settings.LANGUAGE_CODE)


@cache
def _marks(code: str) -> Marks:
    signs = locale_of(code).number_symbols["latn"]
    return Marks(signs["group"], signs["decimal"])


def marks() -> Marks:
    """How the reader's language writes numbers."""
    return _marks(language())


@cache
def locale_of(code: str) -> Locale:
    """The locale of a language: how it writes dates and amounts."""
    return Locale.parse(code, sep="-")


def day_text(day: date) -> str:
    """A day: "1 Oct 2024" in English, else as the language writes it: "01.10.2024"."""
    if language() == "en":
        return f"{day.day} {day:%b %Y}"
    return str(format_date(day, "medium", locale=locale_of(language())))


def long_day_text(day: date) -> str:
    """A day as sentences say it: "1 October 2024"."""
    if language() == "en":
        return f"{day:%-d %B %Y}"
    return str(format_date(day, "long", locale=locale_of(language())))


def day_month_text(day: date) -> str:
    """A day without its year, for narrow places: "1 Oct"."""
    if language() == "en":
        return f"{day.day} {day:%b}"
    return str(format_skeleton("MMMd", day, locale=locale_of(language())))


def month_text(day: date) -> str:
    """The month of a day: "October 2024"."""
    if language() == "en":
        return f"{day:%B %Y}"
    return str(format_skeleton("yMMMM", day, locale=locale_of(language())))


def month_name(day: date) -> str:
    """The month of a day without its year: "October"."""
    if language() == "en":
        return f"{day:%B}"
    return str(format_skeleton("MMMM", day, locale=locale_of(language())))


def span_text(first: date, last: date) -> str:
    """Two days, both included, in the way of a language that is not English: "1.-30. Sept. 2024"."""
    if first == last:
        return day_text(first)
    return str(format_interval(first, last, "yMMMd", locale=locale_of(language())))
