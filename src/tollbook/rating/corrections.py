"""A correction of an amount as rows. FOCUS knows three styles; which one a feed uses decides how it must be summed."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from tollbook.kernel.money import EXACT, add_up


class Style(StrEnum):
    """How a correction is written.

    REPLACEMENT  the corrected row takes the place of the original one
    DELTA        the difference stands beside the original row; so do Tollbook's own charges
    LEDGER       the opposite of the original row and the corrected one stand beside it
    """

    REPLACEMENT = "replacement"
    DELTA = "delta"
    LEDGER = "ledger"


class Correction(NamedTuple):
    """The rows that are written, and what then stands in total, together with the original row where it stays."""

    rows: tuple[Decimal, ...]
    net: Decimal


def correction(original: Decimal, corrected: Decimal, style: Style = Style.DELTA) -> Correction:
    """The rows that turn `original` into `corrected`, in one currency; the net is `corrected` in every style."""
    rows = {
        Style.REPLACEMENT: (corrected,),
        Style.DELTA: (EXACT.subtract(corrected, original),),
        Style.LEDGER: (EXACT.minus(original), corrected),
    }[style]
    stays = () if style is Style.REPLACEMENT else (original,)
    return Correction(rows, add_up((*stays, *rows)))
