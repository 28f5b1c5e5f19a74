"""Ordering in the portal, on staff pages and over the API."""

from collections.abc import Callable

from django.test import Client

from tollbook.api.tests.conftest import customer_key, staff_key
from tollbook.identity.models import StaffRole
from tollbook.orders import actions
from tollbook.orders.models import Offer, Order
from tollbook.orders.tests.conftest import ADA, Shopper
from tollbook.provisioning import connections
from tollbook.provisioning.connectors.base import Spec
from tollbook.provisioning.tests.test_doors import reader, said, staff

Make = Callable[..., Shopper]


def test_a_customer_orders(shop: Make) -> None:
    acme = shop()
    client = reader(acme)
    assert "Order something" in said(client, "/portal/orders/")
    page = said(client, "/portal/orders/new/")
    assert "Our server" in page and "Secret" not in page
    server, support = (acme.world.plans[code].plan.public_id for code in ("server", "support"))
    chosen = {f"quantity-{server}": "1", f"quantity-{support}": "2", "key": "k", "code": ""}
    for _ in range(2):
        sent = client.post("/portal/orders/new/", chosen)
    order = Order.objects.get()
    own = f"/portal/orders/{order.public_id}/"
    assert (sent.headers["Location"], order.lines.count()) == (own, 3)
    page = said(client, own)
    assert "161.13" in page and "Order with obligation to pay" in page and "paid before it is set up" in page
    client.post(f"{own}place/")
    page = said(client, own)
    assert "waits for its invoice" in page and "Pay HARBOUR-2026-000001" in page
    acme.pays(acme.again(order).invoice)
    acme.goes_on()
    page = said(client, own)
    assert "Its service" in page and acme.became(order)[0] == "done"
    assert order.public_id in said(client, "/portal/orders/")


def test_what_is_wrong_is_told_on_the_page(shop: Make) -> None:
    acme = shop()
    client = reader(acme)
    server = acme.world.plans["server"].plan.public_id
    for typed, told in (
        ("99", "99 is not from 1 to 20"),
        ("many", "0 is not from 1 to 20"),
        ("0", "at least one plan"),
    ):
        client.post("/portal/orders/new/", {f"quantity-{server}": typed, "key": typed})
        assert told in said(client, "/portal/orders/new/")
    order = acme.drafts()
    acme.world.on("2026-05-20")
    own = f"/portal/orders/{order.public_id}/"
    client.post(f"{own}place/")
    assert "would cost" in said(client, own)
    client.post(f"{own}estimate/")
    client.post(f"{own}place/")
    assert acme.again(order).state == "accepted"
    client.post(f"{own}cancel/")
    assert "Cancelled by the customer" in said(client, own)


def test_options_are_asked_for(shop: Make) -> None:
    acme = shop()
    plan = acme.world.plans["server"].plan
    connections.deliver(plan, acme.connection, Spec("server", {}), asks=["host name"])
    client = reader(acme)
    assert "Host name" in said(client, "/portal/orders/new/")
    client.post("/portal/orders/new/", {
        f"quantity-{plan.public_id}": "1", f"option-{plan.public_id}-host name": "web1", "key": "k",
    })  # fmt: skip
    assert Order.objects.get().lines.get().options == {"host name": "web1"}


def test_three_people_and_a_reader(shop: Make) -> None:
    acme, bolt = shop(), shop("bolt")
    order = acme.drafts()
    own = f"/portal/orders/{order.public_id}/"
    stranger, technical = reader(bolt, email="stranger@bolt.example"), reader(acme, "technical", "tim@acme.example")
    for name in ("", "place/", "estimate/", "cancel/"):
        method = "post" if name else "get"
        assert getattr(stranger, method)(own + name).status_code == 404
        assert getattr(Client(), method)(own + name).status_code == 302
    assert order.public_id not in said(stranger, "/portal/orders/")
    assert "Order with obligation" not in said(technical, own)
    assert technical.post(f"{own}place/").status_code == technical.get("/portal/orders/new/").status_code == 404
    assert acme.again(order).state == "draft"


def test_staff_accept_and_cancel(shop: Make) -> None:
    acme = shop(accept="by_people", payment="on_account")
    first, second = acme.places(), acme.places()
    client = staff()
    assert "Orders to accept" in said(client, "/staff/") and first.public_id in said(client, "/staff/orders/")
    page = f"/staff/orders/{first.public_id}/"
    assert "Accept it" in said(client, page)
    client.post(f"{page}accept/")
    assert acme.again(first).state == "provisioning"
    client.post(f"/staff/orders/{second.public_id}/cancel/", {"reason": ""})
    assert acme.again(second).state == "placed"
    client.post(f"/staff/orders/{second.public_id}/cancel/", {"reason": "no room"})
    assert acme.again(second).state == "cancelled"
    assert "Cancel it" not in said(client, page) and "Orders" in said(
        client, f"/staff/customers/{acme.party.row.public_id}/"
    )
    viewer = staff("viewer")
    assert "Accept it" not in said(viewer, page) and viewer.post(f"{page}accept/").status_code == 404


def test_staff_offer_plans(shop: Make) -> None:
    acme, client = shop(), staff("catalogue")
    secret = acme.world.plans["secret"].plan
    assert "Our support" in said(client, "/staff/orders/offers/")
    client.post("/staff/orders/offers/add/", {"plan": secret.public_id, "text": "No secret", "position": "5"})
    assert (Offer.objects.get(plan=secret).position, Offer.objects.count()) == (5, 3)
    client.post("/staff/orders/offers/withdraw/", {"plan": secret.public_id})
    client.post("/staff/orders/offers/add/", {"plan": "pln_none"})
    assert "choose one" in said(client, "/staff/orders/offers/") and Offer.objects.count() == 2
    assert staff("support").post("/staff/orders/offers/withdraw/", {"plan": secret.public_id}).status_code == 404


def test_orders_over_the_api(shop: Make) -> None:
    acme = shop(accept="by_people")
    mine, seller, viewer = customer_key(acme.party.row.pk), staff_key(StaffRole.SUPPORT), staff_key(StaffRole.VIEWER)
    body = {"lines": [{"plan": acme.world.plans["server"].plan.public_id}]}
    made = mine.post("/orders", body, key="o1")
    assert made.status_code == 201
    order = Order.objects.get()
    assert made.json() == {
        "id": order.public_id, "customer": acme.party.row.public_id, "state": "draft", "payment": "", "currency": "EUR",
        "net": "131.00", "tax": "30.13", "total": "161.13", "invoice": None, "note": "",
        "created_at": "2026-05-01T00:00:00Z", "placed_at": None, "accepted_at": None, "pay_by": None,
        "ended_at": None,
        "lines": [{
            "plan": acme.world.plans["server"].plan.public_id, "plan_version": acme.world.plans["server"].public_id,
            "name": "Server", "months": 1, "code": "", "options": {}, "subscription": None, "service": None,
            "due": [{"name": "Fee", "net": "31.00"}, {"name": "Setup", "net": "100.00"}],
        }],
    }  # fmt: skip
    assert mine.post("/orders", body, key="o1").json() == made.json() and Order.objects.count() == 1
    assert mine.post(f"/orders/{order.public_id}/place", {}).json()["state"] == "placed"
    assert mine.post(f"/orders/{order.public_id}/accept", {}).json()["code"] == "staff_only"
    accepted = seller.post(f"/orders/{order.public_id}/accept", {})
    assert (accepted.json()["state"], accepted.json()["payment"]) == ("accepted", "pay_first")
    assert accepted.json()["invoice"] == acme.again(order).invoice.public_id  # type: ignore[union-attr]
    cancelled = mine.post(f"/orders/{order.public_id}/cancel", {"reason": "Too slow."})
    assert (cancelled.json()["state"], cancelled.json()["note"]) == ("cancelled", "Too slow.")
    assert acme.totals[0] == ("void", "161.13")
    months = mine.post("/orders", {"lines": [{**body["lines"][0], "months": 12}]})
    assert (months.status_code, months.json()["code"]) == (409, "months_by_people")
    assert seller.post("/orders", body).json()["code"] == "customer_missing"
    theirs = {**body, "customer": shop("bolt").party.row.public_id}
    assert mine.post("/orders", theirs).json()["code"] == "customer_not_found"
    assert seller.post("/orders", theirs).status_code == 201
    assert viewer.post("/orders", theirs).json()["code"] == "role_missing"
    assert [o["state"] for o in mine.get("/orders").json()["data"]] == ["cancelled"]
    last = mine.get("/orders").json()["data"][0]
    since = {"changed_since": max(last[name] for name in last if name.endswith("_at") and last[name])}
    assert [o["id"] for o in mine.get("/orders", **since).json()["data"]] == [last["id"]]
    assert mine.get("/orders", changed_since="2027-01-01T00:00:00Z").json()["data"] == []
    assert len(seller.get("/orders", state="draft").json()["data"]) == 1
    assert mine.post(f"/orders/{order.public_id}/estimate", {}).json()["code"] == "order_not_draft"
    assert actions.cancel(order.public_id, reason="again", by=ADA).note == "Too slow."
