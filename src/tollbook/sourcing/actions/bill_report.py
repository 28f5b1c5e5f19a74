"""What became of a supplier's bill, counted and told."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tollbook.sourcing.connectors.focus import FocusRow
from tollbook.sourcing.rules import IN_WORDS, Reason, Verdict


@dataclass(slots=True)
class BillReport:
    """What became of a bill: every row is billed, credited or reported; `known` rows were imported before.

    `tiered` names rows whose SKU has several list unit prices in this file: each row is billed at its own
    row's price.
    """

    rows: int = 0
    billed: int = 0
    credited: int = 0
    known: int = 0
    reported: list[tuple[str, str]] = field(default_factory=list)
    tiered: list[str] = field(default_factory=list)
    customers: int = 0
    new_customers: int = 0
    new_prices: int = 0
    purchases: int = 0

    def outcomes(self) -> dict[str, Any]:
        """What became of the rows, as JSON-able values; `reported` lists `{id, reason}` with the file's own
        row ids.
        """
        return {
            "billed": self.billed,
            "credited": self.credited,
            "reported": [{"id": row_id, "reason": reason} for row_id, reason in self.reported],
            "tiered": self.tiered,
        }

    def data(self) -> dict[str, Any]:
        """The whole report as JSON-able values."""
        return {
            "rows": {"total": self.rows, "known": self.known, **self.outcomes()},
            "customers": self.customers,
            "new_customers": self.new_customers,
            "new_prices": self.new_prices,
            "purchases": self.purchases,
        }

    def text(self, *, dry_run: bool = False) -> str:
        """The report for people; ends with a line break."""
        head = "Dry run: nothing was changed.\n" if dry_run else ""
        lines = [
            f"{self.rows} rows: {self.billed} billed, {self.credited} credited, {len(self.reported)} reported; "
            f"{self.known} of them were imported before.",
            f"{self.customers} customers ({self.new_customers} new), {self.new_prices} new prices, "
            f"{self.purchases} purchases recorded.",
        ]
        if self.tiered:
            lines.append(
                f"{len(self.tiered)} rows belong to SKUs with several list prices (tiers of the supplier): each is "
                "billed at the price of its own row."
            )
        for reason, count in Counter(reason for _, reason in self.reported).most_common():
            ids = [row_id for row_id, why in self.reported if why == reason]
            shown = ", ".join(ids[:8]) + (f" and {count - 8} more" if count > 8 else "")  # noqa: PLR2004
            lines.append(f"Reported, {count}: {IN_WORDS[Reason(reason)]}. Rows {shown}.")
        return head + "\n".join(lines) + "\n"


def tally(report: BillReport, rows: Sequence[FocusRow], verdicts: dict[str, Verdict], known: int) -> None:
    """Count into `report` what becomes of the rows; `known` of them were imported before."""
    prices: dict[tuple[str, str], set[Decimal]] = defaultdict(set)
    for row in rows:
        if row.unit_cost is not None and verdicts[row.id].reason is None:
            prices[row.provider, row.sku].add(row.unit_cost)
    for row in rows:
        verdict = verdicts[row.id]
        if verdict.reason is not None:
            report.reported.append((row.id, verdict.reason.value))
        elif verdict.outcome == "billed":
            report.billed += 1
        else:
            report.credited += 1
        if verdict.reason is None and len(prices[row.provider, row.sku]) > 1:
            report.tiered.append(row.id)
    report.known = known
