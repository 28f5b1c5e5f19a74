"""The customer's wallet pages: exact amounts, the order of credit, and nobody else's money."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from tollbook.customers.tests.people import cast, csv, queries, reader, same_as_missing, text
from tollbook.kernel.money import Money
from tollbook.wallets import holds
from tollbook.wallets.actions import give, top_up
from tollbook.wallets.models import Wallet
from tollbook.wallets.recurring import Cycle, plan_grants
from tollbook.wallets.top_ups import ask_below


def euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def wallet_of(party: Any) -> Wallet:
    return Wallet.objects.get(customer=party.row)


def story(world: Any) -> Any:
    """30 EUR in a wallet, 5 of them given and used first, 2 held, 4.059 used."""
    world.meter("air").plan("air", world.metered("air", "0.10", prepaid=True))
    acme = world.customer("acme").tops_up("25").buys("air")
    credit = euros("5")
    expires = world.now + timedelta(days=40)
    give(wallet_of(acme).pk, credit, key="hello", name="Welcome credit", priority=10, expires_at=expires, at=world.now)
    holds.hold(wallet_of(acme).pk, euros("2"), key="h1")
    acme.uses("air", 33, "2026-05-02")
    world.on("2026-05-03").charge()
    return acme


def test_balance_held_and_credit_in_the_order_of_use(world: Any) -> None:
    acme = story(world)
    page = text(reader(acme.row), "/portal/wallet/")
    assert "exactly 23.941\u00a0EUR" in page
    assert "€25.94" in page
    assert "€2.00" in page
    # 23.941 available, 4.059 used in the last 24 hours: 5.898... days from 3 May.
    assert "5 days" in page
    assert "at the rate of the last 24 hours" in page
    assert page.index("Welcome credit</span>") < page.index("Top-up</span>")
    assert "€4.06 of €5.00 used · given · priority 10 · expires" in page


def test_movements_can_be_searched_filtered_and_exported(world: Any) -> None:
    acme = story(world)
    owner = reader(acme.row)
    rows = csv(owner, "/portal/wallet/?export=csv&kind=out")
    assert rows[0] == "Time,Movement,What,Amount,Balance after"
    assert [row.split(",")[3:] for row in rows[1:]] == [["-4.059", "25.941"]]
    assert len(csv(owner, "/portal/wallet/?export=csv&kind=in")) == 3
    assert len(csv(owner, "/portal/wallet/?export=csv&q=use+up+to")) == 2
    assert "Nothing matches" in text(owner, "/portal/wallet/?q=zzz")


def test_a_low_wallet_and_expiring_credit_are_noticed(world: Any) -> None:
    acme = story(world)
    top_up(wallet_of(acme).pk, euros("20"), key="more", at=world.now)
    assert "runs low" not in text(reader(acme.row), "/portal/")
    acme.uses("air", 150, "2026-05-04")
    world.on("2026-05-05").charge()
    page = text(reader(acme.row), "/portal/")
    assert "The wallet runs low" in page
    assert "it lasts about 1 day." in page
    other = world.customer("bolt").tops_up("1")
    give(
        wallet_of(other).pk, euros("3"), key="gift", name="Gift", expires_at=world.now + timedelta(days=9), at=world.now
    )
    assert "Credit of 3.00\u00a0EUR expires on 14 May" in text(reader(other.row), "/portal/")


def test_only_the_customers_own_wallet(world: Any) -> None:
    acme, bolt = story(world), world.customer("bolt")
    people = cast(acme.row, bolt.row)
    address = f"/portal/wallet/{wallet_of(acme).public_id}/"
    assert "exactly 23.941" in text(people.owner, address)
    assert "exactly 23.941" in text(people.colleague, address)
    assert same_as_missing(people.stranger, address, "/portal/wallet/wal_nothing/")
    assert "You have no wallet" in text(people.stranger, "/portal/wallet/")
    assert people.nobody.get(address).status_code == 302


def test_the_page_takes_as_many_queries_for_much_as_for_little(world: Any) -> None:
    counts = []
    for name, count in (("few", 5), ("many", 50)):
        party = world.customer(name).tops_up("1")
        for i in range(count):
            top_up(wallet_of(party).pk, euros("1"), key=f"t{i}", at=world.now)
        counts.append(queries(reader(party.row), "/portal/wallet/"))
    assert counts[0] == counts[1] <= 22


def test_credit_that_comes_again_says_when_and_a_low_wallet_what_it_needs(world: Any) -> None:
    acme = world.customer("acme").tops_up("10")
    wallet = wallet_of(acme)
    plan_grants(wallet.pk, euros("5"), Cycle(date(2026, 5, 31), at_most=None), key="p", name="Monthly credit")
    page = text(reader(acme.row), "/portal/wallet/")
    assert "€5.00 every month" in page
    assert "renews on" in page and "31 May" in page and "what is left stays" in page
    assert "Top-up needed" not in page and "it is not being used up" in page
    ask_below(wallet.pk, Decimal(10), Decimal(50))
    page = text(reader(acme.row), "/portal/wallet/")
    assert "Top-up needed" in page and "€50.00" in page
    assert "When nothing is left: Use goes on; the next invoice asks for what the wallet does not cover." in page
