"""Ordering and running a service in a browser: by the customer and by staff, on a desk and on a phone."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tollbook.customers.models import Membership
from tollbook.identity.models import User
from tollbook.orders.tests.conftest import Shopper
from tollbook.provisioning import queries
from tollbook.provisioning.rules import Reason
from tollbook.site.tests.test_browser_portal import DESK, FLAGS, PHONE, faults, too_wide, unfold

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "one long sentence to remember"
LONG = "Donaudampfschifffahrt" * 9
#: Where to put pictures of the pages, for who wants to look at them.
PICTURES = os.environ.get("TOLLBOOK_TEST_PICTURES", "")


@pytest.fixture
def browser(live_server: Any) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture
def pages(shop: Callable[..., Shopper]) -> dict[str, list[str]]:
    """Addresses for the customer and for staff, of an account with orders and services in many states."""
    acme = shop()
    paid, unpaid, draft = acme.places(), acme.places({"server": 1, "support": 2}), acme.drafts()
    acme.pays(acme.again(paid).invoice)
    acme.goes_on()
    (line,) = paid.lines.all()
    acme.made = [line.service]  # type: ignore[list-item]  # it is there
    acme.stops(Reason.CUSTOMER).works().stops(Reason.DUNNING)
    other = acme.places()
    acme.pays(acme.again(other).invoice)
    acme.weather(refuse="server")
    acme.goes_on()
    (task,) = queries.for_people()
    acme.party.row.name = LONG
    acme.party.row.save()
    for email, role in (("olga@acme.example", ""), ("ada@harbour.example", "administrator")):
        user = User.objects.create_user(email, PASSWORD, name=LONG[:60], staff_role=role or "none")
        if not role:
            Membership.objects.create(customer=acme.party.row, user=user, role=Membership.Role.OWNER)
    order = [f"/orders/{each.public_id}/" for each in (paid, unpaid, draft)]
    return {
        "olga@acme.example": [
            "/portal/", "/portal/orders/", "/portal/orders/new/", *(f"/portal{each}" for each in order),
            "/portal/services/", f"/portal/services/{acme.id}/",
            f"/portal/subscriptions/{line.subscription.public_id}/",  # type: ignore[union-attr]  # it is there
        ],
        "ada@harbour.example": [
            "/staff/", "/staff/orders/", f"/staff{order[0]}", f"/staff{order[1]}", "/staff/orders/offers/", "/staff/services/",
            f"/staff/services/{acme.id}/", "/staff/services/queue/", f"/staff/operations/{task.public_id}/",
            "/staff/connections/", f"/staff/connections/{acme.connection.public_id}/",
            f"/staff/connections/new/{acme.world.brand.public_id}/console/",
        ],
    }  # fmt: skip


def logged_in(browser: Browser, address: str, email: str, said: list[str], **how: Any) -> Page:
    page: Page = browser.new_context(**how).new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    return page


def look(page: Page, name: str) -> None:
    """Keep a picture of the page, where pictures are wanted."""
    if PICTURES:
        page.screenshot(path=f"{PICTURES}-{name}.png", full_page=True)


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


def test_a_person_orders_by_hand(pages: dict[str, list[str]], browser: Browser, live_server: Any) -> None:
    said: list[str] = []
    page = logged_in(browser, f"{live_server.url}/portal/orders/", "olga@acme.example", said, viewport=DESK)
    page.get_by_role("link", name="Order something").click()
    page.get_by_label("How many of Server").fill("2")
    page.get_by_role("button", name="See what it costs").click()
    expect(page.get_by_text("€322.26")).to_be_visible()
    page.get_by_role("button", name="Order with obligation to pay").click()
    expect(page.get_by_text("waits for its invoice")).to_be_visible()
    page.get_by_role("link", name="Pay HARBOUR").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Pay invoice")
    assert said == []
