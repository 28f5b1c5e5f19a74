"""A one-page invoice for measuring, different for each number."""

from datetime import date
from decimal import Decimal

from tollbook.invoicing.documents.content import Buyer, Content, Line, PaymentInfo, Seller, Tax


def sample(number: int) -> Content:
    """An invoice of five lines over 250.00 EUR net with 19 % tax."""
    lines = tuple(
        Line(
            position=i,
            section="Cloud server",
            name=f"Server web-{number:06d}-{i}",
            quantity=Decimal(100),
            unit="hours",
            unit_code="HUR",
            unit_price=Decimal("0.50"),
            exact=Decimal("50.00"),
            net=Decimal("50.00"),
            tax_percent=Decimal(19),
        )
        for i in range(1, 6)
    )
    net, tax = Decimal("250.00"), Decimal("47.50")
    label = f"BENCH-2026-{number:06d}"
    return Content(
        kind="invoice",
        number=label,
        issued_on=date(2026, 11, 1),
        due_on=date(2026, 11, 15),
        currency="EUR",
        seller=Seller(name="Bench Hosting GmbH", city="Berlin", postcode="10969", country="DE", vat_id="DE136695976"),
        buyer=Buyer(name=f"Customer {number}", city="Lyon", postcode="69002", country="FR"),
        lines=lines,
        taxes=(Tax(code="S", percent=Decimal(19), net=net, tax=tax),),
        net=net,
        tax=tax,
        total=net + tax,
        payable=net + tax,
        period_start=date(2026, 10, 1),
        period_end=date(2026, 10, 31),
        payment=PaymentInfo(iban="DE89370400440532013000", reference=label, terms="Please pay by 15 November 2026."),
    )
