"""Acts of staff that matter take somebody who proved lately who he is; a session left open does not do."""

from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tollbook.identity.models import AuditEntry, User
from tollbook.identity.tests.people import person, proven
from tollbook.kernel.money import Money
from tollbook.payments.actions import receive
from tollbook.provisioning.connections import connect
from tollbook.site.tests.world import World
from tollbook.webhooks.actions import add
from tollbook.webhooks.queries import Holder

#: What is posted, by what is done; names in braces are ids of the world.
ACTS = {
    "a refund": "/staff/payments/{payment}/refund/",
    "a refund that was made by hand": "/staff/payments/{payment}/confirm/",
    "a write-off": "/staff/invoices/{invoice}/write-off/",
    "a role": "/staff/users/{user}/grant/",
    "an approval": "/staff/approvals/apr_x/decide/",
    "a customer's portal": "/staff/customers/{customer}/visit/",
    "an account of Stripe": "/staff/gateway_stripe/do/connect/",
    "a connection": "/staff/connections/new/{brand}/console/",
    "what a connection is set to": "/staff/connections/{connection}/configure/",
    "a secret of webhooks": "/staff/webhooks/{webhook}/secret/",
    "another secret of webhooks": "/staff/webhooks/{webhook}/rotate/",
}


def addresses(world: World) -> dict[str, str]:
    from decimal import Decimal

    world.plan("flat", world.monthly("49"))
    acme = world.customer().buys("flat")
    world.on("2026-06-01").close()
    payment = receive(acme.row, Money(Decimal("10"), "EUR"), "manual", "r")
    ids = {
        "payment": payment.public_id,
        "invoice": acme.invoices[0].public_id,
        "user": person("cy@harbour.example").public_id,
        "customer": acme.row.public_id,
        "brand": world.brand.public_id,
        "connection": connect(world.brand, "console", "Console", {}).public_id,
        "webhook": add(Holder(world.brand, None), "https://shop.example/hooks").endpoint.public_id,
    }
    return {what: address.format(**ids) for what, address in ACTS.items()}


def test_a_session_left_open_does_none_of_them(world: World) -> None:
    here, client = addresses(world), Client()
    client.force_login(User.objects.create_user("ada@harbour.example", name="Ada", staff_role="administrator"))
    before = AuditEntry.objects.count()
    asked = {what: client.post(address, {"reason": "x", "amount": "1"}) for what, address in here.items()}
    assert {what: answer.status_code for what, answer in asked.items()} == dict.fromkeys(here, 302)
    assert {answer["Location"].partition("?")[0] for answer in asked.values()} == {"/account/login/"}
    assert AuditEntry.objects.count() == before


def test_who_proved_it_gets_on(world: World) -> None:
    here, client = addresses(world), Client()
    client.force_login(User.objects.create_user("ada@harbour.example", name="Ada", staff_role="administrator"))
    proven(client)
    answer = client.post(here["a write-off"], {"reason": "Gone abroad", "key": "w"})
    assert answer["Location"].startswith("/staff/invoices/")
    assert AuditEntry.objects.filter(actor="ada@harbour.example").exists()


@pytest.mark.parametrize(("age", "gets_on"), [(-5, True), (5, False)])
def test_it_counts_for_a_quarter_of_an_hour(world: World, age: int, gets_on: bool) -> None:
    here: Any = addresses(world)
    client = Client()
    client.force_login(User.objects.create_user("ada@harbour.example", name="Ada", staff_role="administrator"))
    proven(client)
    session = client.session
    for each in session["account_authentication_methods"]:
        each["at"] -= settings.ACCOUNT_REAUTHENTICATION_TIMEOUT + age
    session.save()
    answer = client.post(here["a write-off"], {"reason": "Gone abroad", "key": "w"})
    assert answer["Location"].startswith("/staff/invoices/") is gets_on
