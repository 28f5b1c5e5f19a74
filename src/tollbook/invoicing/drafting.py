"""From charges to an invoice that only lacks its number."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from tollbook.brands.models import Brand
from tollbook.catalog.models import Price, Product
from tollbook.charging.queries import Waiting
from tollbook.customers.models import Customer
from tollbook.customers.queries import included_percent, treatment
from tollbook.invoicing.models import Invoice, InvoiceLine
from tollbook.invoicing.rules import LinePrice, Off, amounts_of
from tollbook.kernel.money import Rounding
from tollbook.promotions.whole import Taken
from tollbook.tax import Priced, Rate, TaxLine, TaxMode, Treatment, breakdown, totals

# Looking up is a tenth of what it takes to call the enumeration, and a bill run asks for every line.
_ROUNDINGS = {mode.value: mode for mode in Rounding}


@dataclass(slots=True)
class DraftLine:
    """A line to be: the charges of one price and period, and how they are taxed.

    `exact` is what is charged; codes off the whole invoice (`offs`) come off the rounded price of it.
    """

    charges: list[Waiting]
    price: Price
    treatment: Treatment
    exact: Decimal = Decimal(0)
    net: Decimal = Decimal(0)
    carried: Decimal = Decimal(0)
    #: The rounded price, where it includes tax, and the percentage that it includes.
    gross: Decimal | None = None
    included: Decimal | None = None
    #: On a credit note: the line of an invoice that it corrects.
    corrects: InvoiceLine | None = None
    #: What codes off the whole invoice take off its rounded price.
    offs: tuple[Off, ...] = ()
    #: What is sold; looked up once, since a bill run asks often.
    product: Product = field(init=False)

    def __post_init__(self) -> None:
        self.product = self.price.version.plan.product

    @property
    def priced(self) -> LinePrice:
        """What is rounded, and into which remainders: those of the product."""
        return LinePrice(self.exact, self.included, self.treatment, self.product.pk, self.rounding)

    @property
    def asked(self) -> Decimal:
        """What is rounded; see `LinePrice.asked`. A price without tax, as most are, is asked as it is."""
        return self.exact if self.included is None else self.priced.asked

    @property
    def owed(self) -> LinePrice:
        """What is booked: `priced` less what codes off the whole invoice take off it."""
        return self.priced._replace(exact=self.exact_owed) if self.offs else self.priced

    @property
    def exact_owed(self) -> Decimal:
        """The exact amount that is asked for, after codes off the whole invoice."""
        return self.exact - sum((off.exact for off in self.offs), Decimal(0)) if self.offs else self.exact

    @property
    def price_now(self) -> Decimal:
        """The rounded amount that the customer is told: with tax, where the price includes it; after all codes."""
        return self.net if self.gross is None else self.gross

    @property
    def price_before(self) -> Decimal:
        """`price_now` before codes off the whole invoice."""
        return self.price_now + sum((off.amount for off in self.offs), Decimal(0)) if self.offs else self.price_now

    @property
    def first(self) -> Waiting:
        return self.charges[0]

    @property
    def last(self) -> Waiting:
        return self.charges[-1]

    @property
    def charged(self) -> Decimal:
        """The sum of its charges: negative where a credit note gives it back."""
        return sum((c.amount for c in self.charges), Decimal(0))

    @property
    def rounding(self) -> Rounding:
        """How the price says that amounts are rounded."""
        return _ROUNDINGS[self.price.terms["semantics"]["rounding"]]

    @property
    def corrects_earlier(self) -> bool:
        """Whether earlier revisions of the same reading stand on an earlier invoice."""
        return self.first.revision > 1


@dataclass(slots=True)
class DraftInvoice:
    """All that an invoice says except its number."""

    brand: Brand
    customer: Customer
    currency: str
    lines: list[DraftLine]
    taxes: tuple[TaxLine, ...] = ()
    net: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    prepaid: Decimal = Decimal(0)
    #: Amounts of a credit note are positive: they say what is given back.
    credits: bool = False
    #: What a credit note gives back of, or a debit note adds to.
    corrects: Invoice | None = None
    #: Why a debit note is issued, and under which key of its invoice (with a hash of the request).
    reason: str = ""
    key: str | None = None
    key_hash: str = ""
    #: What codes take off the whole invoice.
    taken: list[Taken] = field(default_factory=list)

    @property
    def kind(self) -> Literal["invoice", "credit_note", "debit_note"]:
        """Which document it becomes."""
        if self.credits:
            return "credit_note"
        return "debit_note" if self.corrects else "invoice"

    @property
    def total(self) -> Decimal:
        return self.net + self.tax

    @property
    def tax_mode(self) -> TaxMode:
        """Where the brand rounds tax."""
        return TaxMode(self.brand.tax_mode)


def draft(
    customer: Customer,
    currency: str,
    charges: Sequence[Waiting],
    prices: Mapping[int, Price],
    on: date,
    rates: Sequence[Rate] | None = None,
) -> DraftInvoice:
    """Lines, roundings and taxes of an invoice over these charges; `prices` by row id, with book, plan and product
    loaded.

    Charges of one price and period of a phase make one line. Taxed as of `on`. Raises Refused "tax_rate_missing".
    """
    brand = customer.brand
    treatments: dict[str, Treatment] = {}
    included: dict[str, Decimal] = {}
    members: dict[tuple[int, int, int, object], list[Waiting]] = defaultdict(list)
    for charge in charges:
        members[charge.subscription_id, charge.phase_id, charge.price_id, charge.period_start].append(charge)
    lines = []
    for found in members.values():
        found.sort(key=lambda c: c.revision)
        price = prices[found[0].price_id]
        category = price.version.plan.product.tax_category
        if category not in treatments:
            treatments[category] = treatment(brand, customer, category, on, rates)
        exact = sum((c.amount for c in found), Decimal(0))
        line = DraftLine(found, price, treatments[category], exact)
        if price.book.includes_tax:
            if category not in included:
                included[category] = included_percent(brand, line.treatment, category, on, rates)
            line.included = included[category]
        lines.append(line)
    lines.sort(key=_order)
    invoice = DraftInvoice(brand, customer, currency, lines)
    round_draft(invoice)
    return invoice


def draft_alone(customer: Customer, currency: str, charges: Sequence[Waiting], on: date) -> DraftInvoice:
    """`draft` for one customer, with brand and profile loaded; loads the prices by itself."""
    prices = Price.objects.select_related("version__plan__product", "book").in_bulk({c.price_id for c in charges})
    return draft(customer, currency, charges, prices, on)


def _order(line: DraftLine) -> tuple[object, ...]:
    product = line.product
    metered = line.price.kind == Price.Kind.METERED
    return (
        metered,
        product.name,
        line.price.section,
        line.price.name,
        line.first.period_start,
        line.first.pk,
    )


def round_draft(invoice: DraftInvoice) -> None:
    """Round each line once, and take off what codes take off the whole invoice (`offs`). Remainders are carried within
    a product of one tax group, never from one to another.
    """
    carried = invoice.brand.line_rounding == Brand.LineRounding.CARRIED
    mode = invoice.tax_mode
    offs: list[Decimal] = []
    if any(line.offs for line in invoice.lines):
        offs = [sum((off.amount for off in line.offs), Decimal(0)) for line in invoice.lines]
    found = amounts_of([line.priced for line in invoice.lines], invoice.currency, carried, mode, offs)
    for line, (net, gross, before) in zip(invoice.lines, found, strict=True):
        line.net, line.gross, line.carried = net, gross, before
    priced = [Priced(line.net, line.treatment, line.gross) for line in invoice.lines]
    invoice.taxes = breakdown(priced, invoice.currency, mode)
    invoice.net, invoice.tax, _ = totals(invoice.taxes)


def quantity(line: DraftLine) -> Decimal:
    """What the line prices: the use in it, or one period of a fee."""
    return sum((c.quantity for c in line.charges), Decimal(0))
