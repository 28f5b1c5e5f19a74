"""What staff read about prepaid money."""

from typing import Any

from tollbook.kernel.money import Money
from tollbook.wallets.models import Wallet
from tollbook.web.templatetags.web import money


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


def test_a_customer_without_a_wallet(busy: Any, portal: Any) -> None:
    acme = busy.customer("nowallet").row
    assert "This customer has paid nothing ahead." in portal().read(f"/staff/customers/{acme.public_id}/")
