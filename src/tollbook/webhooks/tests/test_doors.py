"""Webhooks in the API and the portals: what each can do, and that nobody reaches another's."""

import re
from typing import Any

import pytest
from django.test import Client
from standardwebhooks.webhooks import Webhook

from tollbook.api.tests.conftest import Caller, customer_key, staff_key
from tollbook.customers.models import Membership
from tollbook.identity.models import AuditEntry, StaffRole, User
from tollbook.identity.tests.people import proven
from tollbook.site.tests.world import World
from tollbook.webhooks.models import Delivery, Endpoint
from tollbook.webhooks.tests.conftest import Post
from tollbook.webhooks.tests.receiver import Receiver, answering

URL = "https://shop.example/hooks"


@pytest.fixture
def acme(post: Post) -> Caller:
    return customer_key(post.customer.pk)


def made(caller: Caller, post: Post, url: str = URL, **more: Any) -> Any:
    answer = caller.post(f"/customers/{post.customer.public_id}/webhooks", {"url": url, **more})
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_customer_keeps_its_webhooks(acme: Caller, post: Post, receiver: Receiver) -> None:
    post.settings.OUTBOUND_ALLOW = frozenset({receiver.address})
    found = made(acme, post, receiver.url, kinds=["wallet.low"], description="The shop")
    at = f"/webhooks/{found['id']}"
    assert (found["state"], found["kinds"], found["customer"]) == ("active", ["wallet.low"], post.customer.public_id)
    assert acme.get(f"/customers/{post.customer.public_id}/webhooks").json() == [found]
    secret = acme.get(f"{at}/secret").json()["secret"]
    post.tell()
    receiver.acts = [answering(500)]
    post.send()
    (row,) = acme.get(f"{at}/deliveries").json()["data"]
    assert (row["state"], row["kind"], [t["status"] for t in row["attempts"]]) == ("waiting", "wallet.low", [500])
    assert row["request"].encode() == receiver.got[0].body
    Webhook(secret).verify(receiver.got[0].body, receiver.got[0].headers)
    rotated = acme.post(f"{at}/rotate", {}).json()
    assert rotated["old_secret_until"] == "2026-05-02T00:00:00Z"
    assert acme.get(f"{at}/secret").json()["secret"] != secret
    changed = acme.put(at, {"url": URL}).json()
    assert (changed["url"], changed["kinds"], changed["description"]) == (URL, [], "")
    assert acme.post(f"{at}/state", {"state": "paused"}).json()["state"] == "paused"
    test = acme.post(f"{at}/test", {})
    assert (test.status_code, test.json()["kind"]) == (201, "webhook.test")
    replayed = acme.post(f"{at}/replay", {"since": "2026-05-01T00:00:00Z", "until": "2026-05-02T00:00:00Z"}).json()
    assert replayed == {"deliveries": 0}  # all of it is under way
    assert acme.post(f"{at}/state", {"state": "removed"}).json()["state"] == "removed"
    assert acme.get(at).status_code == 404
    verbs = list(AuditEntry.objects.filter(verb__startswith="webhook").order_by("pk").values_list("verb", flat=True))
    assert verbs == [f"webhook.{verb}" for verb in "add reveal rotate reveal change paused test replay removed".split()]


def test_a_delivery_is_replayed(acme: Caller, post: Post, receiver: Receiver) -> None:
    post.add(receiver)
    post.tell()
    post.send()
    row = Delivery.objects.get()
    at = f"/webhook-deliveries/{row.public_id}/replay"
    assert acme.post(at, {}).json()["replay"] == 1
    again = Delivery.objects.get(replay=1)
    busy = acme.post(f"/webhook-deliveries/{again.public_id}/replay", {})
    assert (busy.status_code, busy.json()["code"]) == (409, "delivery_under_way")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"url": "http://shop.example/"}, "bad_url"),
        ({"url": "https://127.0.0.1/"}, "bad_url"),
        ({"url": URL, "kinds": ["invoice.burnt"]}, "unknown_event_kind"),
        ({"url": URL, "kinds": ["webhook.test"]}, "unknown_event_kind"),
    ],
)
def test_what_is_refused(acme: Caller, post: Post, body: dict[str, Any], code: str) -> None:
    answer = acme.post(f"/customers/{post.customer.public_id}/webhooks", body)
    assert (answer.status_code, answer.json()["code"], Endpoint.objects.count()) == (409, code, 0)


def test_a_customer_has_twenty_at_most(acme: Caller, post: Post) -> None:
    for _ in range(20):
        made(acme, post)
    answer = acme.post(f"/customers/{post.customer.public_id}/webhooks", {"url": URL})
    assert (answer.status_code, answer.json()["code"], Endpoint.objects.count()) == (409, "too_many_webhooks", 20)


def test_nobody_reaches_anothers(acme: Caller, post: Post, world: World, receiver: Receiver) -> None:
    mine = post.add(receiver).endpoint
    brands = post.add(receiver, brand=True).endpoint
    post.tell()
    post.send()
    row = Delivery.objects.get(endpoint=mine)
    bolt = customer_key(world.customer("bolt").row.pk)
    for caller, found in ((bolt, mine), (acme, brands)):
        at = f"/webhooks/{found.public_id}"
        answers = [
            caller.get(at), caller.get(f"{at}/secret"), caller.get(f"{at}/deliveries"), caller.put(at, {"url": URL}),
            caller.post(f"{at}/state", {"state": "removed"}), caller.post(f"{at}/rotate", {}),
            caller.post(f"{at}/test", {}),
            caller.post(f"{at}/replay", {"since": "2026-05-01T00:00:00Z", "until": "2026-06-01T00:00:00Z"}),
        ]  # fmt: skip
        assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "webhook_not_found")}
    assert bolt.get(f"/customers/{post.customer.public_id}/webhooks").status_code == 404
    assert Endpoint.objects.filter(state="active").count() == 2
    assert bolt.post(f"/webhook-deliveries/{row.public_id}/replay", {}).status_code == 404
    of_brand = Delivery.objects.get(endpoint=brands)
    assert acme.post(f"/webhook-deliveries/{of_brand.public_id}/replay", {}).status_code == 404
    assert Delivery.objects.count() == 2


def test_scopes_are_asked_for(post: Post) -> None:
    reader = customer_key(post.customer.pk, ["webhooks:read"])
    at = f"/customers/{post.customer.public_id}/webhooks"
    assert [reader.get(at).status_code, reader.post(at, {"url": URL}).status_code] == [200, 403]
    found = made(customer_key(post.customer.pk, ["webhooks:write"]), post)
    assert reader.get(f"/webhooks/{found['id']}/secret").status_code == 403


def test_staff_keep_those_of_a_brand(acme: Caller, post: Post, world: World) -> None:
    at = f"/brands/{world.brand.public_id}/webhooks"
    admin = staff_key(StaffRole.ADMINISTRATOR)
    assert admin.post(at, {"url": URL}).json()["customer"] is None
    assert len(admin.get(at).json()) == 1
    assert staff_key(StaffRole.SUPPORT).post(at, {"url": URL}).status_code == 403
    assert [acme.get(at).status_code, acme.post(at, {"url": URL}).status_code] == [403, 403]


def test_the_catalogue_is_shown(acme: Caller) -> None:
    kinds = {each["kind"]: each for each in acme.get("/event-kinds").json()}
    assert kinds["invoice.paid"]["payload_example"]["data"]["open"] == "0"
    assert kinds["invoice.paid"]["payload_schema"]["title"] == "invoice.paid"


def member(post: Post, role: str, name: str) -> Client:
    user = User.objects.create_user(f"{name}@acme.example", name=name.title())
    Membership.objects.create(customer=post.customer, user=user, role=role)
    client = Client()
    client.force_login(user)
    return client


def words(response: Any) -> str:
    text = response.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", text[text.index("<main") :]).split())


def test_the_portal(post: Post, receiver: Receiver, world: World) -> None:
    post.settings.OUTBOUND_ALLOW = frozenset({receiver.address})
    owner = member(post, "owner", "olga")
    sent = owner.post("/portal/webhooks/", {"url": receiver.url, "kinds": ["wallet.low"], "description": "The shop"})
    found = Endpoint.objects.get()
    page = f"/portal/webhooks/{found.public_id}/"
    assert sent.headers["Location"] == page
    assert "The shop" in words(owner.get("/portal/webhooks/"))
    secret = re.search(r"whsec_\S+", words(owner.post(f"{page}secret/")))
    assert secret is not None
    post.tell()
    receiver.acts = [answering(404)]
    post.send()
    row = Delivery.objects.get()
    shown = words(owner.get(f"{page}deliveries/{row.public_id}/"))
    assert "&quot;balance&quot;: &quot;4.20&quot;" in shown and "404" in shown
    Webhook(secret[0]).verify(receiver.got[0].body, receiver.got[0].headers)
    for name in ("test", "pause", "resume", "rotate"):
        assert owner.post(f"{page}{name}/").headers["Location"] == page
    world.on("2026-05-02")
    post.send()
    assert "wallet.low" in words(owner.get(page))
    owner.post(f"{page}deliveries/{row.public_id}/")
    assert Delivery.objects.filter(replay=1, fact__isnull=False).count() == 1
    post.send()
    owner.post(f"{page}replay/", {"first": "2026-05-01", "last": "2026-05-02", "all": "true"})
    assert Delivery.objects.filter(replay=2).count() == 1
    owner.post(f"{page}change/", {"url": URL, "description": "", "kinds": []})
    owner.post(f"{page}remove/")
    found.refresh_from_db()
    assert (found.url, found.state) == (URL, "removed")
    assert owner.get(page).status_code == 404


def test_strangers_and_readers_do_not_see_it(post: Post, receiver: Receiver, world: World) -> None:
    found = post.add(receiver).endpoint
    brands = post.add(receiver, brand=True).endpoint
    post.tell()
    post.send()
    row = Delivery.objects.get(endpoint=found)
    bolt = Post(world.customer("bolt").row, post.settings)
    readers = {"owner": member(bolt, "owner", "bea"), "read_only": member(post, "read_only", "rob")}
    pages = ["", "secret/", "test/", "rotate/", "remove/", f"deliveries/{row.public_id}/"]
    for client in readers.values():
        for name in pages:
            assert client.post(f"/portal/webhooks/{found.public_id}/{name}").status_code in (404, 405)
        assert client.get(f"/portal/webhooks/{found.public_id}/").status_code == 404
        assert client.get(f"/portal/webhooks/{found.public_id}/deliveries/{row.public_id}/").status_code == 404
    owner = member(post, "owner", "olga")
    assert owner.get(f"/portal/webhooks/{brands.public_id}/").status_code == 404
    assert Endpoint.objects.filter(state="active").count() == 2


def test_staff_pages(post: Post, receiver: Receiver, world: World, portal: Any) -> None:
    found = post.add(receiver).endpoint
    brands = post.add(receiver, brand=True).endpoint
    post.tell()
    post.send()
    row = Delivery.objects.get(endpoint=found)
    pages = portal(post.customer)
    for at in ("", f"{found.public_id}/", f"{brands.public_id}/", f"{found.public_id}/deliveries/{row.public_id}/"):
        assert pages.seen_by(f"/staff/webhooks/{at}") == (200, 404, "/account/login/")
    assert "4.20" in pages.read(f"/staff/webhooks/{found.public_id}/deliveries/{row.public_id}/")
    assert receiver.url in pages.read(f"/staff/brands/{world.brand.public_id}/")
    assert receiver.url in pages.read(f"/staff/customers/{post.customer.public_id}/")
    # A viewer looks and does nothing.
    assert pages.staff.post(f"/staff/webhooks/{found.public_id}/pause/").status_code == 404
    admin = Client()
    admin.force_login(User.objects.create_user("adm@harbour.example", name="Adm", staff_role="administrator"))
    proven(admin)
    admin.post(f"/staff/webhooks/{found.public_id}/pause/")
    found.refresh_from_db()
    assert found.state == "paused"
    for name in ("secret", "rotate", "remove"):
        assert admin.post(f"/staff/webhooks/{found.public_id}/{name}/").status_code == 404
    assert "whsec_" in words(admin.post(f"/staff/webhooks/{brands.public_id}/secret/"))
    admin.post(f"/staff/webhooks/of/{world.brand.public_id}/", {"url": URL, "kinds": "invoice.paid\ninvoice.issued"})
    assert Endpoint.objects.get(url=URL).kinds == ["invoice.issued", "invoice.paid"]
    admin.post(f"/staff/webhooks/{found.public_id}/deliveries/{row.public_id}/replay/")
    assert Delivery.objects.filter(replay=1).count() == 1
