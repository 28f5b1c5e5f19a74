"""What the routes do when nothing is wrong."""

from decimal import Decimal

import pytest

from tollbook.api.tests.conftest import Caller, customer_key
from tollbook.customers.models import CustomerGroup
from tollbook.identity.models import AuditEntry
from tollbook.invoicing.models import Invoice
from tollbook.metering.models import UsageBatch, UsageConflict, UsageEvent
from tollbook.metering.queries import meters
from tollbook.site.tests.world import World


def test_usage_single_and_batch(world: World, admin: Caller) -> None:
    world.meter("sms")
    acme = world.customer("acme").row
    event = {"id": "e1", "customer": acme.public_id, "meter": "sms", "quantity": "1.50", "at": "2026-05-01T08:30:00Z"}
    single = admin.post("/usage", event)
    assert single.status_code == 200
    assert single.json() == {
        "accepted": 1,
        "repeated": 0,
        "conflicting": 0,
        "refused": 0,
        "results": [{"source": "api", "id": "e1", "result": "accepted"}],
    }
    batch = [{**event, "quantity": 1}, {**event, "quantity": "1.5"}, {**event, "id": "e2"}, {**event, "source": "crm"}]
    answer = admin.post("/usage", {"events": batch}, key="").json()
    assert [r["result"] for r in answer["results"]] == ["conflict", "repeated", "accepted", "accepted"]
    assert (answer["accepted"], answer["repeated"], answer["conflicting"]) == (2, 1, 1)
    assert UsageEvent.objects.count() == 3
    assert UsageConflict.objects.get().body["quantity"] == "1"
    assert set(UsageBatch.objects.values_list("door", flat=True)) == {"api"}
    assert UsageBatch.objects.order_by("-pk")[0].actor.startswith("administrator@harbour.example (key:key_")


def test_usage_is_read_hour_by_hour(world: World, admin: Caller) -> None:
    world.meter("sms", "sum", "country").meter("seats", "max").meter("calls", "count")
    acme = world.customer("acme")
    acme.uses("sms", 2, "2026-05-01 08:10", country="de").uses("sms", 3, "2026-05-01 08:50", country="de")
    acme.uses("sms", 5, "2026-05-01 08:50", country="fr").uses("seats", 4, "2026-05-01 08:00")
    acme.uses("seats", 3, "2026-05-01 08:20").uses("calls", 1, "2026-05-02 00:00").uses("calls", 1, "2026-05-02 00:00")
    world.on("2026-05-03")
    query = {"customer": acme.row.public_id}
    rows = admin.get("/usage", **query).json()["data"]
    assert [(r["hour"], r["meter"], r["dimensions"], r["events"], r["quantity"]) for r in rows] == [
        ("2026-05-01T08:00:00Z", "seats", {}, 2, "4"),
        ("2026-05-01T08:00:00Z", "sms", {"country": "de"}, 2, "5"),
        ("2026-05-01T08:00:00Z", "sms", {"country": "fr"}, 1, "5"),
        ("2026-05-02T00:00:00Z", "calls", {}, 2, "2"),
    ]
    paged: list[object] = []
    cursor: str | None = ""
    for _ in range(4):
        found = admin.get("/usage", **query, limit=1, **({"cursor": cursor} if cursor else {})).json()
        paged += found["data"]
        cursor = found["next"]
    assert paged == rows and cursor is None
    only = admin.get("/usage", **query, meter="sms", start="2026-05-01T00:00:00Z", end="2026-05-02T00:00:00Z")
    assert [r["quantity"] for r in only.json()["data"]] == ["5", "5"]
    for wrong in ("e30", "WzFd", "W10", "bm90IGpzb24"):
        assert admin.get("/usage", **query, cursor=wrong).json()["code"] == "bad_cursor"
    for span in ({"start": "2026-05-02T00:00:00Z", "end": "2026-05-02T00:00:00Z"}, {"start": "2020-01-01T00:00:00Z"}):
        assert [p["code"] for p in admin.get("/usage", **query, **span).json()["problems"]] == ["span_wrong"]


def test_meters(world: World, admin: Caller) -> None:
    world.meter("sms", "sum", "country").meter("seats", "max")
    first = admin.get("/meters", limit=1).json()
    second = admin.get("/meters", limit=1, cursor=first["next"]).json()
    assert [row["code"] for row in first["data"] + second["data"]] == ["sms", "seats"]
    assert second["next"] is None
    assert first["data"][0]["dimensions"] == ["country"]
    assert len(meters()) == 2


def test_a_customer_is_added_once(world: World, admin: Caller) -> None:
    group = CustomerGroup.objects.create(brand=world.brand, code="gold", name="Gold")
    body = {
        "brand": world.brand.public_id,
        "name": " Acme ",
        "reference": "crm-7",
        "email": "ann@acme.example",
        "zone": "Asia/Kolkata",
        "group": group.public_id,
        "profile": {"country": "IE", "vat_id": "IE1234567FA"},
        "projects": [{"reference": "p1", "name": "One"}],
    }
    answer = admin.post("/customers", body)
    assert answer.status_code == 201, answer.json()
    made = answer.json()
    assert admin.get(f"/customers/{made['id']}").json() == made
    assert (made["name"], made["currency"], made["zone"], made["group"]) == (
        "Acme",
        "EUR",
        "Asia/Kolkata",
        group.public_id,
    )
    assert made["profile"] == {
        "legal_name": "Acme",
        "street": "",
        "city": "",
        "postcode": "",
        "country": "IE",
        "region": "",
        "vat_id": "IE1234567FA",
        "exempt_reason": "",
        "email": "ann@acme.example",
    }
    entry = AuditEntry.objects.get(verb="customer.add")
    assert (entry.subject, entry.door) == (made["id"], "api")
    again = admin.post("/customers", body)
    assert (again.status_code, again.json()["code"]) == (409, "reference_taken")
    assert again.json()["details"] == {"customer": made["id"]}
    assert [row["id"] for row in admin.get("/customers", reference="crm-7").json()["data"]] == [made["id"]]
    assert admin.get("/customers", reference="crm-8").json() == {"data": [], "next": None}
    stray = {**body, "reference": "x", "group": "grp_" + "a" * 24}
    assert admin.post("/customers", stray).json()["code"] == "group_not_found"
    assert admin.post("/customers", {**stray, "brand": "brd_" + "a" * 24}).json()["code"] == "brand_not_found"


def test_the_catalogue_in_words(world: World, admin: Caller) -> None:
    world.meter("sms")
    world.plan("cloud", world.monthly("49.00"), world.metered("sms", "0.0043", allowance="100"))
    world.plan("later", world.monthly("5"), valid_from="2027-01-01")
    caller = customer_key(world.customer("acme").row.pk)
    for each in (admin, caller):
        assert [row["code"] for row in each.get("/products").json()["data"]] == ["cloud", "later"]
        cloud, later = each.get("/plans").json()["data"]
        assert (cloud["version"]["number"], later["version"]) == (1, None)
        assert each.get(f"/plans/{cloud['id']}").json() == cloud
        assert each.get("/plans", product=cloud["product"]).json()["data"] == [cloud]
        prices = each.get(f"/plans/{cloud['id']}/prices").json()["data"]
        assert [(p["code"], p["kind"], p["currency"]) for p in prices] == [
            ("fee", "recurring", "EUR"),
            ("sms", "metered", "EUR"),
        ]
        assert any("49" in words for words in prices[0]["words"])
        assert any("0.0043" in words for words in prices[1]["words"])
        assert prices[1]["terms"]["unit_price"] == "0.0043"
        assert each.get(f"/plans/{later['id']}/prices").json() == {"data": [], "next": None}
        assert each.get("/plans/pln_none").json()["code"] == "plan_not_found"


def test_a_subscription_is_started(world: World, admin: Caller) -> None:
    version = world.plan("cloud", world.monthly("49"))
    acme = world.customer("acme").row
    body = {"customer": acme.public_id, "plan": version.plan.public_id, "at": "2026-05-12T00:00:00+02:00"}
    answer = admin.post("/subscriptions", body, key="s1")
    assert answer.status_code == 201, answer.json()
    made = answer.json()
    assert (made["state"], made["started_at"], made["alignment"]) == ("active", "2026-05-11T22:00:00Z", "calendar")
    assert admin.post("/subscriptions", body, key="s1").json() == made
    assert admin.get(f"/subscriptions/{made['id']}").json() == made
    assert admin.get("/subscriptions", customer=acme.public_id, state="active").json()["data"] == [made]
    assert admin.get("/subscriptions", state="ended").json()["data"] == []
    assert admin.get("/subscriptions/sub_none").json()["code"] == "subscription_not_found"
    assert AuditEntry.objects.get(verb="subscription.start").subject == made["id"]
    early = admin.post("/subscriptions", {**body, "at": "2025-01-01T00:00:00Z"})
    assert (early.status_code, early.json()["code"]) == (404, "no_plan_version")


def test_wallets_and_movements(busy: World, admin: Caller) -> None:
    wallet = admin.get("/wallets").json()["data"][0]
    assert admin.get(f"/wallets/{wallet['id']}").json() == wallet
    amounts = {name: Decimal(wallet[name]["amount"]) for name in ("balance", "held", "credit_limit", "available")}
    assert amounts["available"] == amounts["balance"] - amounts["held"] + amounts["credit_limit"]
    path = f"/wallets/{wallet['id']}/movements"
    rows = admin.get(path).json()["data"]
    assert rows[-1]["kind"] == "top_up" and rows[-1]["amount"] == {"amount": "20.00", "currency": "EUR"}
    assert rows[0]["balance_after"] == wallet["balance"]
    assert sum(Decimal(row["amount"]["amount"]) for row in rows) == amounts["balance"]
    drawn = [row for row in rows if row["kind"] == "draw"]
    assert drawn and all(row["burns"] for row in drawn)
    paged, cursor = [], ""
    while True:
        found = admin.get(path, limit=2, **({"cursor": cursor} if cursor else {})).json()
        paged += found["data"]
        if not (cursor := found["next"]):
            break
    assert paged == rows
    for wrong in ("YWJj", "W10", "WyJhIl0", "WyJhIiwgMV0", "WyJhIiwgImIiXQ", "MQ", "%00"):
        refused = admin.get(path, cursor=wrong)
        assert refused.json()["code"] == "bad_cursor", wrong


def test_invoices(busy: World, admin: Caller) -> None:
    stored = list(Invoice.objects.order_by("-issued_on", "-pk"))
    rows = admin.get("/invoices").json()["data"]
    assert [row["id"] for row in rows] == [invoice.public_id for invoice in stored]
    first = admin.get("/invoices", limit=1).json()
    rest = admin.get("/invoices", limit=100, cursor=first["next"]).json()
    assert first["data"] + rest["data"] == rows
    newest = stored[0]
    full = admin.get(f"/invoices/{newest.public_id}").json()
    assert {**rows[0], "taxes": full["taxes"]} == full
    assert sum(Decimal(group["tax"]["amount"]) for group in full["taxes"]) == newest.tax
    lines = admin.get(f"/invoices/{newest.public_id}/lines").json()["data"]
    assert [line["position"] for line in lines] == list(range(1, len(lines) + 1))
    assert sum(Decimal(line["net"]["amount"]) for line in lines) == newest.net
    days = {str(invoice.issued_on) for invoice in stored}
    for day in days:
        found = admin.get("/invoices", issued_from=day, issued_to=day).json()["data"]
        assert {row["issued_on"] for row in found} == {day}
    assert {row["state"] for row in admin.get("/invoices", state="paid").json()["data"]} <= {"paid"}


@pytest.mark.parametrize(("format", "head"), [("pdf", b"%PDF-"), ("xml", b"<?xml")])
def test_documents(busy: World, admin: Caller, format: str, head: bytes) -> None:
    invoice = Invoice.objects.order_by("pk")[0]
    first = admin.get(f"/invoices/{invoice.public_id}/{format}")
    assert first.status_code == 200
    assert first.content.startswith(head)
    assert first["Content-Type"] == f"application/{format}"
    assert first["Content-Disposition"] == f'attachment; filename="{invoice.label}.{format}"'
    assert admin.get(f"/invoices/{invoice.public_id}/{format}").content == first.content


def test_why(busy: World, admin: Caller) -> None:
    invoice = Invoice.objects.order_by("pk")[0]
    told = admin.get(f"/invoices/{invoice.public_id}/explain").json()
    assert (told["id"], told["label"], told["check"]) == (invoice.public_id, invoice.label, True)
    assert Decimal(told["total"]) == invoice.total
    lines = list(invoice.lines.order_by("position"))
    assert [line["id"] for line in told["lines"]] == [line.public_id for line in lines]
    for line in lines:
        alone = admin.get(f"/lines/{line.public_id}/explain").json()
        assert (alone["id"], alone["check"]) == (line.public_id, True)
    nothing = admin.get("/lines/lin_none/explain")
    assert (nothing.status_code, nothing.json()["code"]) == (404, "line_not_found")
