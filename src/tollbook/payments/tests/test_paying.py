"""Stories of payments: what is paid, twice, too much, too little, in another currency; what is credited then."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from tollbook.features.actions import set_value
from tollbook.gateways.test import actions as sandbox
from tollbook.gateways.test.models import Entry
from tollbook.invoicing.credit_drafting import LineCredit
from tollbook.invoicing.crediting import credit
from tollbook.invoicing.models import Invoice
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money, plain
from tollbook.ledger.rules import AccountKind
from tollbook.payments import actions, asking
from tollbook.payments.applying import By, allocate, apply_credit, release_over, undo
from tollbook.payments.disputes import write_off
from tollbook.payments.models import Allocation, Payment
from tollbook.payments.tests.conftest import Payer, eur
from tollbook.payments.tidying import tidy
from tollbook.site.tests.world import World

Make = Callable[..., Payer]
DESK = By("ada@harbour.example", "staff")


def test_an_invoice_is_paid(payer: Make) -> None:
    acme = payer()
    assert (acme.states, acme.open, acme.ledger(AccountKind.RECEIVABLE)) == (["issued"], ["123"], "123")
    payment = acme.begins()
    assert (payment.state, payment.reference) == ("pending", f"sandbox-{payment.public_id}")
    assert acme.states == ["issued"]
    sandbox.finish(payment.public_id, Entry.Kind.CAPTURE)
    assert acme.states == ["issued"]
    asking.ask(payment.public_id, "hint")
    payment = acme.again(payment)
    assert (payment.state, payment.captured, payment.allocated) == ("succeeded", 123, 123)
    assert (acme.states, acme.open, acme.credit) == (["paid"], ["0"], [])
    assert acme.ledger(AccountKind.RECEIVABLE) == acme.ledger(AccountKind.UNAPPLIED) == "0"
    assert acme.ledger(AccountKind.CLEARING, "test") == "123"


def test_a_key_begins_one_payment(payer: Make) -> None:
    acme = payer()
    first = acme.begins(key="one")
    assert acme.begins(key="one").pk == first.pk
    with pytest.raises(Refused, match="another payment needs a key of its own"):
        actions.pay_invoice(acme.invoices[0], "test", key="one", amount=Decimal(5))
    assert (Payment.objects.count(), Entry.objects.count()) == (1, 1)
    acme.pays(key="one")
    assert acme.begins(key="one").state == "succeeded"


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ({"gateway": "none"}, "gateway_not_found"),
        ({"gateway": "manual"}, "gateway_by_hand"),
        ({"amount": Decimal("123.01")}, "more_than_open"),
        ({"amount": Decimal(0)}, "amount_not_positive"),
        ({"amount": Decimal(-1)}, "amount_not_positive"),
        ({"amount": Decimal("0.001")}, "amount_places"),
    ],
)
def test_what_cannot_be_paid(payer: Make, how: dict[str, object], code: str) -> None:
    acme = payer()
    with pytest.raises(Exception) as refused:
        actions.pay_invoice(acme.invoices[0], **({"gateway": "test", "key": "k"} | how))  # type: ignore[arg-type]
    assert getattr(refused.value, "code", "") == code
    assert not Payment.objects.exists()


def test_what_is_paid_cannot_be_paid_again(payer: Make) -> None:
    acme = payer()
    acme.pays()
    with pytest.raises(Refused, match="nothing is to pay"):
        acme.begins()


def test_two_payments_of_one_invoice_leave_credit(payer: Make) -> None:
    """Both were begun while it was open: the second one's money is the customer's."""
    acme = payer()
    first, second = acme.begins(), acme.begins()
    for payment in (second, first):
        sandbox.finish(payment.public_id, Entry.Kind.CAPTURE)
        asking.ask(payment.public_id)
    assert (acme.states, acme.credit) == (["paid"], ["123.00 EUR"])
    assert acme.ledger(AccountKind.UNAPPLIED) == "-123"
    assert acme.ledger(AccountKind.CLEARING, "test") == "246"


def test_a_part_is_paid(payer: Make) -> None:
    acme = payer()
    payment = acme.pays(amount=Decimal("23.40"))
    assert (acme.states, acme.open, payment.allocated) == (["issued"], ["99.6"], Decimal("23.40"))
    acme.pays()
    assert (acme.states, acme.open) == (["paid"], ["0"])


def test_a_transfer_of_too_much_is_credit_and_settles_what_comes(payer: Make) -> None:
    acme = payer()
    acme.transfers("200", "bank-1", acme.invoices[0])
    assert (acme.states, acme.credit) == (["paid"], ["77.00 EUR"])
    acme.world.on("2026-07-01").close()
    assert (acme.states, acme.open) == (["paid", "issued"], ["0", "123"])
    assert tidy() == (0, 1)
    assert (acme.states, acme.open, acme.credit) == (["paid", "issued"], ["0", "46"], [])
    assert tidy() == (0, 0)


def test_a_transfer_is_noted_once(payer: Make) -> None:
    acme, bolt = payer(), payer("bolt")
    first = acme.transfers("50", "bank-1")
    assert acme.transfers("50", "bank-1").pk == first.pk
    for whose, amount in ((acme, "51"), (bolt, "50")):
        with pytest.raises(Refused, match="another transfer has another reference"):
            whose.transfers(amount, "bank-1")
    assert (acme.ledger(AccountKind.CLEARING, "manual"), acme.open) == ("50", ["73"])


def test_a_transfer_in_another_currency_is_credit_in_it(payer: Make) -> None:
    acme = payer()
    payment = acme.transfers("200", "bank-1", acme.invoices[0], currency="USD")
    assert (acme.states, acme.open, acme.credit) == (["issued"], ["123"], ["200.00 USD"])
    assert acme.ledger(AccountKind.UNAPPLIED, currency="USD") == "-200"
    with pytest.raises(Refused, match="the payment in USD"):
        allocate(payment.public_id, acme.invoices[0])


def test_credit_settles_the_oldest_first_or_as_told(payer: Make) -> None:
    acme = payer(months=3)
    payment = acme.transfers("150", "bank-1", acme.invoices[2])
    assert acme.open == ["96", "123", "0"]
    assert [str(row.amount.normalize()) for row in Allocation.objects.order_by("pk")] == ["123", "27"]
    again = undo(Allocation.objects.order_by("pk")[0].public_id, reason="Meant for May")
    assert (again.amount, acme.open, acme.states) == (-123, ["96", "123", "123"], ["issued"] * 3)
    allocate(payment.public_id, acme.invoices[1], Decimal(100), by=DESK)
    assert (acme.open, acme.credit) == (["96", "23", "123"], ["23.00 EUR"])


@pytest.mark.parametrize(
    ("feature", "paid", "open_"),
    [
        ("off", "200", ["123", "123"]),
        ("on", "200", ["0", "46"]),
        ("whole", "200", ["0", "123"]),
        ("whole", "122", ["123", "123"]),
    ],
)
def test_whether_credit_is_used_by_itself(payer: Make, feature: str, paid: str, open_: list[str]) -> None:
    acme = payer(months=2)
    set_value("payments.apply_credit", feature)
    acme.transfers(paid, "bank-1")
    assert acme.open == open_


def test_an_allocation_is_of_one_customer_and_of_what_is_there(payer: Make) -> None:
    acme, bolt = payer(), payer("bolt")
    set_value("payments.apply_credit", "off")
    payment = acme.transfers("50", "bank-1")
    with pytest.raises(Refused, match="another customer's"):
        allocate(payment.public_id, bolt.invoices[0])
    with pytest.raises(Refused, match="more than the 50"):
        allocate(payment.public_id, acme.invoices[0], Decimal("50.01"))
    allocate(payment.public_id, acme.invoices[0])
    with pytest.raises(Refused, match="has nothing left"):
        allocate(payment.public_id, acme.invoices[0])
    made = Allocation.objects.get()
    with pytest.raises(Refused, match="more than the 50"):
        undo(made.public_id, Decimal("50.01"), reason="x")
    undo(made.public_id, Decimal("20"), reason="x")
    undo(made.public_id, reason="x")
    with pytest.raises(Refused, match="more than the 0"):
        undo(made.public_id, reason="x")
    assert (acme.open, bolt.open, acme.credit) == (["123"], ["123"], ["50.00 EUR"])


# --- credit notes ---------------------------------------------------------------------------------------------------


def test_what_a_credit_note_takes_off_a_paid_invoice_is_credit(payer: Make) -> None:
    acme = payer(months=2)
    acme.pays(acme.invoices[0])
    credit_note(acme.invoices[0], "20")
    assert (acme.open, acme.states) == (["0", "123"], ["paid", "issued"])
    (made,) = release_over(acme.invoices[0].pk)
    assert (plain(made.amount), acme.states, acme.credit) == ("-24.6", ["paid", "issued"], ["24.60 EUR"])
    assert release_over(acme.invoices[0].pk) == []
    apply_credit(acme.row.pk)
    assert (acme.open, acme.credit) == (["0", "98.4"], [])


def test_what_a_credit_note_takes_off_an_open_invoice_is_not_asked_for(payer: Make) -> None:
    acme = payer()
    credit_note(acme.invoices[0], "20")
    assert acme.open == ["98.4"]
    payment = acme.pays()
    assert (payment.captured, acme.states) == (Decimal("98.4"), ["paid"])


def test_what_was_written_off_and_is_credited_then_is_void(payer: Make) -> None:
    acme = payer(months=2)
    for invoice in acme.invoices:
        write_off(invoice, reason="Gone", key="w")
    assert acme.ledger(AccountKind.WRITE_OFF, "") == "246"
    credit_note(acme.invoices[0], "100")
    credit_note(acme.invoices[1], "50")
    assert tidy()[0] == 2
    assert (acme.states, acme.open) == (["void", "written_off"], ["0", "0"])
    assert (acme.ledger(AccountKind.WRITE_OFF, ""), acme.ledger(AccountKind.RECEIVABLE)) == ("61.5", "0")


def test_a_paid_invoice_that_is_credited_wholly_gives_its_money_back_and_is_void(payer: Make) -> None:
    acme = payer()
    payment = acme.pays()
    credit_note(acme.invoices[0], "100")
    assert acme.states == ["paid"]
    assert tidy() == (1, 0)
    assert (acme.states, acme.credit, acme.ledger(AccountKind.RECEIVABLE)) == (["void"], ["123.00 EUR"], "0")
    with pytest.raises(Refused, match="it is void"):
        allocate(payment.public_id, acme.invoices[0], Decimal(1))


def credit_note(invoice: Invoice, net: str) -> None:
    """Credit a part of the invoice's only line; 23 % of VAT go with it."""
    (line,) = invoice.lines.all()
    credit(invoice, [LineCredit(line.public_id, Decimal(net))], reason="Did not work", key=f"cn{net}")


# --- what the database keeps ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "guard"),
    [
        ("UPDATE payments_payment SET captured = captured + 1", "frozen column"),
        ("UPDATE payments_payment SET amount = 1", "frozen column"),
        ("UPDATE payments_payment SET state = 'failed', captured = 0", "frozen column"),
        ("UPDATE payments_payment SET allocated = allocated + 0.01", "payments_payment_spent_once"),
        ("UPDATE payments_payment SET refunded = 0.01", "payments_payment_spent_once"),
        ("UPDATE payments_payment SET disputed = 124", "payments_payment_given_back_once"),
        ("UPDATE invoicing_invoice SET settled = 123.01", "invoicing_settled"),
        ("UPDATE invoicing_invoice SET settled = -1", "invoicing_settled"),
        ("UPDATE payments_allocation SET amount = 1", "Cannot update"),
        ("DELETE FROM payments_reading", "Cannot update or delete"),
    ],
)
def test_the_database_refuses(payer: Make, change: str, guard: str) -> None:
    acme = payer()
    acme.pays()
    with pytest.raises(Exception, match=guard), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


def test_nobody_forgets_what_is_unknown(payer: Make) -> None:
    acme = payer()
    payment = acme.begins(behaves={"swallows_before": True})
    with pytest.raises(IntegrityError, match="payments_payment_watched"), transaction.atomic():
        Payment.objects.filter(pk=payment.pk).update(ask_at=None)


def test_the_clock_of_a_trial_stops_when_something_is_to_be_asked(payer: Make, world: World) -> None:
    from tollbook.base.schedule import advance

    acme = payer()
    acme.begins(behaves={"pays_at_once": True, "swallows_start": True})
    assert advance(world.now + timedelta(minutes=1)) == 1
    assert acme.states == ["paid"]


def test_money_of_nothing(payer: Make) -> None:
    acme = payer()
    with pytest.raises(Refused, match="must be more than zero"):
        actions.receive(acme.row, Money(Decimal(0), "EUR"), "manual", "b")
    with pytest.raises(Refused, match="tells itself"):
        actions.receive(acme.row, eur("1"), "test", "b")
