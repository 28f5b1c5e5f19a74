"""The pages of payments, as customers and staff see them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tollbook.customers.models import Membership
from tollbook.gateways.manual.models import Entry as BankEntry
from tollbook.gateways.manual.tests.test_statements import entry, statement
from tollbook.gateways.test.models import Entry
from tollbook.identity.models import User
from tollbook.identity.tests.people import proven
from tollbook.ledger.rules import AccountKind
from tollbook.payments import queries
from tollbook.payments.models import CallbackSeen, Payment
from tollbook.payments.tests.conftest import Payer
from tollbook.wallets.actions import open_wallet

Make = Callable[..., Payer]


def reader(payer: Payer, role: str = "owner", email: str = "olga@acme.example") -> Client:
    user = User.objects.create_user(email, name="Olga Owner")
    Membership.objects.create(customer=payer.row, user=user, role=role)
    client = Client()
    client.force_login(user)
    return client


def staff(role: str = "finance") -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"{role}@harbour.example", name="Ada", staff_role=role))
    return proven(client)


def said(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def test_a_customer_pays_an_invoice(payer: Make) -> None:
    acme = payer()
    client, invoice = reader(acme), acme.invoices[0]
    own = f"/portal/invoices/{invoice.public_id}/"
    assert f'href="{own}pay/"' in said(client, own)
    page = said(client, f"{own}pay/")
    assert "Test payment" in page and "IE29AIBK93115212345678" in page and invoice.label in page
    sent = client.post(f"{own}pay/", {"gateway": "test", "key": "k1"})
    payment = Payment.objects.get()
    assert sent.headers["Location"] == f"/portal/gateway_test/{payment.public_id}/"
    assert client.post(f"{own}pay/", {"gateway": "test", "key": "k1"}).status_code == 302
    assert Payment.objects.count() == 1
    assert "is under way" in said(client, f"{own}pay/")
    assert "pretended gateway" in said(client, sent.headers["Location"])
    done = client.post(sent.headers["Location"], {"press": "pay"})
    assert done.headers["Location"] == f"/portal/payments/{payment.public_id}/"
    assert invoice.label in said(client, done.headers["Location"])
    assert acme.states == ["paid"]
    assert "Settled" in said(client, own) and "Nothing is to pay" in said(client, f"{own}pay/")
    assert "Invoice HARBOUR" in said(client, "/portal/payments/")


@pytest.mark.parametrize(("press", "state"), [("fail", "failed"), ("cancel", "cancelled"), ("?", "cancelled")])
def test_a_customer_does_not_pay(payer: Make, press: str, state: str) -> None:
    acme = payer()
    client = reader(acme)
    payment = acme.begins()
    client.post(f"/portal/gateway_test/{payment.public_id}/", {"press": press})
    assert (acme.again(payment).state, acme.states) == (state, ["issued"])
    assert "Nothing was paid" in said(client, f"/portal/payments/{payment.public_id}/")


def test_what_cannot_be_is_told_on_the_page(payer: Make) -> None:
    acme = payer()
    client = reader(acme)
    answer = client.post(
        f"/portal/invoices/{acme.invoices[0].public_id}/pay/", {"gateway": "x", "key": "k"}, follow=True
    )
    assert "gateway &#x27;x&#x27;: there is none" in answer.content.decode()
    assert not Payment.objects.exists()


def test_strangers_and_those_who_may_not_pay(payer: Make) -> None:
    acme, bolt = payer(), payer("bolt")
    payment = acme.begins()
    own = (
        f"/portal/payments/{payment.public_id}/",
        f"/portal/invoices/{acme.invoices[0].public_id}/pay/",
        f"/portal/gateway_test/{payment.public_id}/",
    )
    stranger = reader(bolt, email="stranger@bolt.example")
    assert [stranger.get(address).status_code for address in own] == [404, 404, 404]
    assert stranger.post(own[2], {"press": "pay"}).status_code == 404
    looker = reader(acme, "read_only", "look@acme.example")
    assert [looker.get(address).status_code for address in own[:2]] == [200, 404]
    assert [Client().get(address).status_code for address in own] == [302, 302, 302]
    assert not Entry.objects.filter(kind="capture").exists()


def test_the_hosted_page_is_for_trials_only(payer: Make, settings: Any) -> None:
    acme = payer()
    client, payment = reader(acme), acme.begins()
    settings.TOLLBOOK_TEST_MODE = False
    assert client.get(f"/portal/gateway_test/{payment.public_id}/").status_code == 404
    assert "Test payment" not in said(client, f"/portal/invoices/{acme.invoices[0].public_id}/pay/")


def test_a_customer_adds_funds(payer: Make) -> None:
    from tollbook.features.actions import set_value

    acme = payer()
    client, wallet = reader(acme), open_wallet(acme.row, "EUR")
    set_value("payments.least_recharge", {"EUR": "10"})
    set_value("payments.most_recharge", {"EUR": "500"})
    address = f"/portal/wallet/{wallet.public_id}/add/"
    assert f'href="{address}"' in said(client, "/portal/wallet/")
    assert "From €10.00 to €500.00 at once." in said(client, address)
    answer = client.post(address, {"amount": "5", "gateway": "test", "key": "a"}, follow=True)
    assert "less than 10" in answer.content.decode()
    sent = client.post(address, {"amount": "50", "gateway": "test", "key": "b"})
    client.post(sent.headers["Location"], {"press": "pay"})
    assert acme.party.balance == "50"


def test_callbacks_come_from_anybody(payer: Make) -> None:
    acme = payer()
    payment = acme.begins()
    client = Client(enforce_csrf_checks=True)

    def call(gateway: str, body: bytes) -> int:
        return client.post(f"/hooks/payments/{gateway}/", body, content_type="text/plain").status_code

    assert call("test", payment.public_id.encode()) == 200
    assert (call("none", b"x"), call("test", b"x" * 70_000)) == (404, 413)
    assert client.get("/hooks/payments/test/").status_code == 405
    assert (CallbackSeen.objects.count(), acme.again(payment).state) == (1, "pending")


# --- staff ---------------------------------------------------------------------------------------------------------


def test_staff_give_back_dispute_and_move_money(payer: Make) -> None:
    acme, ada = payer(months=2), staff()
    payment = acme.pays(acme.invoices[0])
    page = f"/staff/payments/{payment.public_id}/"
    assert "Order the refund" in said(ada, page)
    ada.post(f"{page}refund/", {"amount": "23", "reason": "Not wanted", "key": "f1"})
    ada.post(f"{page}refund/", {"amount": "23", "reason": "Not wanted", "key": "f1"})
    assert acme.again(payment).refunded == 23
    answer = ada.post(f"{page}refund/", {"amount": "1000", "reason": "x", "key": "f2"}, follow=True).content.decode()
    assert "more than the 100" in answer
    row, _ = queries.standing(acme.again(payment))[0]
    ada.post(f"{page}undo/", {"allocation": row.public_id, "reason": "Meant for July"})
    ada.post(f"{page}allocate/", {"invoice": acme.invoices[1].label, "amount": "40"})
    assert (acme.open, acme.credit) == (["123", "83"], ["60.00 EUR"])
    ada.post(f"{page}dispute/", {"amount": "100", "reference": "case", "reason": "Not me"})
    assert "Open disputes" in said(ada, "/staff/payments/queue/")
    dispute = payment.disputes.get()
    ada.post(f"{page}end/", {"dispute": dispute.public_id, "outcome": "lost"})
    assert (acme.open, acme.credit, acme.again(payment).lost) == (["123", "123"], [], 100)
    assert "lost" in said(ada, page)


def test_staff_end_what_nobody_knows(payer: Make) -> None:
    acme, ada = payer(), staff()
    payment = acme.begins(behaves={"swallows_before": True})
    page = f"/staff/payments/{payment.public_id}/"
    assert "The money is there" in said(ada, page)
    ada.post(f"{page}ask/", {})
    assert acme.again(payment).state == "unknown"
    ada.post(f"{page}accept/", {"amount": "123", "currency": "eur", "reference": "payout-7", "reason": "On the payout"})
    assert (acme.again(payment).state, acme.states) == ("succeeded", ["paid"])
    # The gateway's own book has nothing of it: that is what its check-books says.
    Entry.objects.create(
        key=payment.public_id, kind="capture", reference="payout-7", amount=Decimal(123), currency="EUR",
        merchant=payment.merchant, subject=payment.subject, at=acme.world.now,
    )  # fmt: skip


def test_staff_write_off_and_expect_again(payer: Make) -> None:
    acme, ada = payer(), staff()
    page = f"/staff/invoices/{acme.invoices[0].public_id}/"
    assert "Write it off" in said(ada, page)
    ada.post(f"{page}write-off/", {"reason": "Gone abroad", "key": "w"})
    assert acme.states == ["written_off"]
    assert "Gone abroad" in said(ada, page)
    ada.post(f"{page}expect/", {"reason": "Back again"})
    assert (acme.states, acme.open) == (["issued"], ["123"])


def test_staff_import_a_statement_after_looking(payer: Make) -> None:
    acme, ada = payer(), staff()
    body = statement(entry("123.00", acme.invoices[0].label, "b1"), entry("5", "who", "b2"))
    sent = {
        "brand": acme.world.brand.public_id, "file": SimpleUploadedFile("june.xml", body), "format": "camt",
        "columns": "date,amount,currency,payer,text", "day_format": "YYYY-MM-DD", "comma": "no",
    }  # fmt: skip
    page = ada.post("/staff/gateway_manual/do/look/", sent).content.decode()
    assert f"pays {acme.invoices[0].label}" in page and "waits for a person" in page
    assert not BankEntry.objects.exists()
    kept = page.split('name="kept" value="')[1].split('"')[0]
    for _ in range(2):
        ada.post("/staff/gateway_manual/do/import/", {"kept": kept})
    assert (BankEntry.objects.count(), acme.states, acme.ledger(AccountKind.CLEARING, "manual")) == (2, ["paid"], "123")
    assert (
        "looked at too long ago"
        in ada.post("/staff/gateway_manual/do/import/", {"kept": kept + "x"}, follow=True).content.decode()
    )
    waits = BankEntry.objects.get(state="waiting")
    address = f"/staff/gateway_manual/{waits.public_id}/"
    assert "Whose it is" in said(ada, address)
    ada.post(f"{address}assign/", {"invoice": "", "customer": acme.row.public_id})
    assert (acme.credit, "assigned" in said(ada, address)) == (["5.00 EUR"], True)
    assert "june.xml" in said(ada, address) and "who" in said(ada, "/staff/gateway_manual/")


def test_staff_note_a_transfer(payer: Make) -> None:
    acme, ada = payer(), staff()
    told = {"customer": acme.row.public_id, "invoice": acme.invoices[0].label, "amount": "123", "currency": "EUR",
            "reference": "phone", "booked_on": "2026-06-05"}  # fmt: skip
    for _ in range(2):
        ada.post("/staff/gateway_manual/do/note/", told)
    assert (acme.states, acme.ledger(AccountKind.CLEARING, "manual")) == (["paid"], "123")


def test_only_those_who_move_money_may(payer: Make) -> None:
    acme = payer()
    payment = acme.pays()
    looker, owner = staff("viewer"), reader(acme)
    page = f"/staff/payments/{payment.public_id}/"
    assert ("Order the refund" in said(looker, page), owner.get(page).status_code) == (False, 404)
    addresses = [
        f"{page}refund/",
        f"{page}accept/",
        f"/staff/invoices/{acme.invoices[0].public_id}/write-off/",
        "/staff/gateway_manual/do/import/",
        "/staff/gateway_manual/do/note/",
    ]
    told = {"amount": "1", "reason": "x", "key": "k"}
    assert [looker.post(each, told).status_code for each in addresses] == [404] * 5
    assert [owner.post(each, told).status_code for each in addresses] == [404] * 5
    assert acme.again(payment).refunded == 0


def test_staff_find_payments_and_see_them_around(payer: Make) -> None:
    acme, ada = payer(), staff()
    payment = acme.pays()
    acme.transfers("10", "bank-9")
    for address in ("/staff/", f"/staff/customers/{acme.row.public_id}/", "/staff/payments/?state=paid"):
        said(ada, address)
    assert payment.public_id in said(ada, "/staff/payments/")
    assert payment.public_id in said(ada, f"/staff/invoices/{acme.invoices[0].public_id}/")
    assert "Payments" in said(ada, f"/staff/search/?q={payment.reference}")
