"""A supplier's bill becomes customers, prices, use and cost; every row has an outcome, and twice changes nothing."""

import csv
import io
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tollbook.catalog.models import Price
from tollbook.customers.models import Customer, Project
from tollbook.invoicing.models import Invoice
from tollbook.kernel.errors import Invalid, Refused
from tollbook.kernel.money import plain
from tollbook.ledger.queries import balance_of
from tollbook.ledger.rules import AccountKind
from tollbook.metering.models import Meter, UsageEvent
from tollbook.site.tests.world import World
from tollbook.sourcing.actions import ImportOptions, import_bill
from tollbook.sourcing.connectors.focus import parse, read
from tollbook.sourcing.models import ImportedRow, Purchase, Supplier
from tollbook.sourcing.queries import margins
from tollbook.sourcing.rules import Verdict, judge, marked_up

USE = {
    "Id": "1", "BillingCurrency": "EUR", "ChargeCategory": "Usage", "ChargePeriodStart": "2026-05-03T10:00:00Z",
    "ListUnitPrice": "0.10", "PricingQuantity": "3", "PricingUnit": "GB", "ProviderName": "Nimbus Cloud",
    "ServiceName": "Object storage", "SkuId": "SKU1", "SubAccountId": "p-1", "SubAccountName": "Acme",
    "ChargeDescription": "Storage", "ResourceId": "bucket-1",
}  # fmt: skip


def text(*changes: Any) -> Any:
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(USE))
    writer.writeheader()
    for number, change in enumerate(changes, 1):
        writer.writerow({**USE, "Id": str(number), **change})
    return out.getvalue()


def rows(*changes: Any) -> Any:
    return parse(io.StringIO(text(*changes)))


def everything() -> Any:
    counted = (Customer, Project, Supplier, Meter, Price, UsageEvent, ImportedRow, Purchase)
    return {model.__name__: model.objects.count() for model in counted}


NOTHING = dict.fromkeys(
    ("Customer", "Project", "Supplier", "Meter", "Price", "UsageEvent", "ImportedRow", "Purchase"), 0
)


def test_a_bill_becomes_customers_prices_use_and_cost(world: World) -> None:
    report = import_bill(
        world.brand,
        rows(
            {},
            {"PricingQuantity": "2", "SubAccountId": "p-2"},
            {"ListUnitPrice": "0.08"},
            {"SubAccountName": "Bolt", "SubAccountId": "p-3", "PricingUnit": "Hours", "PricingQuantity": "1.5"},
            {"PricingQuantity": "-1"},
        ),
        ImportOptions(markup_percent=Decimal(20)),
    )
    assert (report.rows, report.billed, report.credited, report.known, report.reported) == (5, 4, 1, 0, [])
    assert (report.customers, report.new_customers, report.new_prices) == (2, 2, 6)
    assert report.tiered == ["1", "2", "3", "4", "5"]
    assert sorted(Price.objects.filter(mode="postpaid").values_list("code", "terms__unit_price")) == [
        ("nimbus-cloud:SKU1:gb@0.08", "0.096"), ("nimbus-cloud:SKU1:gb@0.1", "0.12"),
        ("nimbus-cloud:SKU1:hours@0.1", "0.12"),
    ]  # fmt: skip
    assert sorted(Project.objects.values_list("customer__reference", "reference")) == [
        ("Acme", "p-1"), ("Acme", "p-2"), ("Bolt", "p-3"),
    ]  # fmt: skip
    brand, world = world.brand.pk, world.on("2026-06-01").close()
    # Acme: 4 GB at 0.12 and 3 GB at 0.096; Bolt: 1.5 hours at 0.12.
    assert sorted(plain(n) for n in Invoice.objects.values_list("net", flat=True)) == ["0.18", "0.77"]
    found = {Customer.objects.get(pk=pk).reference: m for pk, m in margins(brand).items()}
    assert {name: (plain(m.revenue), plain(m.cost), plain(m.margin)) for name, m in found.items()} == {
        "Acme": ("0.77", "0.64", "0.13"), "Bolt": ("0.18", "0.15", "0.03"),
    }  # fmt: skip
    assert plain(balance_of(brand, AccountKind.SUPPLIER_PAYABLE, "EUR", "nimbus-cloud")) == "-0.79"


def test_the_same_file_twice_changes_nothing(world: World) -> None:
    bill = rows({}, {"SkuId": "SKU2"}, {"ChargeCategory": "Tax"})
    import_bill(world.brand, bill)
    before = everything()
    report = import_bill(world.brand, bill)
    assert [everything(), report.known, report.purchases, report.new_prices] == [before, 3, 0, 0]
    assert (report.billed, report.reported) == (2, [("3", "tax")])
    world.on("2026-06-01").close()
    import_bill(world.brand, bill)
    assert [everything(), world.charge()] == [before, 0]


def test_a_file_that_grew_adds_what_is_new(world: World) -> None:
    import_bill(world.brand, rows({}))
    report = import_bill(world.brand, rows({}, {"PricingQuantity": "1"}))
    assert (report.known, report.purchases, UsageEvent.objects.count()) == (1, 1, 2)
    kept = Purchase.objects.order_by("revision").values_list("revision", "quantity", "amount")
    assert [(r, plain(q), plain(a)) for r, q, a in kept] == [(1, "3", "0.3"), (2, "1", "0.1")]


def test_a_row_that_changed_is_refused_and_nothing_is_written(world: World) -> None:
    import_bill(world.brand, rows({}))
    before = everything()
    with pytest.raises(Invalid) as invalid:
        import_bill(world.brand, rows({"PricingQuantity": "4"}, {"SubAccountName": "New"}))
    assert [(p.row, p.field, p.code) for p in invalid.value.problems] == [(2, "Id", "row_changed")]
    assert everything() == before


def test_a_dry_run_reports_the_same_and_writes_nothing(world: World) -> None:
    bill = rows({}, {"SkuId": "SKU2"}, {"ChargeCategory": "Credit"})
    dry = import_bill(world.brand, bill, dry_run=True)
    assert everything() == NOTHING
    assert import_bill(world.brand, bill) == dry


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"BillingCurrency": "USD"}, "other_currency"),
    ],
)
def test_a_bill_that_does_not_fit_the_brand_is_refused(world: World, change: str, code: str) -> None:
    with pytest.raises(Invalid) as invalid:
        import_bill(world.brand, rows({}, change))
    assert [[p.code for p in invalid.value.problems], everything()] == [[code], NOTHING]


def test_use_before_the_subscription_began_is_refused(world: World) -> None:
    import_bill(world.brand, rows({}))
    before = everything()
    with pytest.raises(Invalid) as invalid:
        import_bill(world.brand, rows({}, {"ChargePeriodStart": "2026-04-30T23:00:00Z"}))
    assert [[p.code for p in invalid.value.problems], everything()] == [["before_subscription"], before]


@pytest.mark.parametrize(
    ("category", "quantity", "cost", "verdict"),
    [
        ("Usage", "1", "1", ("billed", None)),
        ("usage", "1", "0", ("billed", None)),
        ("Usage", "-1", "1", ("credited", None)),
        ("Usage", "0", "1", ("reported", "zero_quantity")),
        ("Usage", None, "1", ("reported", "no_quantity")),
        ("Usage", "1", None, ("reported", "no_unit_price")),
        ("Adjustment", "1", "1", ("reported", "adjustment")),
        ("Credit", "-1", "1", ("reported", "credit")),
        ("Purchase", "1", "1", ("reported", "purchase")),
        ("TAX", "1", "1", ("reported", "tax")),
    ],
)
def test_what_becomes_of_a_row(category: str, quantity: Any, cost: str, verdict: Any) -> None:
    given = [None if value is None else Decimal(value) for value in (quantity, cost)]
    assert judge(category, *given) == Verdict(*verdict)


def test_every_reported_row_is_kept_with_its_reason(world: World) -> None:
    changes = [
        {"ChargeCategory": "Adjustment"}, {"ChargeCategory": "Credit"}, {"ChargeCategory": "Purchase"},
        {"ChargeCategory": "Tax"}, {"PricingQuantity": "0"}, {"PricingQuantity": ""}, {"ListUnitPrice": "NULL"}, {},
    ]  # fmt: skip
    report = import_bill(world.brand, rows(*changes))
    reasons = ["adjustment", "credit", "purchase", "tax", "zero_quantity", "no_quantity", "no_unit_price"]
    assert report.reported == [(str(n), reason) for n, reason in enumerate(reasons, 1)]
    assert (report.billed + report.credited + len(report.reported), report.rows) == (8, 8)
    assert list(ImportedRow.objects.order_by("pk").values_list("reason", flat=True)) == [*reasons, ""]


@pytest.mark.parametrize(
    ("cost", "percent", "price"),
    [("0.1", "20", "0.12"), ("0.000000000001", "20", "0.000000000001"), ("0.000000000003", "50", "0.000000000005"),
     ("1", "0", "1"), ("1", "-10", "0.9"), ("3", "33.333", "3.99999")],
)  # fmt: skip
def test_a_markup_makes_a_price(cost: str, percent: str, price: str) -> None:
    assert plain(marked_up(Decimal(cost), Decimal(percent))) == price


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"PricingQuantity": "NaN"}, "PricingQuantity", "not_finite"),
        ({"PricingQuantity": "1,5"}, "PricingQuantity", "not_a_number"),
        ({"ListUnitPrice": "-1"}, "ListUnitPrice", "negative_refused"),
        ({"ListUnitPrice": "0.0000000000001"}, "ListUnitPrice", "too_many_digits"),
        ({"BillingCurrency": "EURO"}, "BillingCurrency", "unknown_currency"),
        ({"ChargePeriodStart": "2026-05-03T10:00:00+99:00"}, "ChargePeriodStart", "not_a_datetime"),
        ({"ChargePeriodStart": "1969-05-03T10:00:00Z"}, "ChargePeriodStart", "out_of_range"),
        ({"SubAccountName": ""}, "SubAccountName", "text_empty"),
        ({"SkuId": "s" * 201}, "SkuId", "text_too_long"),
        ({"ChargeDescription": "a\x07b"}, "ChargeDescription", "text_control"),
    ],
)
def test_a_file_with_a_fault_is_told_where(change: str, field: str, code: str) -> None:
    with pytest.raises(Invalid) as invalid:
        rows({}, change)
    assert [(p.row, p.field, p.code) for p in invalid.value.problems] == [(3, field, code)]


@pytest.mark.parametrize(
    ("lines", "field", "code"),
    [
        (["a,b", "1,2"], "BillingCurrency", "column_missing"),
        ([*text({}).splitlines(), "1,2,3"], "row", "row_length"),
        (text({"Id": "7"}, {"Id": "7"}).splitlines(), "Id", "id_twice"),
    ],
)
def test_a_file_of_another_shape_is_refused(lines: Any, field: str, code: str) -> None:
    with pytest.raises(Invalid) as invalid:
        parse(lines)
    assert (invalid.value.problems[0].field, invalid.value.problems[0].code) == (field, code)


def test_times_as_aws_and_microsoft_write_them_and_rows_without_an_id() -> None:
    (row,) = rows({"ChargePeriodStart": "2026-05-03 10:00:00", "Id": ""})
    assert (row.at, row.id) == (datetime.fromisoformat("2026-05-03T10:00:00+00:00"), "row-2")


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    path = tmp_path / "bill.csv"
    with pytest.raises(Refused) as missing:
        read(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Refused) as binary:
        read(path)
    assert [missing.value.code, binary.value.code] == ["file_unreadable", "file_not_text"]


def test_prepaid_customers_draw_what_they_use(world: World) -> None:
    import_bill(world.brand, rows({}), ImportOptions(prepaid=frozenset({"Acme"})))
    assert Customer.objects.get().billing_plan == "PREPAID"
    world.on("2026-06-01").close()
    (invoice,) = Invoice.objects.all()
    assert (plain(invoice.net), invoice.lines.get().line_charges.get().charge.price.mode) == ("0.36", "prepaid")


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_file_at_once_import_it_once(world: World, at_once: Callable[..., list[Any]]) -> None:
    bill = rows({}, {"SkuId": "SKU2"})
    reports = at_once(*2 * [lambda: import_bill(world.brand, bill)])
    assert sorted(r.known for r in reports) == [0, 2]
    assert [UsageEvent.objects.count(), Purchase.objects.count()] == [2, 2]


def test_books_of_upstream_bills(world: World, breaking: Callable[..., str]) -> None:
    import_bill(world.brand, rows({}, {"ChargeCategory": "Tax"}, {"PricingQuantity": "-1"}))
    world.on("2026-06-01").close()
    assert {
        "a billed row without use": breaking("UPDATE sourcing_imported_row SET row_id = '9' WHERE row_id = '1'"),
        "a reported row that was used": breaking(
            "UPDATE sourcing_imported_row SET outcome = 'reported' WHERE row_id = '1'"
        ),
        "another quantity than was bought": breaking("UPDATE sourcing_purchase SET quantity = quantity + 1"),
        "another cost than was booked": breaking("UPDATE sourcing_purchase SET amount = amount + 1"),
    } == {
        "a billed row without use": "M12",
        "a reported row that was used": "M12 M26",
        "another quantity than was bought": "M26",
        "another cost than was booked": "M26",
    }
