"""Bank statements: what came in is read, matched, imported once, and waits for a person where nothing matches."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest

from tollbook.features.actions import set_value
from tollbook.gateways.manual import camt, table
from tollbook.gateways.manual.actions import File, assign, ignore, import_statement, note_transfer, preview
from tollbook.gateways.manual.gateway import BankTransfer
from tollbook.gateways.manual.models import Entry, Statement
from tollbook.gateways.manual.queries import waiting
from tollbook.gateways.manual.rules import Candidate, Draft, deposits_in, labels_in, named, suggestions
from tollbook.kernel.errors import Invalid, Refused
from tollbook.kernel.money import Money, plain
from tollbook.ledger.queries import balance_of
from tollbook.ledger.rules import AccountKind
from tollbook.payments import queries
from tollbook.payments.applying import By
from tollbook.payments.models import Deposit, Payment
from tollbook.site.tests.world import Party, World

IBAN = "IE29AIBK93115212345678"
BY = By("ada@harbour.example", "staff")


def entry(amount: str, text: str, reference: str = "", *, payer: str = "Payer", kind: str = "CRDT", status: str = "BOOK",
          currency: str = "EUR", details: str = "") -> str:  # fmt: skip
    own = f"<AcctSvcrRef>{reference}</AcctSvcrRef>" if reference else ""
    inner = details or (
        f"<TxDtls><RltdPties><Dbtr><Nm>{payer}</Nm></Dbtr></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"
    )
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{kind}</CdtDbtInd><Sts>{status}</Sts>'
        f"<BookgDt><Dt>2026-06-10</Dt></BookgDt>{own}<NtryDtls>{inner}</NtryDtls></Ntry>"
    )


def statement(*entries: str, account: str = IBAN, version: str = "02", head: str = "") -> bytes:
    return (
        f'<?xml version="1.0"?>{head}<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">'
        f"<BkToCstmrStmt><Stmt><Acct><Id><IBAN>{account}</IBAN></Id></Acct>{''.join(entries)}</Stmt></BkToCstmrStmt>"
        "</Document>"
    ).encode()


@pytest.fixture
def acme(world: World) -> Iterator[Party]:
    world.plan("rent", world.monthly("100"))
    party = world.customer("acme").buys("rent", "2026-05-01")
    world.on("2026-06-01").close()
    yield party


def camt_file(*entries: str, **how: str) -> File:
    return File("june.xml", statement(*entries, **how), "camt")


def cleared(world: World) -> str:
    return plain(balance_of(world.brand.pk, AccountKind.CLEARING, "EUR", "manual"))


# --- reading -------------------------------------------------------------------------------------------------------


def test_camt_is_read() -> None:
    two = (
        '<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><Amt Ccy="EUR">1.50</Amt></TxDtls>'
        '<TxDtls><AmtDtls><TxAmt><Amt Ccy="EUR">2.00</Amt></TxAmt></AmtDtls>'
        "<RltdPties><Dbtr><Pty><Nm>New  Form</Nm></Pty></Dbtr></RltdPties></TxDtls>"
    )
    read, problems = camt.read(
        statement(
            entry("123.00", "HARBOUR-2026-000001", "b1", payer="Acme"),
            entry("9", "out", "b2", kind="DBIT"),
            entry("9", "not yet", "b3", status="PDNG"),
            entry("3.50", "", "b4", details=two),
            version="08",
        )
    )
    assert problems == [] and read.skipped == 2
    day = date(2026, 6, 10)
    assert read.drafts == (
        Draft(IBAN, "b1", day, Decimal("123.00"), "EUR", "Acme", "", "HARBOUR-2026-000001"),
        Draft(IBAN, "b4/1", day, Decimal("1.50"), "EUR"),
        Draft(IBAN, "b4/2", day, Decimal("2.00"), "EUR", "New Form"),
    )


def test_every_fault_of_a_file_is_told() -> None:
    details = '<TxDtls><Amt Ccy="EUR">1</Amt></TxDtls><TxDtls><Amt Ccy="EUR">1</Amt></TxDtls>'
    _, problems = camt.read(statement(entry("x", ""), entry("1", "", currency="ZZZ"), entry("3", "", details=details)))
    assert [(p.row, p.code) for p in problems] == [(1, "not_a_number"), (2, "unknown_currency"), (3, "details_differ")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a>",
        b"<a/>",
        b"\x89PNG",
        statement(head='<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'),
        statement(head='<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'),
    ],
)
def test_what_is_no_statement_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        camt.read(body)
    assert refused.value.code == "xml_wrong"


def test_csv_is_read_as_told() -> None:
    columns = table.Columns("Buchung", "Betrag", "", "Name", "IBAN", "Zweck", "", "DD.MM.YYYY", True, "EUR")
    body = (
        "Buchung;Betrag;Name;IBAN;Zweck\n10.06.2026;1.234,56;Müller;DE02 1203 0000 0000 2020 51;Rechnung 7\n"
        "11.06.2026;-5,00;Bank;;Gebühr\n"
    ).encode("cp1252")
    read, problems = table.read(body, columns, IBAN)
    assert (problems, read.skipped) == ([], 1)
    assert read.drafts == (
        Draft(IBAN, "", date(2026, 6, 10), Decimal("1234.56"), "EUR", "Müller", "DE02120300000000202051", "Rechnung 7"),
    )


def test_faults_of_csv_are_told_by_row() -> None:
    body = b"date,amount,currency,payer,text\n10.6.2026,1,EUR,a,b\n2026-06-10,1.2.3,EUR,a,b\n2026-06-10,1,XXQ,a,b\n"
    _, problems = table.read(body, table.Columns(), IBAN)
    assert [(p.row, p.field, p.code) for p in problems] == [
        (2, "date", "day_wrong"),
        (3, "amount", "not_a_number"),
        (4, "currency", "unknown_currency"),
    ]
    with pytest.raises(Refused, match="columns amount, currency, payer, text: the file has date"):
        table.read(b"date\n2026-06-10\n", table.Columns(), IBAN)


# --- matching ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HARBOUR-2026-000001", ["HARBOUR-2026-000001"]),
        ("inv. harbour 2026 000001, thanks", ["HARBOUR-2026-000001"]),
        ("HARBOUR2026000001/HARBOUR-2026-000002", ["HARBOUR-2026-000001", "HARBOUR-2026-000002"]),
        ("HARBOUR-2026-0000012", []),
        ("OTHER-2026-000001", []),
    ],
)
def test_invoice_numbers_are_found(text: str, expected: list[str]) -> None:
    assert labels_in(text, "harbour") == expected


def test_suggestions_are_by_amount_and_name() -> None:
    draft = Draft(IBAN, "r", date(2026, 6, 1), Decimal(123), "EUR", payer="Acme Ltd")
    rows = [
        Candidate(1, "Bolt Ltd", Decimal(123), "EUR"),
        Candidate(2, "Acme", Decimal(50), "EUR"),
        Candidate(3, "ACME Ltd", Decimal("123.0"), "EUR"),
        Candidate(4, "Acme", Decimal(123), "USD"),
        Candidate(5, "Zeta", Decimal(1), "EUR"),
    ]
    assert suggestions(draft, rows) == [3, 1, 2]


def test_entries_without_a_reference_get_the_same_one_each_time() -> None:
    same = Draft(IBAN, "", date(2026, 6, 1), Decimal(5), "EUR", "A")
    first, second = named([same, same])
    assert first.reference != second.reference and len(first.reference) == 64
    assert named([same, same, same])[:2] == [first, second]


# --- importing -----------------------------------------------------------------------------------------------------


def test_a_statement_pays_what_it_names_and_the_rest_waits(world: World, acme: Party) -> None:
    invoice = acme.invoices[0]
    file = camt_file(
        entry("123.00", f"Thanks, {invoice.label.lower().replace('-', ' ')}", "b1"),
        entry("50.00", "no idea", "b2", payer="Acme"),
        entry("9", "out", "b3", kind="DBIT"),
    )
    rows, skipped = preview(world.brand, file)
    assert [(row.known, row.invoice, row.maybe) for row in rows] == [
        (False, invoice, (invoice.pk,)),
        (False, None, (invoice.pk,)),
    ]
    assert (skipped, Entry.objects.count()) == (1, 0)
    found, new, assigned = import_statement(world.brand, file, by=BY)
    assert found is not None and (new, assigned) == (2, 1)
    assert (acme.invoices[0].state, cleared(world)) == ("paid", "123")
    assert [each.reference for each in waiting()] == ["b2"]
    assert import_statement(world.brand, file, by=BY) == (None, 0, 0)
    assert (Entry.objects.count(), Statement.objects.count(), cleared(world)) == (2, 1, "123")


def test_a_statement_that_overlaps_adds_what_is_new(world: World, acme: Party) -> None:
    first = entry("1", "x", "b1")
    import_statement(world.brand, camt_file(first), by=BY)
    _, new, _ = import_statement(world.brand, camt_file(first, entry("2", "y", "b2")), by=BY)
    assert (new, [each.reference for each in waiting()]) == (1, ["b1", "b2"])


def test_an_entry_that_changed_is_not_imported_again(world: World, acme: Party) -> None:
    import_statement(world.brand, camt_file(entry("1", "x", "b1")), by=BY)
    for file in (camt_file(entry("2", "x", "b1")), camt_file(entry("5", "x", "b5"), entry("5", "x", "b5"))):
        with pytest.raises(Refused, match="two different things"):
            import_statement(world.brand, file, by=BY)
    assert Entry.objects.count() == 1


def test_a_file_with_faults_or_of_another_account_changes_nothing(world: World, acme: Party) -> None:
    with pytest.raises(Invalid):
        import_statement(world.brand, camt_file(entry("1", "x", "b1"), entry("x", "y", "b2")), by=BY)
    with pytest.raises(Refused, match="it is of the account DE02"):
        import_statement(world.brand, camt_file(entry("1", "x", "b1"), account="DE02"), by=BY)
    assert not Entry.objects.exists()


def test_two_invoices_in_one_text_are_left_to_a_person(world: World, acme: Party) -> None:
    world.on("2026-07-01").close()
    text = " ".join(invoice.label for invoice in acme.invoices)
    assert import_statement(world.brand, camt_file(entry("246", text, "b1")), by=BY)[1:] == (1, 0)
    waits = waiting().get()
    assign(waits.public_id, acme.row, by=BY)
    assert [invoice.state for invoice in acme.invoices] == ["paid", "paid"]
    with pytest.raises(Refused, match="assigned already"):
        assign(waits.public_id, acme.row, by=BY)
    assert (Payment.objects.count(), cleared(world)) == (1, "246")


def test_what_is_no_customers_is_put_aside(world: World, acme: Party) -> None:
    import_statement(world.brand, camt_file(entry("1", "loan", "b1")), by=BY)
    ignore(waiting().get().public_id, reason="A loan", by=BY)
    assert (waiting().count(), Payment.objects.count()) == (0, 0)
    assign(Entry.objects.get().public_id, acme.row, by=BY)
    assert [str(money) for money in queries.credit(acme.row)] == []
    assert acme.invoices[0].settled == 1


def test_money_in_another_currency_is_credit(world: World, acme: Party) -> None:
    import_statement(world.brand, camt_file(entry("9", acme.invoices[0].label, "b1", currency="USD")), by=BY)
    assert [str(money) for money in queries.credit(acme.row)] == ["9.00 USD"]
    assert acme.invoices[0].settled == 0


def test_what_a_person_noted_before_is_not_paid_twice(world: World, acme: Party) -> None:
    invoice = acme.invoices[0]
    noted = note_transfer(acme.row, Money(Decimal(123), "EUR"), "phone-1", date(2026, 6, 9), invoice=invoice, by=BY)
    again = note_transfer(acme.row, Money(Decimal(123), "EUR"), "phone-1", date(2026, 6, 9), invoice=invoice, by=BY)
    assert noted.pk == again.pk and acme.invoices[0].state == "paid"
    with pytest.raises(Refused, match="noted already"):
        note_transfer(acme.row, Money(Decimal(5), "EUR"), "phone-1", date(2026, 6, 9), by=BY)
    assert import_statement(world.brand, camt_file(entry("123", invoice.label, "b1")), by=BY)[1:] == (1, 0)
    assert waiting().get().note == "Perhaps noted by hand before: phone-1"
    assert cleared(world) == "123"


def test_the_gateway_reads_what_was_imported(world: World, acme: Party) -> None:
    import_statement(world.brand, camt_file(entry("123", acme.invoices[0].label, "b1")), by=BY)
    payment = Payment.objects.get()
    facts = BankTransfer().read(payment.public_id, payment.reference)
    assert facts is not None
    assert (facts.key, facts.amount, facts.merchant, facts.subject) == (
        payment.public_id,
        Decimal(123),
        IBAN,
        acme.invoices[0].public_id,
    )
    assert BankTransfer().read("pay_x", f"{IBAN} none") is None


# --- deposits ------------------------------------------------------------------------------------------------------


def test_a_deposit_is_read_however_it_was_written() -> None:
    known = "dep_abcdefghijklmnopqrstuvwx"
    for text in (known, known.replace("_", "-"), known.upper().replace("_", " "), f"for {known}, thanks {known}"):
        assert deposits_in(text) == [known]
    for text in ("dep_short", f"{known}2", f"x{known}", "dep_0000000000000000000000000"):
        assert deposits_in(text) == []


def test_a_transfer_that_names_a_deposit_pays_it(world: World) -> None:
    set_value("payments.deposit", {"EUR": "25.00"})
    set_value("customers.signup_payment", True)
    found = Deposit.objects.get(customer=world.customer("new").row)
    told = found.public_id.replace("_", "-").upper()
    (row,), _ = preview(world.brand, camt_file(entry("25.00", f"deposit {told}", "b-1")))
    assert (row.deposit, row.invoice) == (found, None)
    for _ in range(2):
        import_statement(world.brand, camt_file(entry("25.00", f"deposit {told}", "b-1")), by=BY)
    found.refresh_from_db()
    assert (found.state, plain(found.left), cleared(world), Payment.objects.count()) == ("held", "25", "25", 1)
    # Held already, a second transfer waits for a person.
    import_statement(world.brand, camt_file(entry("25.00", told, "b-2")), by=BY)
    assert waiting().count() == 1
