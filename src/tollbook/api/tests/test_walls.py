"""The wall between customers: every route that names an object, with a stranger's id and with an id that nobody has.

The routes come from the registry, so a new one is tested the day it is declared; one whose object this test cannot
name fails it.
"""

import re
from decimal import Decimal
from typing import Any
from zlib import crc32

import pytest
from django.db import connection

from tollbook.api.policy import Policy
from tollbook.api.shell import Shell, build
from tollbook.api.tests.conftest import Caller, customer_key
from tollbook.charging.alerts import alert
from tollbook.charging.models import SpendAlert
from tollbook.charging.rules import Threshold
from tollbook.customers.models import Customer
from tollbook.features.actions import set_value
from tollbook.features.registry import Level
from tollbook.identity.actions import create_key
from tollbook.identity.models import ApiKey, AuditEntry
from tollbook.invoicing.models import Invoice, InvoiceLine
from tollbook.kernel.money import Money
from tollbook.metering.holds import hold as hold_units
from tollbook.metering.models import UsageHold
from tollbook.orders.drafting import By, Wish, draft
from tollbook.orders.models import Order
from tollbook.payments.actions import receive
from tollbook.payments.deposits import open_for
from tollbook.payments.methods import keep
from tollbook.payments.models import Deposit, Method, Payment, Proforma, Setup
from tollbook.payments.proformas import issue_due
from tollbook.payments.protocol import Saved
from tollbook.payments.saving import set_up
from tollbook.provisioning.actions import provide
from tollbook.provisioning.connections import connect, deliver
from tollbook.provisioning.connectors.base import Spec
from tollbook.provisioning.models import Operation, Service
from tollbook.site.tests.world import World
from tollbook.subscriptions.actions import start
from tollbook.subscriptions.models import Subscription
from tollbook.wallets.models import GrantPlan, Hold, Movement, Wallet
from tollbook.webhooks.actions import add as add_webhook
from tollbook.webhooks.models import Delivery, Endpoint
from tollbook.webhooks.queries import Holder

MODELS = {
    "payment": (Payment, "customer_id"),
    "proforma": (Proforma, "customer_id"),
    "alert": (SpendAlert, "customer_id"),
    "customer": (Customer, "pk"),
    "invoice": (Invoice, "customer_id"),
    "line": (InvoiceLine, "customer_id"),
    "subscription": (Subscription, "customer_id"),
    "wallet": (Wallet, "customer_id"),
    "hold": (Hold, "wallet__customer_id"),
    "grant_plan": (GrantPlan, "wallet__customer_id"),
    "method": (Method, "customer_id"),
    "setup": (Setup, "customer_id"),
    "service": (Service, "customer_id"),
    "operation": (Operation, "service__customer_id"),
    "order": (Order, "customer_id"),
    "key": (ApiKey, "customer_id"),
    "deposit": (Deposit, "customer_id"),
    "usage_hold": (UsageHold, "customer_id"),
    "webhook": (Endpoint, "customer_id"),
    "delivery": (Delivery, "endpoint__customer_id"),
}
# Objects of the catalogue and of the installation belong to no customer.
OPEN = {"plan_id", "promotion_id", "key", "brand_id"}
LISTS = {
    "/customers": "id",
    "/invoices": "customer",
    "/orders": "customer",
    "/payments": "customer",
    "/proformas": "customer",
    "/payment-methods": "customer",
    "/services": "customer",
    "/subscriptions": "customer",
    "/wallets": "customer",
}


def routes() -> list[tuple[str, str, Policy]]:
    """(method, path, policy) of every operation."""
    api: Shell = build()
    policies = api.policies()
    found = []
    for bound in api._get_bound_routers():
        for path, view in bound.path_operations.items():
            for operation in view.operations:
                name = operation.operation_id or ""
                found += [(method, f"{bound.prefix}{path}", policies[name]) for method in operation.methods]
    return found


BODIES = {
    "/invoices/{invoice_id}/payments": {"amount": "5", "gateway": "test"},
    "/proformas/{proforma_id}/payments": {"gateway": "test"},
    "/customers/{customer_id}/spend-alerts": {"amount": "5"},
    "/customers/{customer_id}/budget": {"amount": "5"},
    "/spend-alerts/{alert_id}/end": {},
    "/wallets/{wallet_id}/auto-top-up": {"threshold": "1", "amount": "5", "daily_cap": "9"},
    "/wallets/{wallet_id}/auto-top-up/stop": {},
    "/payment-methods/{method_id}/default": {},
    "/payment-methods/{method_id}/remove": {},
    "/wallets/{wallet_id}/payments": {"amount": "5", "currency": "EUR", "gateway": "test"},
    "/services/{service_id}/stop": {},
    "/services/{service_id}/resume": {},
    "/orders/{order_id}/estimate": {},
    "/orders/{order_id}/place": {},
    "/orders/{order_id}/cancel": {"reason": "By mistake."},
    "/customers/{customer_id}/webhooks": {"url": "https://shop.example/hooks"},
    "/webhooks/{webhook_id}": {"url": "https://shop.example/other"},
    "/webhooks/{webhook_id}/state": {"state": "paused"},
    "/webhooks/{webhook_id}/rotate": {},
    "/webhooks/{webhook_id}/test": {},
    "/webhooks/{webhook_id}/replay": {"since": "2026-05-01T00:00:00Z", "until": "2026-06-01T00:00:00Z"},
    "/webhook-deliveries/{delivery_id}/replay": {},
    "/keys/{key_id}/revoke": {},
    "/deposits/{deposit_id}/payments": {"gateway": "test"},
}


def slots(path: str) -> list[str]:
    return [name for name in re.findall(r"{(\w+)}", path) if name not in OPEN]


def id_of(model: Any, column: str, customer: Customer) -> str:
    found = model.objects.filter(**{column: customer.pk}).order_by("pk").first()
    assert found is not None, f"the world has no {model.__name__} of {customer}"
    return str(found.public_id)


@pytest.fixture
def two(busy: World) -> tuple[Customer, Customer]:
    """acme and bolt: each with a subscription, invoices, lines, a wallet, a hold, credit that comes again, a service and
    an order.
    """
    from tollbook.wallets.actions import open_wallet
    from tollbook.wallets.holds import hold
    from tollbook.wallets.recurring import Cycle, plan_grants

    acme, bolt = Customer.objects.order_by("pk")
    with connection.cursor() as cursor:
        # The busy world ends with checking at once; a payment is booked in several statements.
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    one = Money(Decimal(1), "EUR")
    hold(open_wallet(acme, "EUR", credit_limit=Decimal(1)).pk, one, key="h")
    for wallet in Wallet.objects.all():
        plan_grants(wallet.pk, one, Cycle(busy.now.date()), key="p", name="Bonus")
    for customer in (acme, bolt):
        receive(customer, one, "manual", f"transfer-{customer.pk}")
        hold_units(customer, "sms", Decimal(1), key="h")
        keep(customer.pk, "test", Saved("card", "Card"), busy.now)
        set_up(customer, "test", "EUR", key="s")
    set_value("payments.auto_top_up", True)
    set_value("payments.auto_top_up_daily", {"EUR": "10"})
    _sell(busy, acme, bolt)
    return acme, bolt


def _sell(world: World, *customers: Customer) -> None:
    """A server for each of them, and an order of another one."""
    version = world.plan("server", world.monthly("10", in_advance=True))
    made = connect(world.brand, "console", "Console", {})
    deliver(version.plan, made, Spec("server"), customer_stops=True)
    for customer in customers:
        subscription = start(customer, version, key="server", at=world.now)
        provide(subscription, key="server", at=world.now)
        draft(customer, [Wish(version.plan)], key="order", by=By(people=True))


def ask_first(world: World, *customers: Customer) -> None:
    """Make a proforma, a spend alert, a key and a webhook with a delivery for each."""
    world.plan("ahead", world.monthly("5", in_advance=True))
    set_value("invoicing.proforma_first", True, level=Level.INSTALLATION, scope_id="")
    set_value("customers.signup_payment", True)
    set_value("payments.deposit", {"EUR": "25.00"})
    for customer in customers:
        start(customer, world.plans["ahead"], key="ahead", at=world.now)
        open_for(customer)
        create_key("spare", scopes=["*:read"], customer_id=customer.pk)
        alert(customer, Threshold(amount=Decimal(1000)))
        hook = add_webhook(Holder(customer.brand, customer), "https://shop.example/hooks").endpoint
        past = {"due_at": world.now, "created_at": world.now, "ended_at": world.now}
        Delivery.objects.create(endpoint=hook, object_id="tst_a", state="failed", **past)
    world.charge()
    issue_due()


def test_a_stranger_is_nobody(busy: World, two: tuple[Customer, Customer]) -> None:
    acme, bolt = two
    ask_first(busy, *two)
    caller = customer_key(acme.pk)
    tried, before = 0, set(AuditEntry.objects.values_list("pk", flat=True))
    for method, path, policy in routes():
        for slot in slots(path):
            model, column = MODELS[slot.removesuffix("_id")]
            mine, theirs = id_of(model, column, acme), id_of(model, column, bolt)
            nobodys = theirs[:4] + ("b" if theirs[4] != "b" else "c") + theirs[5:]
            answers = [ask(caller, method, path, slot, each) for each in (theirs, nobodys)]
            expected = 403 if policy.roles is not None else 404
            assert [a[0] for a in answers] == [expected, expected], path
            assert answers[0][1].replace(theirs, "ID") == answers[1][1].replace(nobodys, "ID"), path
            # Of each deposit only what is asked for is open here, and an account that owes one orders nothing.
            if policy.roles is None and (method, path[:8]) != ("POST", "/orders/"):
                assert ask(caller, method, path, slot, mine)[0] in ((200,) if method == "GET" else (200, 201)), path
            tried += 1
    assert tried >= 8
    foreign = AuditEntry.objects.exclude(pk__in=before).exclude(customer_id=acme.pk)
    assert foreign.count() == 0
    assert Movement.objects.filter(kind="top_up").count() == 1


def ask(caller: Caller, method: str, path: str, slot: str, public_id: str) -> tuple[int, str]:
    """Status and body of the answer, the request id taken out."""
    body = None if method == "GET" else BODIES.get(path, {"amount": "5", "currency": "EUR"})
    # Two routes with one key would be a conflict of their own.
    key = f"{public_id}-{crc32(f'{method} {path}'.encode())}"
    headers = {"X-Request-Id": "the-same-one", "Idempotency-Key": key}
    response = caller.send(method, path.replace(f"{{{slot}}}", public_id), body, headers=headers)
    return response.status_code, response.content.decode("utf-8", "replace")


@pytest.mark.parametrize(("path", "field"), LISTS.items())
def test_a_list_shows_ones_own(busy: World, two: tuple[Customer, Customer], path: str, field: str) -> None:
    acme, bolt = two
    ask_first(busy, *two)
    for me, other in ((acme, bolt), (bolt, acme)):
        caller = customer_key(me.pk)
        rows = caller.get(path).json()["data"]
        assert rows and {row[field] for row in rows} == {me.public_id}
        if field == "customer":
            assert caller.get(path, customer=me.public_id).json()["data"] == rows
            refused = caller.get(path, customer=other.public_id)
            nobody = caller.get(path, customer="cus_" + "a" * 24)
            assert refused.status_code == nobody.status_code == 404
            assert refused.json()["code"] == nobody.json()["code"] == "customer_not_found"


def test_usage_shows_ones_own(two: tuple[Customer, Customer]) -> None:
    acme, bolt = two
    meters = {}
    for me, other in ((acme, bolt), (bolt, acme)):
        caller = customer_key(me.pk)
        span = {"start": "2026-05-01T00:00:00Z", "end": "2026-07-01T00:00:00Z"}
        meters[me.reference] = {row["meter"] for row in caller.get("/usage", **span).json()["data"]}
        assert caller.get("/usage", customer=other.public_id, **span).json()["code"] == "customer_not_found"
        theirs = Subscription.objects.exclude(key="server").get(customer=other).public_id
        assert caller.get("/usage", subscription=theirs, **span).json()["data"] == []
    assert meters == {"acme": {"sms", "seats"}, "bolt": {"air"}}


def test_usage_is_sent_for_oneself(two: tuple[Customer, Customer]) -> None:
    acme, bolt = two
    event = {"id": "mine", "meter": "sms", "quantity": "1", "at": "2026-07-01T00:00:00Z"}
    caller = customer_key(acme.pk)
    assert caller.post("/usage", event).json()["accepted"] == 1
    assert caller.post("/usage", {**event, "customer": acme.public_id}).json()["repeated"] == 1
    problems = []
    for theirs in (bolt.public_id, "cus_" + "a" * 24):
        response = caller.post("/usage", {**event, "id": "other", "customer": theirs})
        assert response.status_code == 422
        problems.append([(p["field"], p["code"], p["reason"]) for p in response.json()["problems"]])
    assert problems[0] == problems[1] == [("customer", "customer_not_found", problems[0][0][2])]
    back = caller.post("/usage", {**event, "id": "back", "quantity": "-1"})
    assert [p["code"] for p in back.json()["problems"]] == ["negative_refused"]


def test_a_cursor_of_another_list_is_none(two: tuple[Customer, Customer]) -> None:
    acme, bolt = two
    from tollbook.api.pages import encode

    theirs = encode([Invoice.objects.filter(customer=bolt).order_by("pk")[0].public_id])
    refused = customer_key(acme.pk).get("/invoices", cursor=theirs)
    assert (refused.status_code, refused.json()["code"]) == (409, "bad_cursor")
