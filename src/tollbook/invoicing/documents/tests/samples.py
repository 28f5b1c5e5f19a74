"""Documents for the tests and for a look at the layout: invented companies, real arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from tollbook.invoicing.documents.content import Buyer, Content, Line, PaymentInfo, Seller, Tax
from tollbook.kernel.money import round_to

D = Decimal

SELLER = Seller(
    name="Northwind Hosting GmbH",
    trading_name="Northwind",
    address=("Lindenstr. 4",),
    postcode="10969",
    city="Berlin",
    country="DE",
    vat_id="DE136695976",
    registration="HRB 12345 B",
    email="billing@northwind.example",
    website="northwind.example",
)
BUYER = Buyer(
    name="Brightwater SARL",
    attention="Accounts payable",
    address=("8 rue Centrale",),
    postcode="69002",
    city="Lyon",
    country="FR",
    vat_id="FR40303265045",
    email="ap@brightwater.example",
    customer_number="C-2041",
    reference="PO-77",
)
PAYMENT = PaymentInfo(
    iban="DE89370400440532013000",
    bic="COBADEFFXXX",
    account_name="Northwind Hosting GmbH",
    reference="NW-2026-1188",
    terms="Please pay within 14 days, without deduction.",
)


def line(name: str, quantity: str, price: str | None, exact: str | None = None, **more: Any) -> Line:
    """A line whose net is its exact amount rounded to cents; `exact` is needed where there is no price."""
    amount = D(exact) if exact is not None else D(quantity) * D(price or "0")
    return Line(
        position=1,
        name=name,
        quantity=D(quantity),
        unit_price=None if price is None else D(price),
        exact=amount,
        net=round_to(amount, 2),
        **{"tax_percent": D(19), **more},
    )


def content(lines: Sequence[Line], *, taxes: Sequence[Tax] | None = None, **more: Any) -> Content:
    """A document of `lines`, numbered and summed; tax is each group's percentage, rounded once."""
    numbered = tuple(_moved(item, place) for place, item in enumerate(lines, 1))
    groups = tuple(taxes) if taxes is not None else _taxes(numbered)
    net = sum((item.net for item in numbered), D(0))
    tax = sum((item.tax for item in groups), D(0))
    prepaid = more.pop("prepaid", D(0))
    base: dict[str, Any] = {
        "kind": "invoice",
        "number": "NW-2026-1188",
        "issued_on": date(2026, 11, 30),
        "due_on": date(2026, 12, 14),
        "currency": "EUR",
        "seller": SELLER,
        "buyer": BUYER,
        "payment": PAYMENT,
        "period_start": date(2026, 11, 1),
        "period_end": date(2026, 11, 30),
        "zone": "Europe/Berlin",
        "initial": "N",
    }
    return Content(
        **{**base, **more},
        lines=numbered,
        taxes=groups,
        net=net,
        tax=tax,
        total=net + tax,
        prepaid=prepaid,
        payable=net + tax - prepaid,
    )


def _moved(item: Line, place: int) -> Line:
    values = {name: getattr(item, name) for name in Line.__slots__}
    return Line(**{**values, "position": place})


def _taxes(lines: Sequence[Line]) -> tuple[Tax, ...]:
    keys = dict.fromkeys((item.tax_code, item.tax_percent) for item in lines)
    groups = []
    for code, percent in keys:
        net = sum((item.net for item in lines if (item.tax_code, item.tax_percent) == (code, percent)), D(0))
        reason = "Exempt: Art. 132 of Directive 2006/112/EC" if code == "E" else ""
        groups.append(Tax(code=code, percent=percent, net=net, tax=round_to(net * percent / 100, 2), reason=reason))
    return tuple(groups)


def simple(**more: Any) -> Content:
    """Four services of one month."""
    return content(
        [
            line(
                "Cloud server web-01.fra",
                "0.5",
                "76.80",
                section="Cloud",
                unit="month",
                unit_code="MON",
                description="4 vCPU, 8 GiB, 160 GB; from 16 November",
                arithmetic=("15 of 30 days × 76.80 = 38.40",),
                period_start=date(2026, 11, 16),
                period_end=date(2026, 11, 30),
            ),
            line(
                "Traffic out",
                "412.5",
                "0.04",
                section="Cloud",
                unit="GB",
                unit_code="E34",
                description="over the free 2 TB",
            ),
            line("Object storage requests", "731", "0.0000004", section="Cloud", unit="requests"),
            line(
                "SMS to Germany",
                "2140",
                None,
                "115.46",
                section="Messaging",
                unit="messages",
                arithmetic=("1,000 × 0.0560 = 56.00", "1,140 × 0.05215789… = 59.46"),
            ),
            line(
                "Sender identity “Brightwater”",
                "1",
                "9.00",
                section="Messaging",
                unit="month",
                unit_code="MON",
            ),
            line("Domain brightwater.example", "1", "14.00", section="Domains", unit="year", unit_code="ANN"),
        ],
        **more,
    )


def credit_note(**more: Any) -> Content:
    """One line of the simple invoice, credited."""
    base: dict[str, Any] = {
        "kind": "credit_note",
        "number": "NC-2026-0017",
        "corrects": "NW-2026-1188",
        "corrects_issued_on": date(2026, 11, 30),
        "due_on": None,
        "payment": None,
    }
    return content(
        [
            line(
                "Traffic out",
                "412.5",
                "0.04",
                section="Cloud",
                unit="GB",
                unit_code="E34",
                description="billed twice",
            )
        ],
        **{**base, **more},
    )


def reverse_charge(**more: Any) -> Content:
    """A business in another member state: the buyer accounts for the tax."""
    nothing: dict[str, Any] = {"tax_code": "AE", "tax_percent": D(0)}
    return content([line("Dedicated server", "1", "120.00", unit="month", unit_code="MON", **nothing)], **more)


def long(count: int = 300, **more: Any) -> Content:
    """Many lines in sections of twenty, with prices below a cent."""
    lines = [
        line(
            f"SKU {n:04d} Compute Engine N2 core running in Frankfurt",
            f"{n}.{n % 7}25",
            "0.000431",
            section=f"Project {n // 20 + 1:02d}",
            unit="core hours",
            unit_code="HUR",
        )
        for n in range(count)
    ]
    return content(lines, **more)
