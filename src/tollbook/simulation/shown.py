"""The totals of a simulation as parts of a page."""

from decimal import Decimal
from typing import Any

from tollbook.kernel.money import Money
from tollbook.simulation.rules import ALL_CLASSES
from tollbook.web.charts import stacked_bars
from tollbook.web.parts import Chart, Part, Rows, Stat, Stats
from tollbook.web.sockets import page_of
from tollbook.web.tables import Column


def of_currency(told: dict[str, Any]) -> list[Part]:
    """The figures of one currency (`rules.Totals.data()`), their spread as a chart, and who wins and loses most."""
    currency = told["currency"]

    def money(name: str) -> Money:
        return Money(Decimal(told[name]), currency)

    variance = told["variance_percent"]
    stats = [
        Stat("Revenue as charged", money("old_net"), "money", "Net, as invoices round it"),
        Stat("Revenue simulated", money("new_net"), "money"),
        Stat("Difference", money("difference"), "money", f"{variance} % of the plan's" if variance is not None else ""),
        Stat("Pay less", told["winners"], "quantity", f"of {told['customers']} customers"),
        Stat("Pay more", told["losers"], "quantity", _most(told)),
    ]
    if told["old_margin"] is not None:
        note = f"As charged: {told['old_margin']} {currency}; {told['customers_with_known_cost']} customers"
        stats.append(Stat("Margin simulated", money("new_margin"), "money", note))
    spread = told["spread"]
    shown = [name for name in ALL_CLASSES if name in spread]
    bars = [(name, [Decimal(spread[name])]) for name in shown]
    title = f"Customers by change of their invoice, {currency}"
    note = "; ".join(f"{name}: {spread[name]}" for name in shown)
    return [
        Stats(f"In {currency}", stats),
        Chart(title, stacked_bars(title, ["Customers"], bars, "customers"), note, wide=True),
        Rows(f"Pay less, the most first, {currency}", _TOP, told["winners_most"], "Nobody pays less.", wide=False),
        Rows(f"Pay more, the most first, {currency}", _TOP, told["losers_most"], "Nobody pays more.", wide=False),
    ]


def _most(told: dict[str, Any]) -> str:
    raised = told["largest_raise_percent"]
    return f"at most {raised} % more" if raised is not None else ""


_TOP = [
    Column("Customer", lambda r: r["name"], href=lambda r: page_of(r["customer"])),
    Column("As charged", lambda r: Money(Decimal(r["old_net"]), r["currency"]), "money"),
    Column("Simulated", lambda r: Money(Decimal(r["new_net"]), r["currency"]), "money"),
    Column("Change %", lambda r: None if r["percent"] is None else Decimal(r["percent"]), "quantity"),
]
