"""What a draft changes: its prices beside those of the version in force, price by price."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tollbook.catalog.actions import PRICE_COLUMNS, NewPrice, columns_of
from tollbook.catalog.models import PlanVersion, PriceBook
from tollbook.kernel.money import WIDE, plain, round_to
from tollbook.rating import Terms, price_words

ADDED, REMOVED, CHANGED, SAME = "added", "removed", "changed", "same"
_HUNDRED = Decimal(100)
_AMOUNTS = ("amount", "unit_price", "package_price", "rate_percent")


@dataclass(frozen=True, slots=True)
class Compared:
    """A price before and after, each None where it is not there; `price` is the newer of the two."""

    book: PriceBook
    price: NewPrice
    old: NewPrice | None
    new: NewPrice | None

    @property
    def state(self) -> str:
        """ "added", "removed", "changed" or "same"."""
        if self.old is None or self.new is None:
            return ADDED if self.old is None else REMOVED
        return SAME if columns_of(self.old) == columns_of(self.new) else CHANGED

    @property
    def before(self) -> str:
        """The old price in a sentence; empty where it is new."""
        return words_of(self.old, self.book) if self.old else ""

    @property
    def after(self) -> str:
        """The new price in a sentence; empty where it goes."""
        return words_of(self.new, self.book) if self.new else ""

    @property
    def percent(self) -> Decimal | None:
        """By how many percent its one amount rises, to two places; None where there is none to compare."""
        if self.old is None or self.new is None:
            return None
        old, new = self.old.terms.data(), self.new.terms.data()
        name = next((each for each in _AMOUNTS if each in old and each in new), None)
        if name is None or old["model"] != new["model"] or not Decimal(old[name]):
            return None
        rise = WIDE.subtract(Decimal(new[name]), Decimal(old[name]))
        return round_to(WIDE.divide(WIDE.multiply(rise, _HUNDRED), Decimal(old[name])), 2)

    @property
    def fields(self) -> str:
        """What else differs than the sentence tells, by name."""
        if self.state != CHANGED or self.old is None or self.new is None:
            return ""
        old, new = columns_of(self.old), columns_of(self.new)
        names = [name.replace("_", " ") for name in PRICE_COLUMNS if name != "terms" and old[name] != new[name]]
        terms = [{**each["terms"]} for each in (old, new)]
        choices = [each.pop("semantics") for each in terms]
        names += [name.replace("_", " ") for name in choices[0] if choices[0][name] != choices[1][name]]
        plainly = {*terms[0], *terms[1]} - {"model"}
        names += [name.replace("_", " ") for name in sorted(plainly) if terms[0].get(name) != terms[1].get(name)]
        return ", ".join(names)


def compare(version: PlanVersion | None, books: Sequence[tuple[PriceBook, Sequence[NewPrice]]]) -> list[Compared]:
    """Each price of the version and of the draft's books, once: what changed first, then by book and code."""
    old: dict[tuple[int, str], NewPrice] = {}
    found = []
    by_id = {book.pk: book for book, _ in books}
    for row in version.prices.select_related("book__group") if version else ():
        values = {name: getattr(row, name) for name in PRICE_COLUMNS}
        old[row.book_id, row.code] = NewPrice(**{**values, "terms": Terms.parse(row.terms)})
        by_id.setdefault(row.book_id, row.book)
    for book, prices in books:
        for new in prices:
            found.append(Compared(book, new, old.pop((book.pk, new.code), None), new))
    found += [Compared(by_id[book_id], gone, gone, None) for (book_id, _), gone in old.items()]
    return sorted(found, key=lambda each: (each.state == SAME, each.book.currency, each.book.pk, each.price.code))


def words_of(price: NewPrice, book: PriceBook) -> str:
    """What the price costs: its sentences with amounts, without the choices behind them."""
    told = price_words(price.terms, book.currency, price.unit, price.kind)
    last = max((i for i, sentence in enumerate(told) if book.currency in sentence), default=0)
    return " ".join(told[: last + 1])


def plainly(percent: Decimal | None) -> str:
    """ "+20.00 %" for people; empty where nothing can be said."""
    return "" if percent is None else f"{'+' if percent > 0 else ''}{plain(percent)} %"
