"""The front page and switching: whose figures, for whom, and what a new account sees."""

from datetime import date
from typing import Any

import pytest
from django.test import Client

from tollbook.customers.models import Membership
from tollbook.customers.portal import greeting
from tollbook.customers.settings import SHOW_USAGE, SHOW_WALLET
from tollbook.customers.tests.people import cast, queries, reader, text
from tollbook.features.models import FeatureValue
from tollbook.identity.models import User
from tollbook.kernel.times import parse_instant


def off(key: str, customer_id: str) -> None:
    """Switch a feature off for a customer, since the day on which worlds begin."""
    since = parse_instant("2026-01-01T00:00:00Z", "since")
    FeatureValue.objects.create(
        key=key, scope="customer", scope_id=customer_id, value=False, valid_from=since, created_at=since
    )


@pytest.mark.parametrize(
    ("hour", "said"),
    [(0, "Good morning"), (11, "Good morning"), (12, "Good afternoon"), (17, "Good afternoon"), (18, "Good evening")],
)
def test_greeting(hour: int, said: str) -> None:
    assert greeting(hour) == said


def test_the_overview_adds_up_what_the_rooms_say(world: Any) -> None:
    world.meter("air").plan("air", world.monthly("49.00"), world.metered("air", "0.10", prepaid=True))
    acme = world.customer("acme").tops_up("20").buys("air").uses("air", 33, "2026-05-02")
    world.on("2026-05-20").charge()
    page = text(reader(acme.row), "/portal/")
    # 20.00 less 33 x 0.10 x 1.23
    assert "€15.94" in page
    assert "May so far" in page
    # The use is charged, the fee falls due at the end.
    assert "€3.30" in page
    assert "€52.30 with the fees" in page
    world.on("2026-06-01").close()
    page = text(reader(acme.row), "/portal/")
    assert acme.totals == ["64.33"]
    assert "€60.27" in page
    assert acme.invoices[0].label in page
    assert "1 open invoice, due" in page


def test_an_overdue_invoice_needs_attention(world: Any) -> None:
    world.plan("cloud", world.monthly("49.00"))
    acme = world.customer("acme").buys("cloud")
    world.on("2026-06-01").close()
    assert f"Invoice {acme.invoices[0].label} waits for payment" in text(reader(acme.row), "/portal/")
    world.on("2026-06-16")
    page = text(reader(acme.row), "/portal/")
    assert acme.invoices[0].due_on == date(2026, 6, 15)
    assert f"Invoice {acme.invoices[0].label} is 1 day overdue" in page
    assert "1 overdue" in page


def test_a_new_account_is_told_what_will_be_here(world: Any) -> None:
    page = text(reader(world.customer("acme").row), "/portal/")
    for said in ("No spend yet", "No invoices yet", "All is well", "no invoice waits for payment", "€0.00"):
        assert said in page
    assert "portal-wallets" not in page
    assert "lasts about" not in page


def test_who_may_see_the_portal(world: Any) -> None:
    acme, bolt = world.customer("acme"), world.customer("bolt")
    people = cast(acme.row, bolt.row)
    assert "Here is Acme on" in text(people.owner, "/portal/")
    assert "Here is Acme on" in text(people.colleague, "/portal/")
    assert "Here is Bolt on" in text(people.stranger, "/portal/")
    assert people.nobody.get("/portal/").headers["Location"] == "/account/login/?next=/portal/"
    alone = Client()
    alone.force_login(User.objects.create_user("alone@example.example", "a long enough password", name="Alone"))
    assert alone.get("/portal/").status_code == 404


def test_switching_shows_another_account_of_ones_own_only(world: Any) -> None:
    acme, bolt, coil = (world.customer(name).row for name in ("acme", "bolt", "coil"))
    client = reader(acme)
    Membership.objects.create(customer=bolt, user=User.objects.get(), role=Membership.Role.BILLING)
    assert "Here is Acme on" in text(client, "/portal/")
    assert client.post("/portal/switch/", {"customer": bolt.public_id}).headers["Location"] == "/portal/"
    assert "Here is Bolt on" in text(client, "/portal/")
    foreign = client.post("/portal/switch/", {"customer": coil.public_id})
    missing = client.post("/portal/switch/", {"customer": "cus_nobody"})
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.content == missing.content
    assert "Here is Bolt on" in text(client, "/portal/")
    assert client.get("/portal/switch/").status_code == 405


@pytest.mark.parametrize(
    ("feature", "address", "label"),
    [(SHOW_WALLET, "/portal/wallet/", "Wallet"), (SHOW_USAGE, "/portal/usage/", "Usage")],
)
def test_a_feature_that_is_off_hides_its_page_from_that_customer(
    world: Any, feature: str, address: str, label: str
) -> None:
    acme, bolt = world.customer("acme").tops_up("5"), world.customer("bolt").tops_up("5")
    people = cast(acme.row, bolt.row)
    off(feature, acme.row.public_id)
    assert people.owner.get(address).status_code == 404
    assert people.stranger.get(address).status_code == 200
    assert f'href="{address}"' not in text(people.owner, "/portal/")
    assert f'href="{address}"' in text(people.stranger, "/portal/")
    assert ("See the wallet" in text(people.owner, "/portal/")) == (feature != SHOW_WALLET)


def test_long_names_and_markup_stay_text(world: Any) -> None:
    name = "<b>&" + "W" * 190
    acme = world.customer("long")
    acme.row.name = name
    acme.row.save()
    page = text(reader(acme.row, name=name), "/portal/")
    assert "<b>&W" not in page
    assert f"&lt;b&gt;&amp;{'W' * 190}" in page


def test_the_overview_takes_as_many_queries_for_much_as_for_little(world: Any) -> None:
    world.meter("sms").plan("cloud", world.monthly("9"), world.metered("sms", "0.0043"))
    few, many = world.customer("few"), world.customer("many")
    for party, count in ((few, 5), (many, 50)):
        for i in range(count):
            party.buys("cloud", key=f"s{i}").uses("sms", 10, "2026-05-03", of=f"s{i}")
    world.on("2026-06-01").close()
    assert [len(i.lines.all()) for i in (few.invoices[0], many.invoices[0])] == [10, 100]
    counts = [queries(reader(party.row), "/portal/") for party in (few, many)]
    assert counts[0] == counts[1]
    assert counts[0] <= 35
