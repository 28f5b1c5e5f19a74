"""Debits: an invoice over what is owed without a charge. Its tax is that of its product."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tollbook.brands.models import Brand
from tollbook.catalog.models import Product
from tollbook.invoicing.crediting import credit
from tollbook.invoicing.debiting import NewDebit, debit
from tollbook.invoicing.explain import explain_invoice
from tollbook.invoicing.models import Debit, Invoice
from tollbook.invoicing.rendering import document
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money
from tollbook.ledger.queries import balance_of
from tollbook.ledger.rules import AccountKind
from tollbook.site.tests.world import Party, World


def fee(world: World, amount: str = "10.00", category: str = "standard", **more: Any) -> NewDebit:
    product, _ = Product.objects.get_or_create(
        brand=more.pop("brand", world.brand), code=f"late-{category}", name="Late fees", tax_category=category
    )
    money = Money(Decimal(amount), more.pop("currency", "EUR"))
    return NewDebit(product, "Late fee", money, date(2026, 5, 2), date(2026, 5, 15), ("10.00 EUR fixed.",))


def ledger(world: World, party: Party, kind: AccountKind, owner: str = "") -> Decimal:
    return balance_of(world.brand.pk, kind, "EUR", owner or party.row.public_id)


def test_a_debit_is_an_invoice_of_its_own(world: World) -> None:
    acme, new = world.customer("acme"), fee(world)
    made = debit(acme.row, new, key="one")
    (line,) = made.lines.all()
    assert (made.label, made.state, made.kind) == ("HARBOUR-2026-000001", "issued", "invoice")
    assert (made.net, made.tax, made.total, made.open) == (10, Decimal("2.30"), Decimal("12.30"), Decimal("12.30"))
    assert (made.issued_on, made.due_on) == (date(2026, 5, 1), date(2026, 5, 15))
    assert (line.name, line.section, line.quantity, line.exact, line.net) == ("Late fee", "Late fees", 1, 10, 10)
    assert ledger(world, acme, AccountKind.RECEIVABLE) == Decimal("12.30")
    assert ledger(world, acme, AccountKind.REVENUE, new.product.public_id) == -10
    assert debit(acme.row, new, key="one") == made
    assert (Invoice.objects.count(), Debit.objects.count()) == (1, 1)


def test_the_product_says_how_it_is_taxed(world: World) -> None:
    acme = world.customer("acme")
    made = debit(acme.row, fee(world, "10", "exempt"), key="one")
    assert (made.net, made.tax, made.total) == (10, 0, 10)
    assert [(tax.code, tax.percent) for tax in made.taxes.all()] == [("E", 0)]


def test_a_debit_explains_itself(world: World) -> None:
    acme = world.customer("acme")
    told = explain_invoice(debit(acme.row, fee(world), key="one"))
    (line,) = told.lines
    assert (told.check, line.check) == (True, True)
    assert line.rounding.sentence == "Late fee: 10.00 EUR fixed. Rounding: 10.00 EUR is exact"
    assert "Tax S: 23 % of 10.00 EUR" in told.text()


def test_a_debit_has_documents(world: World) -> None:
    made = debit(world.customer("acme").row, fee(world), key="one")
    assert b"12.30" in bytes(document(made, "xml").body)
    assert bytes(document(made, "pdf").body).startswith(b"%PDF")


def test_a_debit_can_be_credited(world: World) -> None:
    acme, new = world.customer("acme"), fee(world)
    made = debit(acme.row, new, key="one")
    note = credit(made, reason="Goodwill", key="k")
    made.refresh_from_db()
    assert (note.total, made.state, made.open) == (Decimal("12.30"), "void", 0)
    assert ledger(world, acme, AccountKind.RECEIVABLE) == 0
    assert ledger(world, acme, AccountKind.REVENUE, new.product.public_id) == 0
    assert explain_invoice(note).check


@pytest.mark.parametrize(
    ("how", "code"), [({"amount": "0"}, "amount_not_positive"), ({"amount": "0.004"}, "amount_not_positive")]
)
def test_what_is_no_debit(world: World, how: dict[str, Any], code: str) -> None:
    acme = world.customer("acme")
    with pytest.raises(Refused) as refused:
        debit(acme.row, fee(world, **how), key="one")
    assert refused.value.code == code
    assert not Invoice.objects.exists()


def test_a_key_makes_one_debit(world: World) -> None:
    acme = world.customer("acme")
    debit(acme.row, fee(world), key="one")
    with pytest.raises(Refused, match="was made under it over another debit"):
        debit(acme.row, fee(world, "11"), key="one")
    assert debit(world.customer("bolt").row, fee(world, "11"), key="one").total == Decimal("13.53")
    assert Invoice.objects.count() == 2


def test_a_product_of_another_brand_is_refused(world: World) -> None:
    other = Brand.objects.create(code="other", name="Other", legal_name="Other Ltd", currency="EUR", country="IE")
    with pytest.raises(Refused, match="belongs to another brand"):
        debit(world.customer("acme").row, fee(world, brand=other), key="one")
    assert not Invoice.objects.exists()


def test_the_database_keeps_debits_as_they_are(world: World) -> None:
    made = debit(world.customer("acme").row, fee(world), key="one")
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
        Debit.objects.update(amount=11)
    again = Debit.objects.get()
    again.pk, again.public_id = None, "deb_other"
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save()
    assert made.open == Decimal("12.30")


@pytest.mark.broken_books
def test_the_books_notice_a_debit_that_does_not_fit(world: World, breaking: Any) -> None:
    acme = world.customer("acme")
    debit(acme.row, fee(world), key="one")
    bolt = world.customer("bolt")
    assert breaking("UPDATE invoicing_debit SET amount = 11") == "M16"
    assert breaking("DELETE FROM invoicing_debit") == "M16"
    assert breaking("UPDATE invoicing_debit SET currency = 'USD'") == "M16"
    assert breaking(f"UPDATE invoicing_debit SET customer_id = {bolt.row.pk}") == "M16"
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE invoicing_debit DISABLE TRIGGER USER")
    assert breaking("SELECT 1") == "M17"
