"""What staff read about prepaid money."""

from decimal import Decimal
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from tollbook.kernel.money import Money
from tollbook.wallets import holds
from tollbook.wallets.actions import open_wallet
from tollbook.wallets.models import Wallet
from tollbook.wallets.recurring import Cycle, plan_grants, recur_due
from tollbook.wallets.rules import AtZero
from tollbook.wallets.top_ups import ask_below, decide_at_zero
from tollbook.web.templatetags.web import money
from tollbook.web.workbooks import TYPE


def test_the_list_and_one_wallet(busy: Any, portal: Any) -> None:
    see = portal()
    wallet = Wallet.objects.get()
    assert f"Bolt EUR, for everything {money(Money(wallet.balance, 'EUR'))} €2.00 €0.00" in see.read("/staff/wallets/")
    text = see.read(f"/staff/wallets/{wallet.public_id}/")
    assert text.startswith("Wallets Wallet of Bolt Wallet of Bolt EUR, for everything")
    assert "first paid €20.00" in text
    assert "open open €2.00 €0.00" in text and "taken captured €2.00 €2.00" in text


def test_filters_search_and_csv(busy: Any, portal: Any) -> None:
    see = portal()
    wallet = Wallet.objects.get()
    address = f"/staff/wallets/{wallet.public_id}/"
    assert "Nothing matches" in see.read("/staff/wallets/?balance=empty")
    assert "Bolt" in see.read("/staff/wallets/?balance=held")
    kinds = [row[0] for row in see.csv(address)[1:]]
    assert kinds.count("Top-up") == 1 and kinds[-1] == "Top-up"
    assert "1-1 of 1" in see.read(address + "?kind=top_up")
    assert "export=xlsx" in see.staff.get("/staff/wallets/").content.decode()
    given = see.staff.get("/staff/wallets/?export=xlsx")
    assert given.headers["Content-Type"] == TYPE
    with ZipFile(BytesIO(b"".join(given.streaming_content))) as book:
        assert "<t>Bolt</t>" in book.read("xl/worksheets/sheet1.xml").decode()


def test_a_customer_without_a_wallet(busy: Any, portal: Any) -> None:
    acme = busy.customer("nowallet").row
    assert "This customer has paid nothing ahead." in portal().read(f"/staff/customers/{acme.public_id}/")


def test_credit_that_comes_again_top_ups_asked_for_and_what_then(world: Any, portal: Any) -> None:
    wallet = open_wallet(world.customer("acme").row, "EUR")
    cycle = Cycle(world.now.date(), at_most=Decimal(5), life_days=90)
    plan_grants(wallet.pk, Money(Decimal(10), "EUR"), cycle, key="p", name="Monthly credit")
    recur_due(world.now)
    ask_below(wallet.pk, Decimal(6), Decimal(50))
    decide_at_zero(wallet.pk, AtZero.GRACE, 24)
    holds.capture(holds.hold(wallet.pk, Money(Decimal(5), "EUR"), key="h").public_id)
    text = portal().read(f"/staff/wallets/{wallet.public_id}/")
    assert "of what is left at most 5.00 EUR goes on; each lives for 90 days" in text
    assert "every month" in text and "Renews on" in text and "1 Jun 2026" in text
    assert "50.00 EUR is asked for then" in text
    assert "at the rate of the last 24 hours" in text
    assert "Services go on for 24 hours, then they are suspended." in text
    assert "€50.00" in text and "Because of" in text
