"""The demo's table: what each customer is billed, what it cost, and what is left."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from tollbook.catalog.models import Price
from tollbook.invoicing.models import Invoice, InvoiceLine, LineCharge
from tollbook.kernel.money import Money, plain
from tollbook.site.demo import Demo
from tollbook.sourcing.actions.import_bill import PRODUCT
from tollbook.sourcing.queries import margins

_ZERO = Decimal(0)


@dataclass(slots=True)
class Row:
    """One customer's figures, in the brand's currency. Usage is what the metered lines of the cloud product
    bill.
    """

    id: str
    name: str
    lines: int = 0
    usage_lines: int = 0
    usage_net: Decimal = _ZERO
    net: Decimal = _ZERO
    tax: Decimal = _ZERO
    total: Decimal = _ZERO
    cost: Decimal = _ZERO
    margin: Decimal = _ZERO

    def data(self) -> dict[str, Any]:
        """JSON-able values: amounts as decimal strings."""
        amounts = ("usage_net", "net", "tax", "total", "cost", "margin")
        counts = {"id": self.id, "name": self.name, "lines": self.lines, "usage_lines": self.usage_lines}
        return {**counts, **{name: plain(getattr(self, name)) for name in amounts}}


def rows(demo: Demo) -> list[Row]:
    """The figures of every customer of the demo, by name, from invoices and the ledger."""
    found: dict[int, Row] = {}
    invoices = Invoice.objects.filter(brand=demo.brand)
    for invoice in invoices.select_related("customer").order_by("customer__name", "pk"):
        row = found.setdefault(invoice.customer_id, Row(invoice.customer.public_id, invoice.customer.name))
        row.net += invoice.net
        row.tax += invoice.tax
        row.total += invoice.total
    lines = InvoiceLine.objects.filter(invoice__brand=demo.brand)
    usage = set(
        LineCharge.objects.filter(
            line__invoice__brand=demo.brand,
            charge__price__kind=Price.Kind.METERED,
            charge__price__version__plan__product__code=PRODUCT,
        ).values_list("line_id", flat=True)
    )
    for line_id, customer_id, net in lines.values_list("pk", "customer_id", "net"):
        row = found[customer_id]
        row.lines += 1
        if line_id in usage:
            row.usage_lines += 1
            row.usage_net += net
    for customer_id, margin in margins(demo.brand.pk).items():
        if customer_id in found:
            found[customer_id].cost, found[customer_id].margin = margin.cost, margin.margin
    return list(found.values())


def show(demo: Demo, figures: list[Row], console: Console) -> None:
    """Print the table, its sums, and what became of the file's rows."""
    currency = demo.brand.currency
    table = Table(title=f"{demo.brand.name}: September 2024, {currency}", header_style="bold")
    table.add_column("Customer")
    for name in ("Lines", "Net", "Tax", "Total", "Cost", "Margin"):
        table.add_column(name, justify="right")
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in figures:
        amounts = [getattr(row, name) for name in ("net", "tax", "total", "cost", "margin")]
        table.add_row(row.name, str(row.lines), *(f"{Money(a, currency).rounded().amount:,.2f}" for a in amounts))
        for name, amount in zip(("net", "tax", "total", "cost", "margin"), amounts, strict=True):
            sums[name] += amount
    table.add_section()
    table.add_row(
        f"{len(figures)} customers", str(sum(r.lines for r in figures)), *(f"{v:,.2f}" for v in sums.values())
    )
    console.print(table)
    console.print(demo.report.text().rstrip(), highlight=False)
