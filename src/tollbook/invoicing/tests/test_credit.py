"""Credit notes as an act: numbered, frozen, taxed as their invoice, booked in proportion, never more than there was."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from tollbook.brands.models import TaxRate
from tollbook.invoicing.credit_drafting import LineCredit, draft_credit
from tollbook.invoicing.crediting import credit
from tollbook.invoicing.documents import einvoice, validate
from tollbook.invoicing.explain import explain_invoice
from tollbook.invoicing.models import Counter, Invoice, InvoiceLine
from tollbook.invoicing.queries import content_of, to_pay
from tollbook.invoicing.rendering import document
from tollbook.invoicing.rules import Worth, credit_part, credit_taxes
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import add_up, plain
from tollbook.ledger.queries import of_source
from tollbook.site.tests.world import Party, World
from tollbook.tax import Code, Priced, TaxMode, Treatment, breakdown, totals


def amounts(invoice: Invoice) -> list[str]:
    return [plain(a) for a in (invoice.net, invoice.tax, invoice.total)]


def postings(invoice: Invoice) -> Any:
    return {
        posting.account.kind: plain(posting.amount)
        for entry in of_source("invoice", invoice.public_id)
        for posting in entry.postings.all()
    }


def two_fees(world: World) -> tuple[Party, Invoice]:
    """49.00 and 6.4543 net with 23 %: 55.45 + 12.75 = 68.20."""
    world.meter("sms").plan("cloud", world.monthly("49.00"), world.metered("sms", "0.0043"))
    acme = world.customer().buys("cloud").uses("sms", 1501, "2026-05-03")
    world.on("2026-06-01").close().on("2026-06-05")
    return acme, acme.invoices[0]


def line_ids(invoice: Invoice) -> list[str]:
    return list(invoice.lines.order_by("position").values_list("public_id", flat=True))


def test_a_whole_invoice_is_credited_and_void(world: World) -> None:
    acme, invoice = two_fees(world)
    note = credit(invoice, reason="Wrong customer", key="k1")
    assert (note.kind, note.label, note.state, note.corrects_id, amounts(note)) == (
        "credit_note", "HARBOUR-CN-2026-000001", "issued", invoice.pk, ["55.45", "12.75", "68.2"],
    )  # fmt: skip
    assert postings(note) == {key: plain(-Decimal(amount)) for key, amount in postings(invoice).items()}
    invoice.refresh_from_db()
    assert [invoice.state, plain(invoice.credited), to_pay(acme.row, world.now.date())] == ["void", "68.2", []]
    content = content_of(note)
    assert (content.kind, content.corrects, str(content.corrects_issued_on), content.note, content.payment) == (
        "credit_note", "HARBOUR-2026-000001", "2026-06-01", "Wrong customer", None,
    )  # fmt: skip
    assert [(line.name, plain(line.quantity), line.unit_price) for line in content.lines] == [
        ("Fee", "1", None), ("Sms", "1501", Decimal("0.0043")),
    ]  # fmt: skip
    assert validate.validate([einvoice.render_xml(content)])[0].failures == ()
    assert bytes(document(note, "pdf").body).startswith(b"%PDF")


def test_a_part_of_a_line_then_the_rest_is_exactly_the_invoice(world: World) -> None:
    acme, invoice = two_fees(world)
    fee, sms = line_ids(invoice)
    first = credit(invoice, [LineCredit(sms, Decimal("2.00"))], reason="Some never arrived", key="k1")
    # 2.00 of 6.45; tax of 2.00 is 0.46; the exact share is 6.4543 x 2 / 6.45.
    assert [amounts(first), postings(first)["revenue"]] == [["2", "0.46", "2.46"], "2.0013333333"]
    (line,) = content_of(first).lines
    assert [line.name, line.unit_price, line.arithmetic] == ["Sms (partly)", None, ("Credits 2 of 6.45 EUR.",)]
    invoice.refresh_from_db()
    assert [invoice.state, plain(invoice.to_pay)] == ["issued", "65.74"]
    assert [(each.currency, plain(each.amount)) for each in to_pay(acme.row, world.now.date())] == [("EUR", "65.74")]
    second = credit(invoice, [LineCredit(fee), LineCredit(sms)], reason="All of it", key="k2")
    assert amounts(second) == ["53.45", "12.29", "65.74"]
    invoice.refresh_from_db()
    assert [invoice.state, plain(invoice.credited)] == ["void", "68.2"]
    told = explain_invoice(first)
    assert [told.check, told.lines[0].rounding.sentence, told.lines[0].price is not None] == [
        True, "Credit: 2.00 EUR of the 6.45 EUR of line 2 of HARBOUR-2026-000001", True,
    ]  # fmt: skip
    assert explain_invoice(second).check is True
    assert add_up(Decimal(postings(note)["revenue"]) for note in (first, second)) == Decimal("55.4543")
    assert validate.validate([einvoice.render_xml(content_of(note)) for note in (first, second)])[1].failures == ()


@pytest.mark.parametrize("mode", list(TaxMode))
def test_prices_that_include_tax_are_credited_as_printed(world: World, mode: TaxMode) -> None:
    world.taxes(mode.value, inside=True).plan("a", *(world.monthly("14.99", code) for code in ("x", "y", "z")))
    TaxRate.objects.filter(country="IE").update(percent=Decimal(19))
    acme = world.customer().buys("a")
    world.on("2026-06-01").close()
    (invoice,) = acme.invoices
    x, y, _ = line_ids(invoice)
    notes = [
        credit(invoice, [LineCredit(x, Decimal("5.00"))], reason="A", key="1"),
        credit(invoice, [LineCredit(x), LineCredit(y, Decimal("14.98"))], reason="B", key="2"),
        credit(invoice, reason="C", key="3"),
    ]
    if mode is not TaxMode.SUM_BY_NET:
        assert [plain(note.total) for note in notes] == ["5", "24.97", "15"]
    for sums in ("net", "tax", "total"):
        assert add_up(getattr(note, sums) for note in notes) == getattr(invoice, sums)
    assert all(
        report.failures == () for report in validate.validate([einvoice.render_xml(content_of(n)) for n in notes])
    )
    invoice.refresh_from_db()
    assert invoice.state == "void"


def test_the_tax_is_that_of_the_invoice(world: World) -> None:
    _, invoice = two_fees(world)
    TaxRate.objects.all().delete()
    assert amounts(credit(invoice, reason="x", key="k")) == ["55.45", "12.75", "68.2"]


def test_a_paid_invoice_leaves_the_customer_in_credit(world: World) -> None:
    world.meter("air").plan("air", world.metered("air", "0.10", prepaid=True))
    bolt = world.customer("bolt").tops_up("20").buys("air").uses("air", 33, "2026-05-02")
    world.on("2026-06-01").close()
    (invoice,) = bolt.invoices
    note = credit(invoice, reason="x", key="k")
    invoice.refresh_from_db()
    # 3.30 + 0.76: paid from the wallet, so that what is credited is owed to the customer.
    assert [invoice.state, plain(note.total), postings(note)["receivable"]] == ["paid", "4.06", "-4.06"]


def test_the_same_key_credits_once(world: World) -> None:
    _, invoice = two_fees(world)
    sms = line_ids(invoice)[1]
    wanted = [LineCredit(sms, Decimal("1.00"))]
    first = credit(invoice, wanted, reason="x", key="k")
    assert credit(invoice, wanted, reason="x", key="k").pk == first.pk
    with pytest.raises(Refused) as refused:
        credit(invoice, [LineCredit(sms, Decimal("2.00"))], reason="x", key="k")
    assert (refused.value.code, Invoice.objects.filter(kind="credit_note").count()) == ("key_conflict", 1)


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ([("Sms", "6.46")], "credit_exceeds_line"),
        ([("Sms", "-1.00")], "credit_exceeds_line"),
        ([("Sms", "0")], "credit_exceeds_line"),
        ([("Sms", "1.001")], "not_rounded"),
        ([("Sms", None), ("Sms", None)], "line_twice"),
        ([("else", "1.00")], "line_not_on_invoice"),
    ],
)
def test_refused_and_nothing_changes(world: World, wanted: Any, code: str) -> None:
    _, invoice = two_fees(world)
    ids = {"Sms": line_ids(invoice)[1], "else": "lin_else"}
    lines = [LineCredit(ids[name], Decimal(amount) if amount else None) for name, amount in wanted]
    with pytest.raises(Refused) as refused:
        credit(invoice, lines, reason="x", key="k")
    invoice.refresh_from_db()
    assert [refused.value.code, Invoice.objects.count(), Counter.objects.count(), plain(invoice.credited)] == [
        code, 1, 1, "0",
    ]  # fmt: skip


def test_nothing_is_credited_twice(world: World) -> None:
    _, invoice = two_fees(world)
    note = credit(invoice, reason="x", key="k")
    for of, code in ((invoice, "nothing_to_credit"), (note, "not_an_invoice")):
        with pytest.raises(Refused) as refused:
            credit(of, reason="x", key="other")
        assert refused.value.code == code


def test_lines_that_give_back_do_not_let_more_be_credited_than_was_asked(world: World) -> None:
    world.meter("gb", negative=True).meter("mb").plan("cloud", world.metered("gb", "1"), world.metered("mb", "1"))
    acme = world.customer().buys("cloud").uses("gb", -4, "2026-05-03").uses("mb", 5, "2026-05-03")
    world.on("2026-06-01").close()
    (invoice,) = acme.invoices
    ids = dict(invoice.lines.values_list("name", "public_id"))
    assert amounts(invoice) == ["1", "0.23", "1.23"]
    with pytest.raises(Refused) as refused:
        credit(invoice, [LineCredit(ids["Mb"])], reason="x", key="k")
    assert refused.value.code == "credit_exceeds"
    assert amounts(credit(invoice, reason="x", key="k")) == ["1", "0.23", "1.23"]


def test_a_draft_of_a_note_writes_nothing(world: World) -> None:
    _, invoice = two_fees(world)
    made = draft_credit(invoice, [LineCredit(line_ids(invoice)[0])], "x")
    assert [tuple(plain(a) for a in made.sums), Invoice.objects.count()] == [("49", "11.27", "60.27"), 1]


def test_the_database_refuses_to_credit_more_than_a_line(world: World) -> None:
    _, invoice = two_fees(world)
    note = credit(invoice, [LineCredit(line_ids(invoice)[0], Decimal("40.00"))], reason="x", key="k")
    copy = """
        INSERT INTO invoicing_line (public_id, invoice_id, customer_id, position, corrects_id, section, name, quantity,
            unit, exact, carried, rounding, net, tax_code, tax_percent, tax_name)
        SELECT 'lin_more', invoice_id, customer_id, 2, corrects_id, section, name, quantity, unit, exact, carried,
            rounding, {net}, tax_code, tax_percent, tax_name
        FROM invoicing_line WHERE invoice_id = %s
    """
    refused = pytest.raises(DatabaseError, match="more is credited than the line has")
    for net in ("9.01", "-1"):
        with refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(copy.format(net=net), [note.pk])
    assert InvoiceLine.objects.filter(invoice=note).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_notes_at_once_never_take_more_than_there_is(world: World, at_once: Callable[..., list[Any]]) -> None:
    _, invoice = two_fees(world)
    fee = line_ids(invoice)[0]
    wanted = [LineCredit(fee, Decimal("20.00"))]
    found = at_once(*(lambda n=n: credit(invoice, wanted, reason="x", key=f"k{n}") for n in range(4)))
    refused = [each.code for each in found if isinstance(each, Refused)]
    assert refused == 2 * ["credit_exceeds_line"]
    invoice.refresh_from_db()
    assert plain(invoice.credited) == "49.2"
    notes = Invoice.objects.filter(kind="credit_note").order_by("number")
    assert list(notes.values_list("number", flat=True)) == [1, 2]


cents = st.integers(1, 20_000).map(lambda n: Decimal(n) / 100)
STANDARD = Treatment(Code.STANDARD, Decimal(19), "")


@given(
    st.lists(st.tuples(cents, st.booleans(), st.lists(cents, max_size=4)), min_size=1, max_size=4),
    st.sampled_from(list(TaxMode)),
)
def test_parts_never_exceed_and_all_parts_are_the_whole(given_lines: Any, mode: TaxMode) -> None:
    worths = []
    for price, inside, _ in given_lines:
        net = (price / Decimal("1.19")).quantize(Decimal("0.01")) if inside else price
        worths.append(Worth(price, net, price if inside else None))
    taken = [Worth(Decimal(0), Decimal(0), Decimal(0) if w.gross is not None else None) for w in worths]
    net, tax = Decimal(0), Decimal(0)

    def priced() -> list[Priced]:
        return [Priced(t.net, STANDARD, t.gross) for t in taken]

    def take(index: int, amount: Decimal | None) -> None:
        nonlocal net, tax
        before = priced()
        taken[index] = taken[index].plus(credit_part(worths[index], taken[index], amount, 2))
        sums = totals(credit_taxes(before, priced(), "EUR", mode))
        assert min(sums) >= 0
        net, tax = net + sums[0], tax + sums[1]

    for index, (_, _, parts) in enumerate(given_lines):
        for part in parts:
            if part < worths[index].without(taken[index]).price:
                take(index, part)
            assert worths[index].covers(taken[index])
    for index, worth in enumerate(worths):
        take(index, None)
        assert taken[index] == worth
    whole = totals(breakdown([Priced(w.net, STANDARD, w.gross) for w in worths], "EUR", mode))
    assert (net, tax, net + tax) == whole
