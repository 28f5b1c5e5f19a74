"""A supplier's bill (FOCUS rows) to customers, prices, usage events and purchases, in one transaction."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

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
from tollbook.sourcing.actions.bill_job import ImportOptions, Job, Progress
from tollbook.sourcing.actions.bill_report import BillReport, tally
from tollbook.sourcing.actions.known_rows import digest_of, fresh_rows
from tollbook.sourcing.actions.purchases import record_purchases
from tollbook.sourcing.connectors.focus import FocusRow
from tollbook.sourcing.models import ImportedRow, Supplier
from tollbook.sourcing.rules import judge, marked_up, unit_code
from tollbook.subscriptions.actions import start
from tollbook.subscriptions.models import Subscription

PRODUCT = "cloud-usage"
SUBSCRIPTION_KEY = "cloud"
DIMENSION = "list_price"
BATCH = 5000


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
    """Import a supplier's bill for a brand. All of it or, when something is wrong, nothing; twice changes
    nothing.

    Each SubAccountName is a customer (found again by that reference), its SubAccountIds are the customer's
    projects; each SKU and list unit price is one metered price, sold at the unit price plus the markup. What
    becomes of a row is said by `sourcing.rules.judge`. With `dry_run` everything is done, reported, and
    undone. `progress` hears (step, done, of). Raises Invalid: row_changed, other_currency,
    before_subscription.
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
    verdicts = {row.id: judge(row.category, row.quantity, row.unit_cost) for row in rows}
    job = Job(brand, rows, options, at, report, progress, _suppliers(brand, rows), verdicts)
    fresh = fresh_rows(job.suppliers, rows, verdicts)
    tally(report, rows, verdicts, len(rows) - len(fresh))
    use = job.billable(rows)
    customers = _customers(job)
    _meters(job, use)
    _subscribe(use, customers, _prices(job, use))
    _keep(job, fresh, customers)
    _record(job, fresh, customers)
    for supplier in job.suppliers.values():
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


def _customers(job: Job) -> dict[str, Customer]:
    brand = job.brand
    projects: dict[str, dict[str, str]] = defaultdict(dict)
    first: dict[str, datetime] = {}
    for row in job.rows:
        projects[row.account_name][row.account_id] = row.account_id
        first[row.account_name] = min(row.at, first.get(row.account_name, row.at))
    before = Customer.objects.filter(brand=brand).count()
    found = {}
    for done, (name, ids) in enumerate(sorted(projects.items()), 1):
        since = calendar(1, first[name], brand.zone).start
        prepaid = name in job.options.prepaid
        new = NewCustomer(
            name=name,
            reference=name,
            profile={"country": brand.country},
            billing_plan=Customer.BillingPlan.PREPAID if prepaid else Customer.BillingPlan.POSTPAID,
            projects=tuple(sorted(ids.items())),
        )
        found[name] = add(brand, new, min(since, job.at))
        job.progress("customers", done, len(projects))
    job.report.customers = len(found)
    job.report.new_customers = Customer.objects.filter(brand=brand).count() - before
    return found


def _meters(job: Job, use: Sequence[FocusRow]) -> None:
    wanted = {job.code(row): row for row in use}
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


def _prices(job: Job, use: Sequence[FocusRow]) -> dict[str, PlanVersion]:
    """A plan version for each billing mode, with a price for every SKU and list unit price."""
    brand, name = job.brand, job.options.product_name
    book = price_book(brand, brand.currency)
    since = calendar(1, min((row.at for row in use), default=job.at), brand.zone).start
    found: dict[str, PlanVersion] = {}
    for mode in (Price.Mode.POSTPAID, Price.Mode.PREPAID):
        prices = list({price.code: price for price in (_price(job, row, mode) for row in use)}.values())
        own = plan(brand, PRODUCT, name, f"usage-{mode}", f"{name}, {mode}")
        version = own.versions.order_by("-number").first()
        if version is None:
            version = publish(own, book, prices, since)
            job.report.new_prices += len(prices)
        else:
            job.report.new_prices += add_prices(version, book, prices)
        found[mode] = version
    return found


def _price(job: Job, row: FocusRow, mode: str) -> NewPrice:
    assert row.unit_cost is not None  # noqa: S101  - judge() reports rows without one
    meter, cost = job.code(row), plain(row.unit_cost)
    unit_price = plain(marked_up(row.unit_cost, job.options.markup_percent))
    return NewPrice(
        code=f"{meter[:90]}@{cost}",
        name=row.description or row.sku,
        kind=Price.Kind.METERED,
        terms=Terms.parse({"model": "unit", "unit_price": unit_price}),
        section=row.service[:120],
        mode=mode,
        meter=meter,
        match={DIMENSION: cost},
        unit=row.unit[:60],
        unit_code=unit_code(row.unit),
        unit_cost=row.unit_cost,
    )


def _subscribe(use: Sequence[FocusRow], customers: dict[str, Customer], versions: dict[str, PlanVersion]) -> None:
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


def _keep(job: Job, fresh: Sequence[FocusRow], customers: dict[str, Customer]) -> None:
    ImportedRow.objects.bulk_create(
        ImportedRow(
            supplier=job.suppliers[row.provider],
            customer=customers[row.account_name],
            row_id=row.id,
            digest=digest_of(row),
            outcome=job.verdicts[row.id].outcome,
            reason=job.verdicts[row.id].reason or "",
            item=job.code(row),
            at=row.at,
            quantity=row.quantity,
            unit_cost=row.unit_cost,
            created_at=job.at,
        )
        for row in fresh
    )


def _record(job: Job, fresh: Sequence[FocusRow], customers: dict[str, Customer]) -> None:
    drafts = [
        Draft(
            source=f"focus:{job.suppliers[row.provider].code}",
            event_id=row.id,
            customer=customers[row.account_name].public_id,
            meter=job.code(row),
            subscription="",
            quantity=row.quantity,
            at=row.at,
            dimensions={DIMENSION: plain(row.unit_cost)},
            resource=row.resource,
        )
        for row in job.billable(fresh)
        if row.quantity is not None and row.unit_cost is not None
    ]
    for begin in range(0, len(drafts), BATCH):
        # It has happened and is on the supplier's bill: a limit of the plan cannot refuse it any more.
        record(drafts[begin : begin + BATCH], door="import", at=job.at, limited=False)
        job.progress("events", min(begin + BATCH, len(drafts)), len(drafts))
