"""Numbers and frozen content of receipts and proformas: as of invoices, in series of their own."""

from datetime import date, datetime
from typing import TypedDict

from tollbook.base import clock
from tollbook.brands.models import Brand
from tollbook.invoicing.documents.content import Content
from tollbook.invoicing.documents.stored import hash_of, to_json
from tollbook.invoicing.storing import numbers
from tollbook.kernel.ids import new_id
from tollbook.kernel.times import zone_info

#: Stands for the number in a content that has none yet.
BLANK = new_id("num")


class Frozen(TypedDict):
    """The columns that a number fills."""

    brand: Brand
    series: str
    year: int
    number: int
    label: str
    issued_on: date
    content: str
    content_hash: str
    created_at: datetime


def local_day(brand: Brand, at: datetime) -> date:
    """The brand's day at an instant."""
    return at.astimezone(zone_info(brand.zone)).date()


def frozen(brand: Brand, series: str, content: Content) -> Frozen:
    """The next number of the series, and the content with it, as its day of issue says.

    The counter stays locked until the transaction ends: make this its last step. Refused "issue_date_backwards".
    """
    on = content.issued_on
    (number,) = numbers(brand.pk, series, on, 1)
    label = f"{brand.code.upper()}-{series}-{on.year}-{number:06d}"
    text = to_json(content).replace(BLANK, label)
    return {
        "brand": brand, "series": series, "year": on.year, "number": number, "label": label, "issued_on": on,
        "content": text, "content_hash": hash_of(text), "created_at": clock.now(),
    }  # fmt: skip
