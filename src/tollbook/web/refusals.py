"""Refusals in the reader's language.

A rule refuses in English, with a stable code, wherever it is asked: programs read that. A page looks the sentence up
among those that the catalogue has for the code (its context), takes out what stands in the braces, and puts it into the
translation. A sentence that the catalogue does not have stays English; `site.messages` gathers them from the source.
"""

import re
from functools import cache

from django.utils.translation import get_language
from django.utils.translation.trans_real import translation

from tollbook.kernel.errors import Invalid, TollbookError

_SEPARATOR = "\x04"  # between context and text, as gettext has it
_BRACES = re.compile(r"\{(\w+)\}")


@cache
def _sentences(language: str) -> dict[str, list[tuple[re.Pattern[str], str]]]:
    """By code: what each of its sentences looks like, and its translation; what says most literally comes first."""
    found: dict[str, list[tuple[str, str]]] = {}
    catalogue = translation(language)
    for key in catalogue._catalog.keys():  # type: ignore[attr-defined]  # gettext has no other way to list it
        context, mark, text = key.partition(_SEPARATOR) if isinstance(key, str) else ("", "", "")
        if mark:
            found.setdefault(context, []).append((text, catalogue.pgettext(context, text)))
    return {
        code: [(_looks(text), told) for text, told in sorted(each, key=lambda one: -len(_BRACES.sub("", one[0])))]
        for code, each in found.items()
    }


def _looks(template: str) -> re.Pattern[str]:
    parts = _BRACES.split(template)
    seen: set[str] = set()
    pattern = ""
    for i, part in enumerate(parts):
        if i % 2 == 0:
            pattern += re.escape(part)
        elif part in seen:
            pattern += f"(?P={part})"
        else:
            seen.add(part)
            pattern += f"(?P<{part}>.*)"
    return re.compile(pattern, re.DOTALL)


def in_words(error: TollbookError) -> str:
    """The message of a refusal in the reader's language; in English where the catalogue does not know it."""
    if isinstance(error, Invalid):
        return "; ".join(_translated(each.code, each.reason) for each in error.problems)
    return _translated(error.code, error.message)


def _translated(code: str, message: str) -> str:
    language = get_language()
    if not language or language == "en":
        return message
    for looks, told in _sentences(language).get(code, ()):
        if (found := looks.fullmatch(message)) is not None:
            return told.format(**found.groupdict())
    return message
