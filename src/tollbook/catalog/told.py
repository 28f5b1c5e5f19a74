"""A price in words, split for pages: what it costs, then how exactly it is counted."""

from collections.abc import Sequence

from tollbook.brands.models import Brand
from tollbook.catalog.models import PriceBook
from tollbook.kernel.words import said


def cost_and_choices(words: Sequence[str], currency: str) -> tuple[list[str], list[str]]:
    """The sentences of `rating.price_words` that say amounts (with those before them), and the choices after them."""
    last = max((i for i, sentence in enumerate(words) if currency in sentence), default=0)
    return list(words[: last + 1]), list(words[last + 1 :])


def book_words(book: PriceBook) -> str:
    """ "EUR, Resellers, tax included"; the book's group is loaded."""
    told = [book.currency, book.group.name if book.group else "", "tax included" if book.includes_tax else ""]
    return ", ".join(word for word in told if word)


ABROAD = {
    Brand.IncludedTax.KEEP_PRICE: "It stays the same where another tax than at home is due, or none: all that is not "
    "tax is net.",
    Brand.IncludedTax.KEEP_NET: "Where another tax than at home is due, or none, the home tax is taken out and the tax "
    "that is due is added.",
}


def tax_words(book: PriceBook) -> list[str]:
    """Whether the prices of a book (with its brand loaded) include tax, and what that means abroad, in sentences."""
    if not book.includes_tax:
        return [said("Tax is added to the price.")]
    return [said("The price includes tax."), said(ABROAD[Brand.IncludedTax(book.brand.included_tax)])]
