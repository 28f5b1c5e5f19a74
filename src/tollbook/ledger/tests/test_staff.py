"""What staff read in the books."""

from typing import Any

from tollbook.ledger.models import Seal, Transaction


def test_the_trial_balance_balances(busy: Any, portal: Any) -> None:
    text = portal().read("/staff/books/")
    total = text.rpartition("Together ")[2].split()
    assert total[0] == total[2] and total[1] == total[3] == "EUR"
    assert "0 transactions wait for the next seal" in text


def test_a_transaction_shows_both_sides_its_cause_and_its_reversal(busy: Any, portal: Any) -> None:
    see = portal()
    entry, reversal = Transaction.objects.filter(source_id="m1").order_by("pk")
    text = see.read(f"/staff/transactions/{entry.public_id}/")
    assert "Cause manual m1" in text
    assert f"Reversed by {reversal.public_id}" in text
    assert text.endswith("Promotion 3.00 EUR Rounding 3.00 EUR")
    assert f"Reverses {entry.public_id}" in see.read(f"/staff/transactions/{reversal.public_id}/")


def test_accounts_by_kind_and_their_postings(busy: Any, portal: Any) -> None:
    see = portal()
    assert "Receivable Acme" in see.read("/staff/accounts/?kind=receivable")
    assert "Wallet" not in see.read("/staff/accounts/?kind=receivable").partition("Account ↑")[2]
    rows = {row[0]: row[3:] for row in see.csv("/staff/accounts/")[1:]}
    assert rows["Promotion"] == ["0.00", ""]


def test_seals_show_their_digest(busy: Any, portal: Any) -> None:
    seal = Seal.objects.get(pk=1)
    rows = {row[0]: row[1:3] for row in portal().csv("/staff/seals/")[1:]}
    assert rows["#1"] == [str(seal.transactions), bytes(seal.digest).hex()]
