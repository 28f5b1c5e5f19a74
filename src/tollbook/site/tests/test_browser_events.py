"""Webhooks and mails in a browser: by the customer and by staff, on a desk and on a phone."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import Browser, expect

from tollbook.customers.models import Membership
from tollbook.identity.models import User
from tollbook.mails.models import Mail
from tollbook.mails.sending import send_due
from tollbook.notifications.actions import hand_on
from tollbook.orders.tests.test_browser import PASSWORD, logged_in, look
from tollbook.site.tests.test_browser_portal import DESK, PHONE, faults, too_wide, unfold
from tollbook.site.tests.world import World
from tollbook.webhooks.delivering import deliver
from tollbook.webhooks.models import Delivery
from tollbook.webhooks.tests.conftest import Post
from tollbook.webhooks.tests.receiver import answering, receiving

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def pages(world: World, settings: Any) -> Iterator[dict[str, list[str]]]:
    """Addresses for the customer and for staff, of an account with a webhook that failed once and mails not sent."""
    acme = world.customer("acme")
    for email, role in (("olga@acme.example", ""), ("ada@harbour.example", "administrator")):
        user = User.objects.create_user(email, PASSWORD, name="Olga Owner", staff_role=role or "none")
        if not role:
            Membership.objects.create(customer=acme.row, user=user, role=Membership.Role.OWNER)
    post = Post(acme.row, settings)
    with receiving() as receiver:
        found = post.add(receiver).endpoint
        brands = post.add(receiver, brand=True).endpoint
        receiver.acts = [answering(500), answering(200)]
        with transaction.atomic():
            post.tell()
            post.tell("wal_b")
        hand_on()
        deliver()
        send_due()
        (first, *_), mail = list(Delivery.objects.order_by("pk")), Mail.objects.latest("pk")
        text = f"/staff/mails/texts/{world.brand.public_id}/en/invoice.issued/"
        yield {
            "olga@acme.example": [
                "/portal/webhooks/", f"/portal/webhooks/{found.public_id}/",
                f"/portal/webhooks/{found.public_id}/deliveries/{first.public_id}/", "/portal/mails/",
            ],
            "ada@harbour.example": [
                "/staff/webhooks/", f"/staff/webhooks/{found.public_id}/", f"/staff/webhooks/{brands.public_id}/",
                f"/staff/webhooks/{found.public_id}/deliveries/{first.public_id}/", "/staff/mails/",
                f"/staff/mails/{mail.public_id}/", text, f"/staff/brands/{world.brand.public_id}/",
            ],
        }  # fmt: skip


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk, light", "phone, dark"])
@pytest.mark.parametrize("email", ["olga@acme.example", "ada@harbour.example"])
def test_every_page_is_accessible_and_fits(
    pages: dict[str, list[str]], browser: Browser, live_server: Any, size: dict[str, int], scheme: str, email: str
) -> None:
    said: list[str] = []
    start = live_server.url + ("/portal/" if "acme" in email else "/staff/")
    page = logged_in(browser, start, email, said, viewport=size, color_scheme=scheme)
    for number, path in enumerate(pages[email]):
        response = page.goto(live_server.url + path)
        assert response is not None
        assert (path, response.status) == (path, 200)
        unfold(page)
        look(page, f"{email[:4]}-{scheme}-{number}")
        assert (path, faults(page), too_wide(page)) == (path, [], False)
    assert said == []


def test_the_preview_is_shown_and_has_no_rights(
    pages: dict[str, list[str]], browser: Browser, live_server: Any
) -> None:
    page = logged_in(browser, f"{live_server.url}/staff/", "ada@harbour.example", [], viewport=DESK)
    page.goto(live_server.url + next(path for path in pages["ada@harbour.example"] if "/texts/" in path))
    frame = page.frame_locator("iframe")
    expect(frame.get_by_text("Hello Mara Owner,")).to_be_visible()
    assert page.locator("iframe").get_attribute("sandbox") == ""
