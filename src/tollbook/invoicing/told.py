"""An explained line as its page shows it: numbered steps, and postings in words that need no bookkeeper."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tollbook.invoicing.explanation import LineExplained
from tollbook.invoicing.explanation_parts import PostingTold, money
from tollbook.kernel.money import plain
from tollbook.kernel.words import said
from tollbook.web.words import later

#: (account kind, whether it is a debit): what that means to the one who pays.
_POSTINGS = {
    ("receivable", True): later("You owe"),
    ("receivable", False): later("You owe less: credited, or settled from money that you had paid before"),
    ("revenue", False): later("Counted as sold to you"),
    ("revenue", True): later("Counted as given back to you"),
    ("tax_payable", False): later("Tax that is passed on to the tax office"),
    ("tax_payable", True): later("Tax that is taken back"),
    ("rounding", True): later("Rounding in your favour"),
    ("rounding", False): later("Rounding up to whole minor units"),
    ("discount", True): later("What promotions took off, noted beside what was sold"),
    ("discount", False): later("The same, noted for all promotions together"),
    ("advance", True): later("Taken from what your wallet paid when you used it"),
    ("advance", False): later("Put back to what your wallet paid"),
}
#: The same accounts as those who know call them, and their sides.
ACCOUNTS = (*dict.fromkeys(kind.replace("_", " ") for kind, _ in _POSTINGS), "debit", "credit")


@dataclass(frozen=True, slots=True)
class PostingShown:
    """A posting in words: what it means, the account and side for those who know, and the amount without its sign."""

    words: str
    account: str
    side: str
    amount: str


def products(line: LineExplained) -> list[str]:
    """Public ids of the products whose revenue the line's invoice books."""
    return sorted({posting.owner for posting in line.postings if posting.account == "revenue"})


def postings(line: LineExplained, names: Mapping[str, str]) -> list[PostingShown]:
    """The postings of the line's invoice, in words; `names` are those of its products by public id."""
    return [_posting(posting, names.get(posting.owner, "")) for posting in line.postings]


def _posting(posting: PostingTold, product: str) -> PostingShown:
    debit, kind = posting.amount > 0, posting.account.replace("_", " ")
    words = str(_POSTINGS.get((posting.account, debit)) or said("Booked on the account {account}", account=kind))
    words = f"{words}: {product}" if product else words
    return PostingShown(
        words, said(kind), said("debit") if debit else said("credit"), money(abs(posting.amount), posting.currency)
    )


def owed(line: LineExplained) -> str:
    """What the period costs before rounding, with every digit; empty where nothing was rated."""
    return money(line.rating.amount, line.currency) if line.rating else ""


def rounding(line: LineExplained) -> str:
    """The one rounding, as a sentence under its own heading."""
    return line.rounding.sentence.removeprefix(said("Rounding: "))


def revised(line: LineExplained) -> bool:
    """Whether what is charged on the line is more than one first charge: late use, or a correction."""
    return len(line.charges) > 1 or any(not charge.here for charge in line.charges)


def amount(value: Decimal, line: LineExplained) -> str:
    """An amount of the line with every digit."""
    return money(value, line.currency)


def more_events(line: LineExplained) -> str:
    """How many events the page does not list; empty when it lists all."""
    hidden = line.use.events - len(line.use.first) if line.use else 0
    return plain(Decimal(hidden)) if hidden else ""
