"""The main job, on the real file, held against a calculation of its own that shares no code with the product."""

import csv
from collections import defaultdict
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tollbook.base import books
from tollbook.invoicing.documents.validate import validate
from tollbook.invoicing.models import Document, Invoice
from tollbook.metering.models import UsageConflict, UsageEvent
from tollbook.site import demo, demo_report
from tollbook.wallets.models import Wallet

FILE = Path(__file__).resolve().parents[4] / "examples" / "focus_sample.csv"
CENT = Decimal("0.01")
USE = 979


def silent(title: str, total: int) -> Callable[[int], None]:
    return lambda done: None


def expected() -> tuple[dict[str, Decimal], dict[str, set[tuple[str, Decimal]]]]:
    """Cost and price lines of each customer: PricingQuantity x ListUnitPrice of every row that has both."""
    cost: dict[str, Decimal] = defaultdict(Decimal)
    lines: dict[str, set[tuple[str, Decimal]]] = defaultdict(set)
    with FILE.open(newline="") as file:
        for row in csv.DictReader(file):
            if row["ChargeCategory"] != "Usage" or Decimal(row["PricingQuantity"]) == 0:
                continue
            price = Decimal(row["ListUnitPrice"])
            cost[row["SubAccountName"]] += Decimal(row["PricingQuantity"]) * price
            lines[row["SubAccountName"]].add((row["SkuId"], price))
    return cost, lines


def figures(done: demo.Demo) -> list[dict[str, Any]]:
    return [row.data() for row in demo_report.rows(done)]


@pytest.mark.django_db
def test_the_demo_bills_what_the_file_says() -> None:
    done = demo.run(FILE, Decimal(0), silent)
    cost, lines = expected()
    report = done.report
    assert (report.rows, report.billed, report.credited, len(report.reported)) == (1000, 967, 12, 21)

    found = figures(done)
    assert {row["name"] for row in found} == set(cost) and len(found) == 68
    for row in found:
        name = row["name"]
        assert Decimal(row["usage_net"]) == cost[name].quantize(CENT, ROUND_HALF_UP), name
        assert row["usage_lines"] == len(lines[name]), name
        assert abs(Decimal(row["cost"]) - cost[name]) < Decimal("1e-9"), name
        assert Decimal(row["total"]) == Decimal(row["net"]) + Decimal(row["tax"])
        assert Decimal(row["margin"]) == Decimal(row["net"]) - Decimal(row["cost"])
    supported = next(row for row in found if row["name"] == demo.SUPPORTED)
    # 30.00 set-up, 7.75 hours of which 2 are free: 4 x 60.00 + 1.75 x 45.00; half a month of 49.00.
    assert Decimal(supported["net"]) - Decimal(supported["usage_net"]) == Decimal("373.25")

    assert Invoice.objects.count() == 68
    assert list(Invoice.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 69))
    wallet = Wallet.objects.get()
    # A prepaid customer's fees draw on the wallet like its use: together they took all of the 30.00 of credit.
    assert wallet.balance == 0

    assert [f for f in books.check(connection) if f.count] == []
    xmls = [bytes(d.body) for d in Document.objects.filter(format="xml").order_by("pk")]
    assert len(xmls) == 68 and all(r.valid for r in validate(xmls))

    again = demo.run(FILE, Decimal(0), silent)
    assert figures(again) == found
    assert again.report.known == 1000 and again.report.outcomes() == report.outcomes()
    assert UsageEvent.objects.filter(source__startswith="focus:").count() == USE and not UsageConflict.objects.exists()
