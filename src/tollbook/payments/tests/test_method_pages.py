"""The pages and routes of saved methods, and of what may be charged by itself; as owner, colleague and stranger."""

from collections.abc import Callable
from typing import Any

import pytest

from tollbook.api.tests.conftest import customer_key, staff_key
from tollbook.features.actions import set_value
from tollbook.gateways.test.models import Entry
from tollbook.identity.models import StaffRole
from tollbook.payments import methods
from tollbook.payments.models import Agreement, Method, Payment, Setup
from tollbook.payments.protocol import Saved
from tollbook.payments.tests.conftest import Payer
from tollbook.payments.tests.test_pages import reader, said
from tollbook.site.tests.world import World
from tollbook.wallets.actions import open_wallet

Make = Callable[..., Payer]
HERE = "/portal/payments/methods/"


def saves(acme: Payer, name: str = "a", label: str = "Visa ending 4242") -> Method:
    return methods.keep(acme.row.pk, "test", Saved(name, label), acme.world.now)


@pytest.fixture
def allowed(world: World) -> None:
    """Wallets may be topped up by themselves, for at most 100 EUR a day."""
    set_value("payments.auto_top_up", True)
    set_value("payments.auto_top_up_daily", {"EUR": "100"})


def test_a_method_is_saved_by_way_of_the_gateways_page(payer: Make) -> None:
    acme = payer()
    client = reader(acme)
    assert f'href="{HERE}"' in said(client, "/portal/payments/")
    page = said(client, HERE)
    assert "None yet" in page and "Test payment" in page and "Bank transfer" not in page
    sent = client.post(f"{HERE}add/", {"gateway": "test", "key": "k"})
    setup = Setup.objects.get()
    assert sent.headers["Location"] == f"/portal/gateway_test/{setup.public_id}/"
    assert client.post(f"{HERE}add/", {"gateway": "test", "key": "k"}).status_code == 302
    assert Setup.objects.count() == 1
    assert "Save a test card" in said(client, sent.headers["Location"])
    assert "Go on to the provider" in said(client, f"{HERE}{setup.public_id}/")
    done = client.post(sent.headers["Location"], {"press": "pay"})
    assert done.headers["Location"] == HERE
    assert "Test card ending 4242" in said(client, HERE)
    assert client.get(f"{HERE}{setup.public_id}/").headers["Location"] == HERE
    assert (Method.objects.get().is_default, Payment.objects.exists()) == (True, False)


def test_saving_that_fails_is_told(payer: Make) -> None:
    acme = payer()
    client = reader(acme)
    sent = client.post(f"{HERE}add/", {"gateway": "test", "key": "k"}).headers["Location"]
    client.post(sent, {"press": "fail"})
    assert "Nothing was saved" in said(client, f"{HERE}{Setup.objects.get().public_id}/")
    client.post(f"{HERE}add/", {"gateway": "manual", "key": "m"})
    assert "it keeps no methods" in said(client, HERE)
    assert (Setup.objects.count(), Entry.objects.filter(kind="failure").count()) == (1, 1)


def test_one_is_chosen_and_one_is_removed_after_a_question(payer: Make) -> None:
    acme = payer()
    client, first, second = reader(acme), saves(acme), saves(acme, "b", "Visa ending 1111")
    client.post(f"{HERE}{second.public_id}/default/")
    assert methods.default_of(acme.row) == second
    question = said(client, f"{HERE}{second.public_id}/remove/")
    assert "until you choose another" in question and Method.objects.filter(retired_at__isnull=True).count() == 2
    client.post(f"{HERE}{second.public_id}/remove/")
    page = said(client, HERE)
    assert "None of them is charged" in page and "ending 1111" not in page.replace("Visa ending 1111 is removed", "")
    assert client.get(f"{HERE}{second.public_id}/remove/").status_code == 404
    client.post(f"{HERE}{second.public_id}/default/")
    assert "was removed; choose another" in said(client, HERE)
    client.post(f"{HERE}{first.public_id}/default/")
    assert methods.default_of(acme.row) == first


def test_invoices_are_collected_by_agreement(payer: Make) -> None:
    acme = payer()
    client = reader(acme)
    client.post(f"{HERE}collect/", {"agree": "yes"})
    assert "save one first" in said(client, HERE)
    saves(acme)
    client.post(f"{HERE}collect/", {"agree": "yes"})
    assert Agreement.objects.get().given_by == "olga@acme.example"
    assert "you agreed on" in said(client, HERE)
    client.post(f"{HERE}collect/", {"agree": "no"})
    assert Agreement.objects.get().withdrawn_at is not None
    set_value("payments.collect", False)
    assert "Pay invoices by themselves" not in said(client, HERE)


@pytest.mark.usefixtures("allowed")
def test_a_wallet_is_switched_on_and_off(payer: Make) -> None:
    acme = payer()
    client, wallet = reader(acme), open_wallet(acme.row, "EUR")
    here = f"/portal/wallet/{wallet.public_id}/auto/"
    assert f'href="{here}"' in said(client, f"/portal/wallet/{wallet.public_id}/")
    assert "Save or choose one" in said(client, here)
    saves(acme)
    assert "Let Visa ending 4242 be charged" in said(client, here) and "At most €100.00 in a day" in said(client, here)
    client.post(here, {"threshold": "20", "amount": "40", "daily_cap": "101"})
    assert "more than 100 EUR, the most of a day" in said(client, here)
    client.post(here, {"threshold": "x", "amount": "40", "daily_cap": "80"})
    assert not Agreement.objects.exists()
    client.post(here, {"threshold": "20", "amount": "40", "daily_cap": "80"})
    wallet.refresh_from_db()
    assert (wallet.threshold, wallet.top_up_amount, Agreement.objects.get().daily_cap) == (20, 40, 80)
    assert "Top up by itself: on" in said(client, f"/portal/wallet/{wallet.public_id}/")
    assert "€80.00" in said(client, here)
    client.post(here, {"agree": "no"})
    assert Agreement.objects.get().withdrawn_at is not None


@pytest.mark.usefixtures("allowed")
def test_colleagues_who_only_look_and_strangers(payer: Make) -> None:
    acme, bolt = payer(), payer("bolt")
    method, wallet = saves(acme), open_wallet(acme.row, "EUR")
    made = client_setup(acme)
    viewer, stranger = reader(acme, "viewer", "vi@acme.example"), reader(bolt, "owner", "bo@bolt.example")
    own = [f"{HERE}{method.public_id}/remove/", f"{HERE}{made.public_id}/", f"/portal/wallet/{wallet.public_id}/auto/"]
    assert [viewer.get(each).status_code for each in (HERE, *own)] == [404, 404, 404, 404]
    assert [stranger.get(each).status_code for each in own] == [404, 404, 404]
    posts = [*own[::2], f"{HERE}{method.public_id}/default/"]
    assert [stranger.post(each).status_code for each in posts] == [404, 404, 404]
    assert "Visa" not in said(stranger, HERE)
    set_value("payments.auto_top_up", False)
    assert reader(acme).get(own[2]).status_code == 404
    method.refresh_from_db()
    assert (method.is_default, method.retired_at, Agreement.objects.exists()) == (True, None, False)


def client_setup(acme: Payer) -> Setup:
    from tollbook.payments.saving import set_up

    return set_up(acme.row, "test", "EUR", key="s")


# --- the API ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("allowed")
def test_the_api_does_what_the_pages_do(payer: Make) -> None:
    acme = payer()
    caller, wallet = customer_key(acme.row.pk), open_wallet(acme.row, "EUR").public_id
    setup = caller.post("/payment-methods", {"gateway": "test"}).json()
    assert (setup["state"], setup["redirect"], setup["method"]) == ("started", None, None)
    from tollbook.gateways.test.actions import finish
    from tollbook.payments import saving

    saving.send(setup["id"])
    assert caller.get(f"/payment-methods/setups/{setup['id']}").json()["redirect"].endswith(f"{setup['id']}/")
    finish(setup["id"], Entry.Kind.CAPTURE)
    saving.ask(setup["id"])
    (row,) = caller.get("/payment-methods").json()["data"]
    assert (row["label"], row["is_default"]) == ("Test card ending 4242", True)
    other = saves(acme, "b")
    assert caller.post(f"/payment-methods/{other.public_id}/default", {}).json()["is_default"] is True
    assert caller.put("/invoice-collection", {"agreed": True}).json()["agreed"] is True
    assert caller.put("/invoice-collection", {"agreed": False}).json() == {"agreed": False, "since": None}
    terms = {"threshold": "20", "amount": "40", "daily_cap": "80"}
    assert caller.put(f"/wallets/{wallet}/auto-top-up", terms).json()["daily_cap"] == "80"
    assert caller.get(f"/wallets/{wallet}/auto-top-up").json()["agreed"] is True
    refused = caller.put(f"/wallets/{wallet}/auto-top-up", {**terms, "daily_cap": "101"})
    assert (refused.status_code, refused.json()["code"]) == (409, "auto_top_up_cap")
    assert caller.post(f"/wallets/{wallet}/auto-top-up/stop", {}).json()["agreed"] is False
    assert caller.post(f"/payment-methods/{other.public_id}/remove", {}).status_code == 201
    assert [each["id"] for each in caller.get("/payment-methods").json()["data"]] == [row["id"]]


@pytest.mark.parametrize(
    ("send", "path", "body"),
    [
        ("post", "/payment-methods", {"gateway": "test"}),
        ("put", "/invoice-collection", {"agreed": True}),
        ("post", "/payment-methods/{}/default", {}),
    ],
)
def test_staff_agree_to_nothing_in_a_customers_name(payer: Make, send: str, path: str, body: dict[str, Any]) -> None:
    method = saves(payer())
    answer = getattr(staff_key(StaffRole.ADMINISTRATOR), send)(path.format(method.public_id), body)
    assert (answer.status_code, answer.json()["code"]) == (409, "own_key_needed")
    assert not (Agreement.objects.exists() or Setup.objects.exists())


def test_what_is_off_is_off_for_keys_too(payer: Make) -> None:
    acme = payer()
    set_value("portal.payment", False)
    caller = customer_key(acme.row.pk)
    assert caller.put("/invoice-collection", {"agreed": True}).json()["code"] == "portal_payment_off"
    assert reader(acme).get(HERE).status_code == 404
