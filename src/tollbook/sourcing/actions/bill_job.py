"""What an import of a supplier's bill carries from step to step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.text import slugify

from tollbook.brands.models import Brand
from tollbook.sourcing.actions.bill_report import BillReport
from tollbook.sourcing.connectors.focus import FocusRow
from tollbook.sourcing.models import Supplier
from tollbook.sourcing.rules import Verdict

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to import: the markup on list unit prices in percent, and which new customers are prepaid
    (references).
    """

    markup_percent: Decimal = Decimal(20)
    prepaid: frozenset[str] = frozenset()
    product_name: str = "Cloud usage"


def meter_code(supplier: Supplier, row: FocusRow) -> str:
    """The code of the meter that a row counts on: supplier, SKU and unit, since a sum over two units means
    nothing.
    """
    return f"{supplier.code}:{row.sku}:{slugify(row.unit) or 'unit'}"[:120]


@dataclass(frozen=True, slots=True)
class Job:
    """One import: what is given, what its rows mean, and who listens."""

    brand: Brand
    rows: Sequence[FocusRow]
    options: ImportOptions
    at: datetime
    report: BillReport
    progress: Progress
    suppliers: dict[str, Supplier]
    verdicts: dict[str, Verdict]

    def code(self, row: FocusRow) -> str:
        """The code of the meter that a row counts on."""
        return meter_code(self.suppliers[row.provider], row)

    def billable(self, rows: Sequence[FocusRow]) -> list[FocusRow]:
        """The rows that are billed or credited."""
        return [row for row in rows if self.verdicts[row.id].reason is None]
