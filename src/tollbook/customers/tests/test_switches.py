"""Switches act at once in the customer portal and over the API."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from tollbook.customers.tests.people import reader, text
from tollbook.features.actions import set_value
from tollbook.features.registry import Level
from tollbook.identity.actions import create_key
from tollbook.kernel.money import Money
from tollbook.site.tests.world import Party, World
from tollbook.wallets import holds, queries
from tollbook.wallets.actions import open_wallet
from tollbook.web.templatetags.web import cost


@pytest.fixture
def acme(world: World) -> Party:
    """A customer with an invoice to pay and a wallet that owes 5.00 within its credit limit."""
    world.plan("cloud", world.monthly("10"))
    found = world.customer("acme", billing_plan="POSTPAID").buys("cloud")
    wallet = open_wallet(found.row, "EUR", credit_limit=Decimal(20))
    holds.capture(holds.hold(wallet.pk, Money(Decimal(5), "EUR"), key="k").public_id)
    world.on("2026-06-01").close()
    return found


def api(party: Party) -> Any:
    """Reads an address of the API with a key of the customer."""
    scopes = ["invoices:read", "wallets:read", "payments:write"]
    made = create_key("k", scopes=scopes, customer_id=party.row.pk)
    return Client(headers={"Authorization": f"Bearer {made.text}"})


def test_invoice_menu(world: World, acme: Party) -> None:
    see, key = reader(acme.row), api(acme)
    invoice = acme.invoices[0].public_id
    pages = ["/portal/invoices/", f"/portal/invoices/{invoice}/", f"/portal/invoices/{invoice}/file.pdf"]
    routes = ["/api/v1/invoices", f"/api/v1/invoices/{invoice}", f"/api/v1/invoices/{invoice}/lines"]
    assert [see.get(each).status_code for each in pages] == [200, 200, 200]
    assert [key.get(each).status_code for each in routes] == [200, 200, 200]
    assert "/portal/invoices/" in text(see, "/portal/")
    set_value("portal.show_invoices", False, level=Level.CUSTOMER, scope_id=acme.row.public_id)
    assert [see.get(each).status_code for each in pages] == [404, 404, 404]
    assert [key.get(each).status_code for each in routes] == [404, 404, 404]
    assert "/portal/invoices/" not in text(see, "/portal/")


def test_portal_payment(world: World, acme: Party) -> None:
    see, key = reader(acme.row), api(acme)
    invoice, wallet = acme.invoices[0].public_id, queries.of_customer(acme.row).get().public_id
    pages = [f"/portal/invoices/{invoice}/pay/", f"/portal/wallet/{wallet}/add/"]
    assert [see.get(each).status_code for each in pages] == [200, 200]
    assert "Pay" in text(see, f"/portal/invoices/{invoice}/")
    set_value("portal.payment", False)
    assert [see.get(each).status_code for each in pages] == [404, 404]
    assert pages[0] not in text(see, f"/portal/invoices/{invoice}/")
    assert pages[1] not in text(see, f"/portal/wallet/{wallet}/")
    for route, body in (
        (f"/api/v1/invoices/{invoice}/payments", {"gateway": "test"}),
        (f"/api/v1/wallets/{wallet}/payments", {"gateway": "test", "amount": "10", "currency": "EUR"}),
    ):
        answer = key.post(route, body, content_type="application/json", headers={"Idempotency-Key": route[-40:]})
        assert (answer.status_code, answer.json()["code"]) == (409, "portal_payment_off"), answer.content


@pytest.mark.parametrize(("shown", "balance"), [(True, "-5.00"), (False, "0.00")])
def test_negative_balance(world: World, acme: Party, shown: bool, balance: str) -> None:
    set_value("wallets.show_negative", shown)
    wallet = queries.of_customer(acme.row).get()
    found = text(reader(acme.row), "/portal/wallet/")
    assert ("-€5.00" in found or "\N{MINUS SIGN}€5.00" in found) is shown
    # What it takes to be in credit again is always said.
    assert "€5.00 to pay before new credit is left" in found
    assert api(acme).get(f"/api/v1/wallets/{wallet.public_id}").json()["balance"]["amount"] == balance
    assert wallet.balance == Decimal(-5)


@pytest.mark.parametrize(("places", "shown"), [(0, "€1"), (2, "€1.23"), (4, "€1.2346"), (8, "€1.23456789")])
def test_cost_decimals(world: World, places: int, shown: str) -> None:
    """What the running month has cost so far; the charge keeps every digit."""
    world.meter("hours").plan("cloud", world.metered("hours", "1.23456789"))
    bolt = world.customer("bolt").buys("cloud").uses("hours", 1, "2026-05-02")
    world.on("2026-05-03").charge()
    set_value("portal.cost_places", places)
    assert f">{shown}<" in text(reader(bolt.row), "/portal/")
    world.on("2026-06-01").charge()
    assert bolt.charges == [("hours", "1", "1.23456789")]


def test_currencies_without_a_smaller_part() -> None:
    assert cost(Money(Decimal("1234.5"), "JPY"), 2) == "¥1,235"
    assert cost(None, 2) == ""
