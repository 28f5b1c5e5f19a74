"""The tax of a document in the currency of its brand's books, at a rate that it freezes."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tollbook.exchange.queries import find, look_up
from tollbook.exchange.rules import converted
from tollbook.invoicing.documents.content import Exchange
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.queries import content_of
from tollbook.kernel.money import Money, minor_units


def exchange_of(books: str, currency: str, tax: Decimal, corrects: Invoice | None, on: date) -> Exchange | None:
    """The tax, in `currency`, in that of the `books`: at the rate of the day or, of a credit note, of its invoice.

    None where both are the same; and, where no tax is due, where no rate is known. Refused "no_exchange_rate".
    """
    if currency == books:
        return None
    before = content_of(corrects).exchange if corrects else None
    if before is not None:
        return exchange_again(before, tax)
    found = find(currency, books, on) if tax else look_up(currency, books, on)
    if found is None or found.on is None:
        return None
    local, ratio = converted(tax, found.ratio, books), f"{found.ratio.numerator}/{found.ratio.denominator}"
    return Exchange(
        books=books, local_tax=local.amount, places=minor_units(books), ratio=ratio, words=found.words,
        rated_on=found.on,
    )  # fmt: skip


def exchange_again(before: Exchange, tax: Decimal) -> Exchange:
    """Another tax at the rate that a document has frozen."""
    return replace(before, local_tax=converted(tax, Fraction(before.ratio), before.books).amount)


def exchange_words(exchange: Exchange | None) -> str:
    """The tax in the currency of the books, and the rate, as the document prints them; empty for none."""
    if exchange is None:
        return ""
    return f"Tax in {exchange.books}: {Money(exchange.local_tax, exchange.books)}. Rate: {exchange.words}."
