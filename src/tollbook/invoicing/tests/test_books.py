"""Controls: invoices that are changed behind their guards are exactly what check-books reports."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from django.db import connection

from tollbook.brands.models import TaxRate
from tollbook.invoicing.credit_drafting import LineCredit
from tollbook.invoicing.crediting import credit
from tollbook.site.tests.world import World

FIRST = "id = (SELECT min(id) FROM invoicing_invoice)"
LAST = "number = (SELECT max(number) FROM invoicing_invoice)"
PREPAID = "id = (SELECT min(id) FROM invoicing_invoice WHERE prepaid > 0)"
LINE = "id = (SELECT min(id) FROM invoicing_line)"
CHECKS = [
    f"ALTER TABLE invoicing_invoice DROP CONSTRAINT {name}"
    for name in (
        "invoicing_prepaid",
        "invoicing_settled",
        "invoicing_credited",
        "invoicing_total_not_negative",
        "invoicing_total_is_net_and_tax",
    )
]
CREDIT_NOTE = """
    INSERT INTO invoicing_invoice (public_id, brand_id, customer_id, kind, corrects_id, state, currency, series, year,
        number, label, issued_on, due_on, net, tax, total, prepaid, settled, credited, tax_mode, key_hash, content, content_hash, created_at)
    SELECT 'inv_note', brand_id, customer_id, 'credit_note', id, 'issued', currency, 'CN', year, 1, 'CN-1', issued_on,
        due_on, net + {more}, tax, total + {more}, 0, 0, 0, tax_mode, '', content, content_hash, created_at
    FROM invoicing_invoice WHERE id = (SELECT min(id) FROM invoicing_invoice)
"""


def settle_constraints() -> None:
    """Run what the transaction of the test has put off: a table with pending checks cannot be altered."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_what_is_broken_of_gross_prices_and_credit_notes(world: World, breaking: Callable[..., str]) -> None:
    world.taxes("sum_by_net", inside=True).plan("a", *(world.monthly("14.99", code) for code in "xyz"))
    acme = world.customer().buys("a")
    world.on("2026-06-01").close()
    (invoice,) = acme.invoices
    line = invoice.lines.order_by("position")[0].public_id
    note = credit(invoice, [LineCredit(line, Decimal("5.00"))], reason="x", key="k")
    of_note = f"invoice_id = {note.pk}"
    settle_constraints()
    assert {
        "a price that was rounded elsewhere": breaking(f"UPDATE invoicing_line SET gross = gross + 0.01 WHERE {LINE}"),
        "a net that does not follow": breaking(f"UPDATE invoicing_line SET net = net + 0.01 WHERE {LINE}"),
        "tax computed another way": breaking(f"UPDATE invoicing_invoice SET tax_mode = 'keep_gross' WHERE {FIRST}"),
        "another tax in the price": breaking(f"UPDATE invoicing_line SET tax_included = 7 WHERE {LINE}"),
        "what was credited": breaking(f"UPDATE invoicing_invoice SET credited = credited + 1 WHERE {FIRST}"),
        "a line credited beyond itself": breaking(
            f"UPDATE invoicing_line SET net = 13, gross = 15, exact = 15 WHERE {of_note}"
        ),
        "a credit of nothing": breaking(f"UPDATE invoicing_line SET corrects_id = NULL WHERE {of_note}"),
        "a note that was not booked": breaking(
            f"UPDATE ledger_transaction SET kind = 'else' WHERE source_id = '{note.public_id}'"
        ),
        "a note of another invoice": breaking(f"UPDATE invoicing_invoice SET corrects_id = NULL WHERE id = {note.pk}"),
        "the guard of lines off": breaking("ALTER TABLE invoicing_line DISABLE TRIGGER USER"),
        "the guard of books off": breaking("ALTER TABLE catalog_price_book DISABLE TRIGGER USER"),
    } == {
        "a price that was rounded elsewhere": "M7",
        "a net that does not follow": "M7 M16",
        "tax computed another way": "M16",
        "another tax in the price": "M7 M16",
        "what was credited": "M17",
        "a line credited beyond itself": "M7 M16 M17",
        "a credit of nothing": "M16",
        "a note that was not booked": "M16",
        "a note of another invoice": "M17",
        "the guard of lines off": "M17",
        "the guard of books off": "M17",
    }


def test_what_is_broken_of_several_taxes(world: World, breaking: Callable[..., str]) -> None:
    for name, percent in (("GST", "5"), ("QST", "9.975")):
        TaxRate.objects.create(
            country="CA", name=name, category="standard", percent=Decimal(percent), valid_from=date(2016, 7, 1)
        )
    world.brand.country = "CA"
    world.brand.save()
    world.plan("flat", world.monthly("140"))
    world.customer(profile={"country": "CA"}).buys("flat")
    world.on("2026-06-01").close()
    settle_constraints()
    part = "id = (SELECT min(id) FROM invoicing_tax_part)"
    assert {
        "a part": breaking(f"UPDATE invoicing_tax_part SET tax = tax + 0.01 WHERE {part}"),
        "a rate": breaking(f"UPDATE invoicing_tax_part SET percent = percent + 1 WHERE {part}"),
        "a part that is missing": breaking(f"DELETE FROM invoicing_tax_part WHERE {part}"),
        "a guard off": breaking("ALTER TABLE invoicing_tax_part DISABLE TRIGGER USER"),
    } == {"a part": "M16", "a rate": "M16", "a part that is missing": "M16", "a guard off": "M17"}


def test_what_is_broken_is_what_is_reported(busy: World, breaking: Callable[..., str]) -> None:
    posted = (
        "UPDATE ledger_transaction SET kind = 'else' WHERE source_type = 'invoice' AND kind = '{}'",
        "UPDATE ledger_transaction SET source_type = 'else' WHERE source_type = 'invoice' AND kind = '{}'",
    )
    assert {
        "an exact amount": breaking(f"UPDATE invoicing_line SET exact = exact + 1 WHERE {LINE}"),
        "a charge on no line": breaking(
            "DELETE FROM invoicing_line_charge WHERE charge_id = (SELECT min(id) FROM charging_charge)"
        ),
        "a charge invoiced and waiting": breaking(
            "INSERT INTO charging_unbilled SELECT min(id), customer_id, now() FROM charging_charge GROUP BY customer_id"
        ),
        "a charge of another customer": breaking(
            "UPDATE charging_charge SET customer_id = customer_id + 1 WHERE id = (SELECT min(id) FROM charging_charge)"
        ),
        "a line's net": breaking(f"UPDATE invoicing_line SET net = net + 0.001 WHERE {LINE}"),
        "a tax": breaking("UPDATE invoicing_tax SET tax = tax + 1 WHERE id = (SELECT min(id) FROM invoicing_tax)"),
        "a line in another tax group": breaking(f"UPDATE invoicing_line SET tax_percent = 9 WHERE {LINE}"),
        "a claim that was not booked": breaking(posted[0].format("issue")),
        "a settlement that was not booked": breaking(posted[1].format("settle")),
        "money paid ahead that nothing explains": breaking(
            "DELETE FROM charging_draw WHERE charge_id IN (SELECT charge_id FROM charging_unbilled)"
        ),
        "content that says another total": breaking(
            f'UPDATE invoicing_invoice SET content = replace(content, \'"total":"\', \'"total":"1\') WHERE {FIRST}'
        ),
        "content spelt otherwise": breaking(f"UPDATE invoicing_invoice SET content = content || ' ' WHERE {FIRST}"),
        "an XML with another total": breaking(
            "UPDATE invoicing_document SET body = convert_to(replace(convert_from(body, 'UTF8'), "
            "'GrandTotalAmount>', 'GrandTotalAmount>1'), 'UTF8')"
        ),
        "an XML that was touched": breaking("UPDATE invoicing_document SET body = body || ' '::bytea"),
        "as much credited as there was": breaking(CREDIT_NOTE.format(more=0)),
        "more credited than there was": breaking(CREDIT_NOTE.format(more=1)),
        "a guard off": breaking("ALTER TABLE invoicing_invoice DISABLE TRIGGER USER"),
        "a gap": breaking(f"UPDATE invoicing_invoice SET number = number + 1 WHERE {LAST}"),
        "a label twice": breaking(
            f"UPDATE invoicing_invoice SET label = (SELECT label FROM invoicing_invoice WHERE {FIRST}) WHERE {LAST}"
        ),
        "a counter ahead": breaking("UPDATE invoicing_counter SET last = last + 1"),
        "a date that goes back": breaking(f"UPDATE invoicing_invoice SET issued_on = '2026-05-31' WHERE {LAST}"),
        "more prepaid than asked for": breaking(
            *CHECKS, f"UPDATE invoicing_invoice SET prepaid = total + 1 WHERE {PREPAID}"
        ),
        "less than nothing": breaking(*CHECKS, f"UPDATE invoicing_invoice SET total = -total WHERE {FIRST}"),
    } == {
        "an exact amount": "M7 M16",
        "a charge on no line": "M12 M16",
        "a charge invoiced and waiting": "M12",
        "a charge of another customer": "M12",
        "a line's net": "M16",
        "a tax": "M16",
        "a line in another tax group": "M16",
        "a claim that was not booked": "M3 M16",
        "a settlement that was not booked": "M3 M16",
        "money paid ahead that nothing explains": "M16",
        "content that says another total": "M16 M17",
        "content spelt otherwise": "M17",
        "an XML with another total": "M16 M17",
        "an XML that was touched": "M17",
        "as much credited as there was": "M16 M17 M18",
        "more credited than there was": "M16 M17 M18",
        "a guard off": "M17",
        "a gap": "M18",
        "a label twice": "M16 M18",
        "a counter ahead": "M18",
        "a date that goes back": "M16 M18",
        "more prepaid than asked for": "M16 M20 M22",
        "less than nothing": "M16 M20 M22",
    }
