"""The staff's page of Stripe: accounts are connected by administrators, keys are never shown, what is strange is seen."""

from collections.abc import Callable
from typing import Any

from django.test import Client

from tollbook.gateways.stripe.models import Account
from tollbook.gateways.stripe.tests.conftest import Shop
from tollbook.gateways.stripe.tests.fake import ACCOUNT, SECRET, SIGNING, Fake
from tollbook.identity.models import User
from tollbook.identity.tests.people import proven
from tollbook.payments import asking
from tollbook.payments.models import Setup
from tollbook.payments.saving import set_up
from tollbook.site.tests.world import World

HERE = "/staff/gateway_stripe/"


def staff(role: str) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"{role}@harbour.example", name="Ada", staff_role=role))
    return proven(client)


def test_an_account_is_connected(world: World, fake: Fake) -> None:
    admin = staff("administrator")
    given = {
        "brand": world.brand.public_id,
        "secret": SECRET,
        "signing": SIGNING,
        "site": "https://x.example",
        "currencies": "eur usd",
    }
    assert admin.post(f"{HERE}do/connect/", {**given, "secret": "sk_test_wrong"}).status_code == 302
    assert "does not accept our credentials" in admin.get(HERE).content.decode()
    assert not Account.objects.exists()
    admin.post(f"{HERE}do/connect/", given)
    made = Account.objects.get()
    assert (made.merchant, made.currencies, made.live) == (ACCOUNT, "EUR USD", False)
    page = admin.get(HERE).content.decode()
    assert ACCOUNT in page and "pretended" in page and "/hooks/payments/stripe/" in page
    assert SECRET not in page and SIGNING not in page


def test_who_may(world: World, account: Account) -> None:
    finance = staff("finance")
    page = finance.get(HERE)
    assert (page.status_code, "Connect an account" in page.content.decode()) == (200, False)
    assert finance.post(f"{HERE}do/connect/", {}).status_code == 404
    assert staff("administrator").post(f"{HERE}do/else/", {}).status_code == 404
    assert Client().get(HERE).status_code == 302


def test_stripes_book_is_read(world: World, account: Account, fake: Fake) -> None:
    with fake.lock:
        fake.new("ch", "charge", amount=500, currency="jpy", status="succeeded", captured=True, metadata={},
                 payment_intent="pi_strange")  # fmt: skip
    admin = staff("administrator")
    admin.post(f"{HERE}do/read/")
    assert "¥500" in admin.get(HERE).content.decode()
    fake.read_faults = ["500"]
    admin.post(f"{HERE}do/read/")
    assert account.lines.count() == 1


def test_a_method_is_saved_without_paying(shop: Callable[..., Shop], fake: Fake) -> None:
    from tollbook.payments import saving

    acme = shop()
    setup = set_up(acme.row, "stripe", "EUR", key="s")
    fake.faults = ["", "swallow"]
    saving.send(setup.public_id)
    saving.ask(setup.public_id)
    setup = Setup.objects.get()
    assert (setup.state, fake.objects[setup.reference]["mode"]) == ("pending", "setup")
    fake.pays(setup.reference)
    acme.hears()
    saving.ask(setup.public_id)
    (method,) = acme.row.payment_methods.all()
    assert (Setup.objects.get().state, method.label, method.is_default) == ("succeeded", "Visa ending 4242", True)
    payment = acme.charged(method)
    assert (payment.state, acme.states, acme.agrees) == ("succeeded", ["paid"], True)
    assert fake.balance("eur") == 12300


def test_a_payer_sees_where_to_go_on(shop: Callable[..., Shop], fake: Fake) -> None:
    from tollbook.customers.models import Membership

    acme = shop()
    user: Any = User.objects.create_user("olga@acme.example", name="Olga")
    Membership.objects.create(customer=acme.row, user=user, role="owner")
    client = Client()
    client.force_login(user)
    sent = client.post(
        f"/portal/invoices/{acme.invoices[0].public_id}/pay/", {"gateway": "stripe", "key": "k", "keep": "on"}
    )
    payment = acme.row.payments.get()
    assert sent.headers["Location"] == f"/portal/payments/{payment.public_id}/"
    assert (
        f'href="https://checkout.stripe.example/{payment.reference}"'
        in client.get(sent.headers["Location"]).content.decode()
    )
    fake.pays(payment.reference)
    asking.ask(payment.public_id)
    assert (acme.states, acme.row.payment_methods.count()) == (["paid"], 1)
    assert "Visa ending 4242" in client.get("/portal/payments/methods/").content.decode()
