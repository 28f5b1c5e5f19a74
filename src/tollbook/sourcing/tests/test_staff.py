"""What staff read about upstream."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tollbook.customers.models import Customer
from tollbook.ledger.queries import balances, totals
from tollbook.ledger.rules import AccountKind
from tollbook.sourcing.models import ImportedRow, Supplier
from tollbook.sourcing.queries import margins, together, with_margin
from tollbook.sourcing.rules import IN_WORDS, Reason
from tollbook.sourcing.staff.margin import percent


@pytest.mark.parametrize(
    ("margin", "revenue", "expected"), [("1", "6", "16.67"), ("-1", "2", "-50.00"), ("1", "0", None)]
)
def test_percent(margin: Any, revenue: Any, expected: Any) -> None:
    found = percent(Decimal(margin), Decimal(revenue))
    assert (None if found is None else str(found)) == expected


def test_each_row_says_what_became_of_it(world: Any, portal: Any) -> None:
    supplier = Supplier.objects.create(brand=world.brand, code="aws", name="Upstream", currency="EUR")
    at = datetime(2026, 5, 1, tzinfo=UTC)
    rows = [("billed", ""), ("credited", ""), *(("reported", reason.value) for reason in Reason)]
    for number, (outcome, reason) in enumerate(rows):
        ImportedRow.objects.create(
            supplier=supplier, row_id=f"r{number}", digest=b"", outcome=outcome, reason=reason, created_at=at
        )
    see = portal()
    assert "1-7 of 7" in see.read("/staff/imports/?outcome=reported")
    assert IN_WORDS[Reason.TAX] in see.read("/staff/imports/?outcome=reported&reason=tax")
    text = see.read(f"/staff/suppliers/{supplier.public_id}/")
    assert "Rows in 9" in text and "Rows billed 1" in text and "Rows credited 1" in text and "Rows reported 7" in text


def test_margin_of_each_customer_and_together(busy: Any, portal: Any) -> None:
    see = portal()
    rows = {row[0]: row[2:] for row in see.csv("/staff/margin/")[1:]}
    assert (rows["Acme"][1], rows["Acme"][3]) == ("0.00", "100")
    assert "Together" in see.read("/staff/margin/")


def test_margins_of_a_page_and_of_all_are_those_of_the_books(busy: Any) -> None:
    by_id = {pk: (m.revenue, m.cost) for pk, m in margins(busy.brand.pk).items()}
    seen = {c.pk: (c.revenue, c.cost) for c in with_margin(Customer.objects.all()) if c.revenue or c.cost}
    assert seen == by_id and len(by_id) == 2
    for pk, found in by_id.items():
        (one,) = margins(busy.brand.pk, pk).values()
        assert (one.revenue, one.cost) == found
    (of_all,) = together()
    assert (of_all.currency, of_all.revenue) == ("EUR", sum(revenue for revenue, _ in by_id.values()))
    books = {(row["account__kind"], row["currency"]): row["balance"] for row in totals()}
    kinds = [AccountKind.REVENUE, AccountKind.ROUNDING, AccountKind.RECEIVABLE, AccountKind.WALLET]
    held = {key: amount for key, amount in balances(kinds).items() if amount}
    assert held == {key: amount for key, amount in books.items() if key[0] in {k.value for k in kinds} and amount}
