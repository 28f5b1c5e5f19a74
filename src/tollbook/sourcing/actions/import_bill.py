"""A supplier's bill (FOCUS rows) to customers, prices, usage events and purchases, in one transaction."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.text import slugify

from tollbook.base import clock
from tollbook.brands.models import Brand
from tollbook.catalog.actions import NewPrice, add_prices, plan, price_book, publish
from tollbook.catalog.models import PlanVersion, Price
from tollbook.customers.actions import NewCustomer, add
from tollbook.customers.models import Customer
from tollbook.kernel.errors import Invalid, Problem, shown
from tollbook.kernel.money import plain
from tollbook.kernel.period import calendar
from tollbook.metering.actions import record
from tollbook.metering.models import Meter
from tollbook.metering.rules import Draft
from tollbook.rating import Terms
from tollbook.sourcing.actions.bill_report import BillReport, tally
from tollbook.sourcing.actions.known_rows import digest_of, fresh_rows
from tollbook.sourcing.actions.purchases import record_purchases
from tollbook.sourcing.connectors.focus import FocusRow
from tollbook.sourcing.models import ImportedRow, Supplier
from tollbook.sourcing.rules import Verdict, judge, marked_up, unit_code
from tollbook.subscriptions.actions import start
from tollbook.subscriptions.models import Subscription

PRODUCT = "cloud-usage"
SUBSCRIPTION_KEY = "cloud"
DIMENSION = "list_price"
BATCH = 5000

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to import: the markup on list unit prices in percent, and which new customers are prepaid (references)."""

    markup_percent: Decimal = Decimal(20)
    prepaid: frozenset[str] = frozenset()
    product_name: str = "Cloud usage"


class _DryRun(Exception):
    """Ends the transaction of a dry run."""


def import_bill(
    brand: Brand,
    rows: Sequence[FocusRow],
    options: ImportOptions | None = None,
    *,
    dry_run: bool = False,
    at: datetime | None = None,
    progress: Progress | None = None,
) -> BillReport:
    """Import a supplier's bill for a brand. All of it or, when something is wrong, nothing; twice changes nothing.

    Each SubAccountName is a customer (found again by that reference), its SubAccountIds are the customer's projects;
    each SKU and list unit price is one metered price, sold at the unit price plus the markup. What becomes of a row is
    said by `sourcing.rules.judge`. With `dry_run` everything is done, reported, and undone. `progress` hears
    (step, done, of). Raises Invalid: row_changed, other_currency, before_subscription.
    """
    report = BillReport(rows=len(rows))
    try:
        with transaction.atomic():
            _import(brand, rows, options or ImportOptions(), at or clock.now(), report, progress or _silent)
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass  # The report is what a dry run is for; what was written is rolled back.
    return report


def _silent(step: str, done: int, of: int) -> None:
    """Nobody listens."""


def _import(
    brand: Brand,
    rows: Sequence[FocusRow],
    options: ImportOptions,
    at: datetime,
    report: BillReport,
    progress: Progress,
) -> None:
    # One import at a time for a brand, so that two of the same file cannot both find their rows new.
    Brand.objects.select_for_update().get(pk=brand.pk)
    _check_currency(brand, rows)
    suppliers = _suppliers(brand, rows)
    verdicts = {row.id: judge(row.category, row.quantity, row.unit_cost) for row in rows}
    fresh = fresh_rows(suppliers, rows, verdicts)
    tally(report, rows, verdicts, len(rows) - len(fresh))
    use = [row for row in rows if verdicts[row.id].reason is None]
    customers = _customers(brand, rows, options, at, report, progress)
    meters = _meters(suppliers, use)
    versions = _prices(brand, use, meters, options, report)
    _subscribe(use, customers, versions)
    _keep(suppliers, fresh, verdicts, customers, meters, at)
    _record(suppliers, fresh, verdicts, customers, meters, at, progress)
    for supplier in suppliers.values():
        report.purchases += record_purchases(supplier, [c.pk for c in customers.values()], at)


def _check_currency(brand: Brand, rows: Sequence[FocusRow]) -> None:
    wrong = [row for row in rows if row.currency != brand.currency]
    if wrong:
        reason = f"the brand sells in {brand.currency}; import this file for a brand in the file's currency"
        raise Invalid(Problem(r.row, "BillingCurrency", r.currency, "other_currency", reason) for r in wrong[:100])


def _suppliers(brand: Brand, rows: Sequence[FocusRow]) -> dict[str, Supplier]:
    found = {}
    for name in sorted({row.provider for row in rows}):
        found[name], _ = Supplier.objects.get_or_create(
            brand=brand, code=slugify(name)[:60], defaults={"name": name, "currency": brand.currency}
        )
    return found


def _customers(
    brand: Brand,
    rows: Sequence[FocusRow],
    options: ImportOptions,
    at: datetime,
    report: BillReport,
    progress: Progress,
) -> dict[str, Customer]:
    projects: dict[str, dict[str, str]] = defaultdict(dict)
    first: dict[str, datetime] = {}
    for row in rows:
        projects[row.account_name][row.account_id] = row.account_id
        first[row.account_name] = min(row.at, first.get(row.account_name, row.at))
    before = Customer.objects.filter(brand=brand).count()
    found = {}
    for done, (name, ids) in enumerate(sorted(projects.items()), 1):
        since = calendar(1, first[name], brand.zone).start
        plan_of = Customer.BillingPlan.PREPAID if name in options.prepaid else Customer.BillingPlan.POSTPAID
        new = NewCustomer(
            name=name,
            reference=name,
            profile={"country": brand.country},
            billing_plan=plan_of,
            projects=tuple(sorted(ids.items())),
        )
        found[name] = add(brand, new, min(since, at))
        progress("customers", done, len(projects))
    report.customers = len(found)
    report.new_customers = Customer.objects.filter(brand=brand).count() - before
    return found


def meter_code(supplier: Supplier, row: FocusRow) -> str:
    """The code of the meter that a row counts on: supplier, SKU and unit, since a sum over two units means nothing."""
    return f"{supplier.code}:{row.sku}:{slugify(row.unit) or 'unit'}"[:120]


def _meters(suppliers: dict[str, Supplier], use: Sequence[FocusRow]) -> dict[str, Meter]:
    wanted = {meter_code(suppliers[row.provider], row): row for row in use}
    Meter.objects.bulk_create(
        (
            Meter(
                code=code,
                name=(row.description or row.sku)[:300],
                unit=row.unit[:60],
                dimensions=[DIMENSION],
                # The upstream takes use back by rows with a negative quantity.
                allow_negative=True,
            )
            for code, row in sorted(wanted.items())
        ),
        ignore_conflicts=True,
    )
    return {meter.code: meter for meter in Meter.objects.filter(code__in=wanted)}


def _prices(
    brand: Brand, use: Sequence[FocusRow], meters: dict[str, Meter], options: ImportOptions, report: BillReport
) -> dict[str, PlanVersion]:
    """A plan version for each billing mode that is in use, with a price for every SKU and list unit price."""
    book = price_book(brand, brand.currency)
    found = {}
    for mode in (Price.Mode.POSTPAID, Price.Mode.PREPAID):
        prices: dict[str, NewPrice] = {}
        for row in use:
            assert row.unit_cost is not None  # noqa: S101  - judge() reports rows without one
            cost = plain(row.unit_cost)
            code = f"{slugify(row.provider)}:{row.sku}:{slugify(row.unit) or 'unit'}"[:90] + f"@{cost}"
            terms = Terms.parse({"model": "unit", "unit_price": plain(marked_up(row.unit_cost, options.markup_percent))})
            prices[code] = NewPrice(
                code=code,
                name=row.description or row.sku,
                kind=Price.Kind.METERED,
                terms=terms,
                section=row.service[:120],
                mode=mode,
                meter=f"{slugify(row.provider)[:60]}:{row.sku}:{slugify(row.unit) or 'unit'}"[:120],
                match={DIMENSION: cost},
                unit=row.unit[:60],
                unit_code=unit_code(row.unit),
                unit_cost=row.unit_cost,
            )
        own = plan(brand, PRODUCT, options.product_name, f"usage-{mode}", f"{options.product_name}, {mode}")
        version = own.versions.order_by("-number").first()
        if version is None:
            since = min((row.at for row in use), default=clock.now())
            version = publish(own, book, list(prices.values()), calendar(1, since, brand.zone).start)
            report.new_prices += len(prices)
        else:
            report.new_prices += add_prices(version, book, list(prices.values()))
        found[mode] = version
    return found


def _subscribe(
    use: Sequence[FocusRow], customers: dict[str, Customer], versions: dict[str, PlanVersion]
) -> None:
    first: dict[str, datetime] = {}
    for row in use:
        first[row.account_name] = min(row.at, first.get(row.account_name, row.at))
    begun = dict(
        Subscription.objects.filter(customer__in=customers.values(), key=SUBSCRIPTION_KEY).values_list(
            "customer_id", "started_at"
        )
    )
    early = []
    for name, at in sorted(first.items()):
        customer = customers[name]
        if customer.pk not in begun:
            prepaid = customer.billing_plan == Customer.BillingPlan.PREPAID
            version = versions[Price.Mode.PREPAID if prepaid else Price.Mode.POSTPAID]
            start(customer, version, key=SUBSCRIPTION_KEY, at=calendar(1, at, customer.zone).start)
        elif at < begun[customer.pk]:
            reason = f"use on {at:%Y-%m-%d} is before the subscription began ({begun[customer.pk]:%Y-%m-%d})"
            early.append(Problem(None, "SubAccountName", shown(name), "before_subscription", reason))
    if early:
        raise Invalid(early)


def _keep(
    suppliers: dict[str, Supplier],
    fresh: Sequence[FocusRow],
    verdicts: dict[str, Verdict],
    customers: dict[str, Customer],
    meters: dict[str, Meter],
    at: datetime,
) -> None:
    ImportedRow.objects.bulk_create(
        ImportedRow(
            supplier=suppliers[row.provider],
            customer=customers[row.account_name],
            row_id=row.id,
            digest=digest_of(row),
            outcome=verdicts[row.id].outcome,
            reason=verdicts[row.id].reason or "",
            item=meter_code(suppliers[row.provider], row),
            at=row.at,
            quantity=row.quantity,
            unit_cost=row.unit_cost,
            created_at=at,
        )
        for row in fresh
    )


def _record(
    suppliers: dict[str, Supplier],
    fresh: Sequence[FocusRow],
    verdicts: dict[str, Verdict],
    customers: dict[str, Customer],
    meters: dict[str, Meter],
    at: datetime,
    progress: Progress,
) -> None:
    drafts = [
        Draft(
            source=f"focus:{suppliers[row.provider].code}",
            event_id=row.id,
            customer=customers[row.account_name].public_id,
            meter=meter_code(suppliers[row.provider], row),
            subscription="",
            quantity=row.quantity,
            at=row.at,
            dimensions={DIMENSION: plain(row.unit_cost)},
            resource=row.resource,
        )
        for row in fresh
        if verdicts[row.id].reason is None and row.quantity is not None and row.unit_cost is not None
    ]
    for begin in range(0, len(drafts), BATCH):
        record(drafts[begin : begin + BATCH], door="import", at=at)
        progress("events", min(begin + BATCH, len(drafts)), len(drafts))
