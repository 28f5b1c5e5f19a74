"""Texts that people read, made where no reader is known: English, until a page for a reader says how to translate.

Rules that explain prices know neither requests nor languages. They say `said("Fee: {amount}", amount=...)`; what draws
pages tells `read_by` once where translations come from. Programs, the books and documents read English, since nothing
is translated outside of a page for a reader.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Marks:
    """What a language puts between groups of three digits, and before decimals."""

    group: str = ","
    decimal: str = "."


@dataclass(slots=True)
class _Reader:
    translate: Callable[[str], str]
    marks: Callable[[], Marks]


_ENGLISH = Marks()
_reader = _Reader(translate=lambda text: text, marks=lambda: _ENGLISH)


def read_by(translate: Callable[[str], str], marks: Callable[[], Marks]) -> None:
    """From now on texts are translated by `translate`, and numbers written with what `marks` gives; both look at who
    reads at that moment.
    """
    _reader.translate, _reader.marks = translate, marks


def said(template: str, /, **values: object) -> str:
    """A text of the reader's language: `template`, in English and literally in the source, is looked up, and what
    stands in its braces is put in.
    """
    return _reader.translate(template).format(**values)


def grouped(text: str, *, thousands: bool = True) -> str:
    """Plain digits, such as "-1234.50", with the reader's marks: "-1,234.50" in English; in one piece without
    `thousands`.
    """
    marks = _reader.marks()
    whole, dot, rest = text.partition(".")
    sign, whole = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    shown = f"{int(whole):,}".replace(",", marks.group) if thousands else whole
    return f"{sign}{shown}{marks.decimal if dot else ''}{rest}"
