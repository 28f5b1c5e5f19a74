"""The demo: a brand resells a cloud for a month, on real usage.

Everything goes through the actions that the portals, the API and the imports use; the month runs on the
virtual clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from tollbook.base import clock, schedule
from tollbook.brands.models import Brand, TaxRate
from tollbook.catalog.actions import NewPrice, plan, price_book, publish
from tollbook.catalog.models import Price
from tollbook.charging.actions import charge_due
from tollbook.customers.models import Customer
from tollbook.invoicing.actions import bill_due
from tollbook.invoicing.models import Document, Invoice
from tollbook.invoicing.rendering import document
from tollbook.kernel.money import Money, plain
from tollbook.ledger.seals import seal
from tollbook.metering.actions import record
from tollbook.metering.models import Meter
from tollbook.metering.rules import Draft
from tollbook.rating import Terms
from tollbook.site.progress import steps
from tollbook.sourcing.actions import BillReport, ImportOptions, import_bill
from tollbook.sourcing.connectors import focus
from tollbook.subscriptions.actions import start
from tollbook.wallets.actions import give, open_wallet, top_up

BEGIN = datetime(2024, 9, 1, tzinfo=UTC)
CLOSE = datetime(2024, 10, 1, tzinfo=UTC)
PREPAID = "Atlas Orion"
SUPPORTED = "Orion Zenith"
#: (day of September on which the flat plan begins), given to customers in turn.
FLAT_STARTS = (1, 11, 1, 16, 1, 21)
FLAT_PRICE = "49.00"
#: Hours of support in September, by ticket: 7.75 in all.
SUPPORT_HOURS = (("T-1041", 4, "0.50"), ("T-1044", 9, "1.25"), ("T-1052", 17, "3.00"), ("T-1060", 26, "3.00"))
STANDARD_IRISH_VAT = (
    # Ireland, Value-Added Tax Consolidation Act 2010, section 46(1)(a), and the temporary cut of 2020/21.
    ("23", date(2012, 1, 1), date(2020, 9, 1)),
    ("21", date(2020, 9, 1), date(2021, 3, 1)),
    ("23", date(2021, 3, 1), None),
)

Bar = Callable[..., Callable[[int], None]]


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo made: its brand and what became of the file's rows."""

    brand: Brand
    report: BillReport


def run(file: Path, markup: Decimal, bar: Bar) -> Demo:
    """Do the whole job; `bar` makes progress bars. A second run with the same file and markup changes
    nothing.
    """
    rows = focus.read(file)
    if clock.virtual() is None:
        clock.set_virtual(BEGIN)
    brand = make_brand(markup)
    options = ImportOptions(markup, prepaid=frozenset({PREPAID}))
    report = import_bill(brand, rows, options, at=clock.now(), progress=steps(bar, "Importing"))
    customers = list(Customer.objects.filter(brand=brand).select_related("profile", "brand").order_by("name"))
    tick = bar("Flat plans and support", total=len(customers))
    _subscribe(brand, customers, tick)
    _run_month(bar)
    _render(brand, bar)
    seal()
    return Demo(brand, report)


def make_brand(markup: Decimal) -> Brand:
    """The reseller. Each markup has a brand of its own, so that trials with different markups stand side by
    side.
    """
    suffix = "" if markup == 20 else f"-{plain(markup).replace('.', '-')}"  # noqa: PLR2004
    for percent, valid_from, valid_to in STANDARD_IRISH_VAT:
        TaxRate.objects.get_or_create(
            country="IE",
            category="standard",
            valid_from=valid_from,
            defaults={"percent": Decimal(percent), "valid_to": valid_to},
        )
    brand, _ = Brand.objects.get_or_create(
        code=f"cirrus{suffix}",
        defaults={
            "name": "Cirrus Cloud" if not suffix else f"Cirrus Cloud {plain(markup)} %",
            "legal_name": "Cirrus Cloud Resale Ltd",
            "street": "12 Harbour Row",
            "city": "Dublin",
            "postcode": "D02 X000",
            "country": "IE",
            "vat_id": "IE1234567FA",
            "email": "billing@cirrus.example",
            "currency": "USD",
            "iban": "IE29AIBK93115212345678",
            "bic": "AIBKIE2D",
        },
    )
    return brand


def _subscribe(brand: Brand, customers: list[Customer], tick: Callable[[int], None]) -> None:
    book = price_book(brand, brand.currency)
    flat = plan(brand, "platform", "Platform access", "platform-monthly", "Platform access, monthly")
    flat_version = publish(flat, book, [_flat_price()], BEGIN)
    support_version = publish(
        plan(brand, "support", "Priority support", "support-hours", "Priority support, by the hour"),
        book,
        _support_prices(),
        BEGIN,
    )
    for index, customer in enumerate(customers):
        begins = BEGIN.replace(day=FLAT_STARTS[index % len(FLAT_STARTS)])
        start(customer, flat_version, key="platform", at=begins)
        if customer.reference == SUPPORTED:
            subscription = start(customer, support_version, key="support", at=BEGIN)
            _support_use(customer, subscription.public_id)
        if customer.reference == PREPAID:
            _fill_wallet(customer)
        tick(index + 1)


def _flat_price() -> NewPrice:
    terms = Terms.parse({"model": "flat", "amount": FLAT_PRICE})
    return NewPrice("access", "Platform access", Price.Kind.RECURRING, terms, unit="month", unit_code="MON")


def _support_prices() -> list[NewPrice]:
    Meter.objects.get_or_create(code="support.hours", defaults={"name": "Support time", "unit": "hours"})
    hours = {
        "model": "graduated",
        "allowance": "2",
        "tiers": [{"upto": "4", "unit": "60.00"}, {"upto": None, "unit": "45.00"}],
    }
    return [
        NewPrice(
            "set-up",
            "Priority support, set-up",
            Price.Kind.ONE_TIME,
            Terms.parse({"model": "flat", "amount": "30.00"}),
        ),
        NewPrice(
            "hours",
            "Priority support, hours",
            Price.Kind.METERED,
            Terms.parse(hours),
            meter="support.hours",
            unit="hours",
            unit_code="HUR",
        ),
    ]


def _support_use(customer: Customer, subscription: str) -> None:
    drafts = [
        Draft(
            source="support-desk",
            event_id=f"{ticket}-1",
            customer="",
            meter="support.hours",
            subscription=subscription,
            quantity=Decimal(hours),
            at=BEGIN.replace(day=day, hour=14),
            dimensions={},
            resource=ticket,
        )
        for ticket, day, hours in SUPPORT_HOURS
    ]
    record(drafts, door="demo", customer=customer)


def _fill_wallet(customer: Customer) -> None:
    wallet = open_wallet(customer, customer.currency, at=BEGIN)
    top_up(wallet.pk, Money(Decimal("25.00"), customer.currency), key="demo-1", at=BEGIN)
    welcome = Money(Decimal("5.00"), customer.currency)
    give(
        wallet.pk,
        welcome,
        key="demo-welcome",
        name="Welcome credit",
        priority=10,
        expires_at=CLOSE.replace(month=12),
        at=BEGIN,
    )


def _run_month(bar: Bar) -> None:
    """To the close of September on the virtual clock; where it stands later already, charge and bill what is
    due.
    """
    now = clock.now()
    if now < CLOSE:
        hours = bar("Running September 2024", total=int((CLOSE - now).total_seconds()) // 3600)
        schedule.advance(CLOSE, lambda at: hours(int((at - now).total_seconds()) // 3600))
    else:
        charge_due(now)
        bill_due(now)


def _render(brand: Brand, bar: Bar) -> None:
    invoices = list(Invoice.objects.filter(brand=brand).select_related("brand", "customer").order_by("pk"))
    tick = bar("Making PDF and XML", total=len(invoices))
    for done, invoice in enumerate(invoices, 1):
        for format in Document.Format.values:
            document(invoice, format)
        tick(done)
