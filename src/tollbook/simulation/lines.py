"""A line of a simulation, and the charge that it stands for."""

from dataclasses import dataclass
from decimal import Decimal

from tollbook.catalog.models import Price
from tollbook.charging.due import Work
from tollbook.charging.queries import Waiting
from tollbook.charging.rows import EXACT_PLACES
from tollbook.charging.rules import Owed
from tollbook.kernel.money import round_to
from tollbook.kernel.period import Period


@dataclass(frozen=True, slots=True)
class Line:
    """What a price of a stage comes to in a period: exact, as priced."""

    work: Work
    price: Price
    period: Period
    quantity: Decimal
    amount: Decimal


def line_of(work: Work, price: Price, period: Period, owed: Owed) -> Line:
    """What is owed for a price and period, rounded as charges are."""
    return Line(work, price, period, owed.quantity, round_to(owed.amount, EXACT_PLACES))


def as_waiting(number: int, line: Line, currency: str) -> Waiting:
    """A line as a charge that waits for an invoice; it has no row."""
    subscription = line.work.subscription
    return Waiting(
        number, subscription.customer_id, subscription.pk, line.work.stage.phase_id, line.price.pk, line.period.start,
        line.period.end, 1, "", line.quantity, line.amount, currency, {},
    )  # fmt: skip
