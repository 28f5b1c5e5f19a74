"""The account statement: what the books have, day by day, and what is open of it."""

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tollbook.api.tests.conftest import customer_key
from tollbook.invoicing.actions import credit, debit_note
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import plain
from tollbook.ledger.queries import account, balance
from tollbook.ledger.rules import AccountKind
from tollbook.payments import refunding, statement_told
from tollbook.payments.applying import By
from tollbook.payments.disputes import write_off
from tollbook.payments.refunds import order_refund
from tollbook.payments.rules import age_of
from tollbook.payments.statement import Statement, currencies, statement
from tollbook.payments.tests.conftest import Payer
from tollbook.payments.tests.test_papers import Make
from tollbook.site.tests.world import World

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


def told(found: Statement) -> list[tuple[str, str, str, str]]:
    return [(str(e.on), e.kind, plain(e.amount), plain(e.balance)) for e in found.entries]


def open_items(found: Statement) -> list[tuple[str, int, str]]:
    return [(item.label, item.days_late, plain(item.amount)) for item in found.items]


def agrees(acme: Payer, found: Statement) -> None:
    """The figures are those of the ledger, and agree with each other."""
    kinds = (AccountKind.RECEIVABLE, AccountKind.UNAPPLIED)
    rows = [account(acme.row.brand_id, kind, found.currency, acme.row.public_id) for kind in kinds]
    owed, unapplied = (balance(row.pk) if row else Decimal(0) for row in rows)
    assert (found.owed, found.credit) == (owed, -unapplied)
    assert found.closing == found.owed - found.credit == found.opening + sum(e.amount for e in found.entries)
    assert found.owed == sum(item.amount for item in found.items) == sum(found.ages)


def lively(payer: Make, world: World) -> Payer:
    """Invoices of June, July and August, of which one is credited in part, one paid, one written off; a refund."""
    acme = payer(months=3)
    world.on("2026-08-02")
    credit(acme.invoices[0], reason="Down", key="c")
    acme.transfers("150", "bank-1", acme.invoices[1])
    world.on("2026-08-03")
    made = order_refund(acme.row.payments.get().public_id, Decimal(27), reason="Too much", key="r")
    refunding.confirm_refund(made.public_id, "out-1", by=By("ada", "staff"))
    return acme


def test_everything_that_moved_is_on_it(payer: Make, world: World) -> None:
    acme = lively(payer, world)
    found = statement(acme.row, "EUR", FIRST, LAST)
    assert told(found) == [
        ("2026-06-01", "invoice", "123", "123"),
        ("2026-07-01", "invoice", "123", "246"),
        ("2026-08-01", "invoice", "123", "369"),
        ("2026-08-02", "credit_note", "-123", "246"),
        ("2026-08-02", "payment", "-150", "96"),
        ("2026-08-03", "refund", "27", "123"),
    ]
    assert {kind: plain(amount) for kind, amount in found.sums.items()} == {
        "invoice": "369", "credit_note": "-123", "payment": "-150", "refund": "27",
    }  # fmt: skip
    agrees(acme, found)


def test_the_days_part_what_was_before_from_what_moved(payer: Make, world: World) -> None:
    acme = lively(payer, world)
    found = statement(acme.row, "EUR", date(2026, 7, 1), date(2026, 8, 1))
    assert [plain(found.opening), plain(found.closing), [e[:3] for e in told(found)]] == [
        "123", "369", [("2026-07-01", "invoice", "123"), ("2026-08-01", "invoice", "123")],
    ]  # fmt: skip
    # As of that day: due on 15 June, 15 July and 15 August.
    assert open_items(found) == [
        ("HARBOUR-2026-000001", 47, "123"), ("HARBOUR-2026-000002", 17, "123"), ("HARBOUR-2026-000003", 0, "123"),
    ]  # fmt: skip
    assert [plain(age) for age in found.ages] == ["123", "123", "123", "0", "0"]


def test_an_unpaid_rest_ages_and_a_write_off_ends_it(payer: Make, world: World) -> None:
    acme = payer(months=2)
    acme.transfers("100", "b", acme.invoices[0])
    write_off(acme.invoices[1], reason="Insolvent", key="w")
    found = statement(acme.row, "EUR", FIRST, LAST)
    assert open_items(found) == [("HARBOUR-2026-000001", 199, "23")]
    assert [plain(age) for age in found.ages] == ["0", "0", "0", "0", "23"]
    agrees(acme, found)


def test_credit_makes_the_balance_smaller_than_what_is_open(payer: Make, world: World) -> None:
    acme = payer()
    acme.transfers("200", "b", acme.invoices[0])
    found = statement(acme.row, "EUR", FIRST, LAST)
    assert [plain(found.closing), plain(found.owed), plain(found.credit), found.items] == ["-77", "0", "77", ()]
    agrees(acme, found)


def test_what_a_wallet_paid_and_debit_notes_are_told_as_such(world: World) -> None:
    world.meter("gb").plan("air", world.metered("gb", "1", prepaid=True))
    bolt = world.customer("bolt").tops_up("20").buys("air").uses("gb", 3, "2026-05-02")
    world.on("2026-06-01").close()
    bolt.uses("gb", 2, "2026-05-04")
    world.on("2026-06-02").charge()
    debit_note(bolt.invoices[0], reason="Late", key="k")
    found = statement(bolt.row, "EUR", FIRST, LAST)
    assert [e[1:3] for e in told(found)] == [
        ("invoice", "3.69"), ("prepaid", "-3.69"), ("debit_note", "2.46"), ("prepaid", "-2.46"),
    ]  # fmt: skip
    agrees(Payer(world, bolt), found)


def test_nothing_is_of_another_customer_or_currency(payer: Make, world: World) -> None:
    acme = payer("acme")
    bolt = payer("bolt")
    acme.transfers("5", "d", currency="USD")
    assert [len(statement(p.row, "EUR", FIRST, LAST).entries) for p in (acme, bolt)] == [1, 1]
    dollars = statement(acme.row, "USD", FIRST, LAST)
    assert [plain(dollars.closing), currencies(acme.row), currencies(bolt.row)] == ["-5", ["EUR", "USD"], ["EUR"]]


@pytest.mark.parametrize(
    ("currency", "first", "last", "code"),
    [
        ("EUR", LAST, FIRST, "period_backwards"),
        ("EUR", date(2000, 1, 1), LAST, "period_too_long"),
        ("EURO", FIRST, LAST, "unknown_currency"),
    ],
)
def test_what_cannot_be_told(payer: Make, currency: str, first: date, last: date, code: str) -> None:
    acme = payer()
    with pytest.raises(Refused) as refused:
        statement(acme.row, currency, first, last)
    assert refused.value.code == code


@pytest.mark.parametrize(("days", "age"), [(0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4)])
def test_ages(days: int, age: int) -> None:
    assert age_of(date.fromordinal(LAST.toordinal() - days), LAST) == age
    assert age_of(None, LAST) == 0


def test_as_csv_and_pdf(payer: Make, world: World) -> None:
    found = statement(lively(payer, world).row, "EUR", date(2026, 7, 1), LAST)
    rows = list(csv.DictReader(io.StringIO(statement_told.csv_text(found))))
    assert [(row["kind"], row["amount"], row["balance"]) for row in rows] == [
        ("opening", "", "123.00"), ("invoice", "123.00", "246.00"), ("invoice", "123.00", "369.00"),
        ("credit_note", "-123.00", "246.00"), ("payment", "-150.00", "96.00"), ("refund", "27.00", "123.00"),
        ("closing", "", "123.00"),
    ]  # fmt: skip
    made = statement_told.pdf(found)
    assert [made[:4], statement_told.pdf(found) == made] == [b"%PDF", True]


def test_in_both_portals_and_over_the_api(payer: Make, world: World, portal: Any) -> None:
    acme = lively(payer, world)
    see = portal(acme.row)
    page = see.owner.get("/portal/payments/statement/?from=2026-06-01&to=2026-08-03").content.decode()
    assert [word in page for word in ("€123.00", "Closing balance", "HARBOUR-2026-000003", "31 to 60")] == [True] * 4
    assert see.owner.get("/portal/payments/statement/?as=pdf").content[:4] == b"%PDF"
    file = see.owner.get("/portal/payments/statement/?as=csv&from=2026-06-01")
    assert [file["Content-Type"], b"closing" in file.content] == ["text/csv; charset=utf-8", True]
    assert "give a day such as" in see.owner.get("/portal/payments/statement/?from=x").content.decode()
    staff = f"/staff/statements/{acme.row.public_id}/"
    assert "HARBOUR-2026-000003" in see.read(staff)
    assert see.staff.get(f"{staff}?as=pdf").content[:4] == b"%PDF"
    told_ = customer_key(acme.row.pk).get(f"/customers/{acme.row.public_id}/statement", first="2026-06-01").json()
    assert [told_["closing"]["amount"], told_["owed"]["amount"], len(told_["entries"]), len(told_["items"])] == [
        "123.00", "123.00", 6, 1,
    ]  # fmt: skip
    other = customer_key(payer("bolt").row.pk)
    assert other.get(f"/customers/{acme.row.public_id}/statement").status_code == 404
