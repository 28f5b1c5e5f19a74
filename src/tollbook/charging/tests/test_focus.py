"""Charges as FOCUS rows: by table, as the specification (1.0, focus.finops.org) has it, and as our own reader reads it."""

import csv
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tollbook.charging.focus import COLUMNS, ChargeLine, corrects_a_past_month, focus_row
from tollbook.customers.tests.people import cast, queries, reader, text
from tollbook.customers.tests.people import csv as lines_of
from tollbook.kernel.money import plain
from tollbook.sourcing.connectors.focus import parse


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


LINE = ChargeLine(
    charge_id="chg_1",
    account=("cus_1", "Acme"),
    subscription=("sub_1", "Cloud"),
    seller="Brightwater",
    issuer="Brightwater Ltd",
    service="Cloud usage",
    price_id="pri_1",
    price_code="sms",
    price_name="SMS",
    kind="metered",
    unit="sms",
    month=(at("2026-05-01"), at("2026-06-01")),
    period=(at("2026-05-17"), at("2026-06-01")),
    quantity=Decimal(90),
    amount=Decimal("9.00"),
    currency="EUR",
    includes_tax=False,
    reason="",
    is_correction=False,
)


def test_the_columns_are_those_of_the_specification_and_ours() -> None:
    assert list(focus_row(LINE)) == list(COLUMNS)
    own = [name for name in COLUMNS if name.startswith("x_")]
    assert [len(COLUMNS) - len(own), list(COLUMNS[:43]) == sorted(COLUMNS[:43])] == [43, True]
    assert own == ["x_ChargeId", "x_IncludesTax", "x_Reason"]


def test_a_row_of_use() -> None:
    row = {name: value for name, value in focus_row(LINE).items() if value != ""}
    cost = Decimal("9.00")
    assert row == {
        "BilledCost": cost, "ContractedCost": cost, "EffectiveCost": cost, "ListCost": cost,
        "ContractedUnitPrice": Decimal("0.1"), "ListUnitPrice": Decimal("0.1"),
        "BillingAccountId": "cus_1", "BillingAccountName": "Acme", "BillingCurrency": "EUR",
        "BillingPeriodStart": "2026-05-01T00:00:00Z", "BillingPeriodEnd": "2026-06-01T00:00:00Z",
        "ChargeCategory": "Usage", "ChargeDescription": "SMS", "ChargeFrequency": "Usage-Based",
        "ChargePeriodStart": "2026-05-17T00:00:00Z", "ChargePeriodEnd": "2026-06-01T00:00:00Z",
        "ConsumedQuantity": Decimal(90), "ConsumedUnit": "sms", "PricingQuantity": Decimal(90), "PricingUnit": "sms",
        "InvoiceIssuerName": "Brightwater Ltd", "ProviderName": "Brightwater", "PublisherName": "Brightwater",
        "PricingCategory": "Standard", "ServiceCategory": "Other", "ServiceName": "Cloud usage",
        "SkuId": "sms", "SkuPriceId": "pri_1", "SubAccountId": "sub_1", "SubAccountName": "Cloud",
        "x_ChargeId": "chg_1", "x_IncludesTax": "false",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"kind": "recurring", "unit": ""}, ("Purchase", "Recurring", "", "", "Units", Decimal("0.1"))),
        ({"kind": "one_time"}, ("Purchase", "One-Time", "", "", "sms", Decimal("0.1"))),
        ({"quantity": Decimal(0)}, ("Usage", "Usage-Based", "", Decimal(0), "sms", "")),
        ({"amount": Decimal(-9)}, ("Usage", "Usage-Based", "", Decimal(90), "sms", "")),
        ({"amount": Decimal(-9), "quantity": Decimal(-90)},
         ("Usage", "Usage-Based", "", Decimal(-90), "sms", Decimal("0.1"))),
        ({"quantity": Decimal(7)}, ("Usage", "Usage-Based", "", Decimal(7), "sms", Decimal("1.285714285714"))),
        ({"is_correction": True, "reason": "late"}, ("Usage", "Usage-Based", "Correction", "", "sms", "")),
    ],
)  # fmt: skip
def test_what_depends_on_the_charge(change: dict[str, Any], wanted: tuple[Any, ...]) -> None:
    row = focus_row(replace(LINE, **change))
    names = ("ChargeCategory", "ChargeFrequency", "ChargeClass", "ConsumedQuantity", "PricingUnit", "ListUnitPrice")
    assert tuple(row[name] for name in names) == wanted
    assert row["ContractedUnitPrice"] == row["ListUnitPrice"]
    assert bool(row["PricingCategory"]) == (row["ChargeClass"] == "")


@pytest.mark.parametrize(
    ("begins", "made", "reason", "zone", "wanted"),
    [
        ("2026-05-17", "2026-06-02", "late or changed use", "UTC", True),
        ("2026-05-17", "2026-05-31T23:59", "plan changed", "UTC", False),
        # Use of a month's last hour is charged in the next one, and corrects nothing.
        ("2026-05-17", "2026-06-01", "", "UTC", False),
        # In Dublin it is June already.
        ("2026-05-17", "2026-05-31T23:30", "late or changed use", "Europe/Dublin", True),
    ],
)
def test_what_is_a_correction(begins: str, made: str, reason: str, zone: str, wanted: bool) -> None:
    assert corrects_a_past_month(at(begins), at(made), reason, zone) is wanted


def story(world: Any) -> Any:
    """A fee, a set-up and use of May, late use of May in June, and a name that a spreadsheet would run."""
    world.meter("sms").plan("cloud", world.once("10"), world.monthly("31"), world.metered("sms", "0.10"))
    acme = world.customer("acme").buys("cloud", "2026-05-17").uses("sms", 90, "2026-05-20")
    acme.row.name = "=cmd|' /C calc'!A0"
    acme.row.save()
    world.on("2026-06-01").close()
    acme.uses("sms", 5, "2026-05-21")
    world.on("2026-06-02").charge()
    return acme


def rows(client: Any, month: str) -> list[dict[str, str]]:
    return list(csv.DictReader(lines_of(client, f"/portal/costs/focus/?month={month}")))


def test_each_charge_is_in_the_bill_of_one_month(world: Any) -> None:
    acme = story(world)
    owner = reader(acme.row)
    may, june = rows(owner, "2026-05"), rows(owner, "2026-06")
    assert [(row["ChargeCategory"], row["BilledCost"], row["ChargeClass"]) for row in may] == [
        ("Purchase", "10", ""), ("Purchase", "15", ""), ("Usage", "9", ""),
    ]  # fmt: skip
    assert [(row["BilledCost"], row["ChargeClass"], row["x_Reason"]) for row in june] == [
        ("0.5", "Correction", "late or changed use")
    ]
    assert (june[0]["BillingPeriodStart"], june[0]["ChargePeriodStart"]) == (
        "2026-06-01T00:00:00Z", "2026-05-17T00:00:00Z",
    )  # fmt: skip
    assert may[0]["BillingAccountName"] == "'=cmd|' /C calc'!A0"
    assert sum(Decimal(row["BilledCost"]) for row in may) == acme.invoices[0].net
    ids = [row["x_ChargeId"] for row in may + june]
    assert len(set(ids)) == len(ids) == acme.row.charge_set.count()


def test_who_resells_can_read_it_as_a_suppliers_bill(world: Any) -> None:
    found = parse(lines_of(reader(story(world).row), "/portal/costs/focus/?month=2026-05"))
    assert [(row.category, plain(row.quantity or Decimal(0)), plain(row.unit_cost or Decimal(0))) for row in found] == [
        ("Purchase", "1", "10"), ("Purchase", "1", "15"), ("Usage", "90", "0.1"),
    ]  # fmt: skip


def test_the_costs_of_a_month(world: Any) -> None:
    acme = story(world)
    owner = reader(acme.row)
    page = text(owner, "/portal/costs/?month=2026-05&by=item")
    assert "34.50\N{NO-BREAK SPACE}EUR" not in page
    assert '<p class="stat-value">€34.50</p>' in page
    assert [page.index(each) for each in ("15.00\N{NO-BREAK SPACE}EUR", "10.00\N{NO-BREAK SPACE}EUR")] == sorted(
        page.index(each) for each in ("15.00\N{NO-BREAK SPACE}EUR", "10.00\N{NO-BREAK SPACE}EUR")
    )
    own = acme.subscriptions["cloud"].public_id
    assert f"subscription={own}" in text(owner, "/portal/costs/?month=2026-05&by=subscription")
    assert "Show all subscriptions" in text(owner, f"/portal/costs/?month=2026-05&subscription={own}")
    found = lines_of(owner, "/portal/costs/?month=2026-05&kind=again&export=csv")
    assert found[0] == "For,Subscription,From,To,Quantity,Unit,Amount,Currency,Charge"
    assert [line.split(",")[4:8] for line in found[1:]] == [["5", "sms", "0.50", "EUR"]]


def test_only_ones_own_costs(world: Any) -> None:
    acme, bolt = story(world), world.customer("bolt")
    people = cast(acme.row, bolt.row)
    assert "€34.50" in text(people.colleague, "/portal/costs/?month=2026-05")
    assert ["/portal/spend-alerts/" in text(each, "/portal/costs/") for each in (people.owner, people.colleague)] == [
        True, False,
    ]  # fmt: skip
    for query in ("", f"?subscription={acme.subscriptions['cloud'].public_id}"):
        page = text(people.stranger, f"/portal/costs/{query}")
        assert ["Nothing was charged" in page, "€" in page] == [True, False]
    assert people.stranger.get("/portal/costs/focus/").status_code == 404
    assert people.nobody.get("/portal/costs/").status_code == 302


def test_many_charges_take_as_many_queries_as_few(world: Any) -> None:
    few, many = world.customer("few"), world.customer("many")
    for i in range(20):
        world.plan(f"p{i}", world.monthly("1", in_advance=True))
        many.buys(f"p{i}")
    few.buys("p0")
    world.charge()
    for address in ("/portal/costs/", "/portal/costs/?by=subscription"):
        counts = [queries(reader(party.row), address) for party in (few, many)]
        assert counts[0] == counts[1] <= 25
