"""The pages of dunning in a real browser, on a desk and on a phone, light and dark, read by axe."""

import os
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tollbook.customers.models import Membership
from tollbook.dunning.pausing import promise
from tollbook.dunning.tests.conftest import STRICT, Debtor
from tollbook.identity.models import User
from tollbook.site.tests.test_browser_staff import FLAGS, LONG, PASSWORD, SIZES, serious
from tollbook.site.tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def browser() -> Iterator[Browser]:
    # The driver runs an event loop in this thread; the ORM may be used beside it, nothing here is asynchronous.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as driver:
            found = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            yield found
            found.close()
    finally:
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")
        if before is not None:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


def walk(browser: Browser, address: str, email: str, pages: list[str]) -> list[object]:
    """What is wrong with these pages, read by that person."""
    page, faults = browser.new_page(base_url=address), []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(pages[0])
    page.fill("#id_login", email)
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"**{pages[0]}")
    for number, each in enumerate(pages):
        page.emulate_media(color_scheme="dark" if number % 2 else "light")
        answer = page.goto(each)
        assert answer is not None and answer.status == 200
        faults += [(each, *fault) for fault in serious(page)]
        for width, height in reversed(SIZES):
            page.set_viewport_size({"width": width, "height": height})
            if page.evaluate("document.documentElement.scrollWidth") > width:
                faults.append((each, width, "scrolls sideways"))
    return faults


def test_every_page_fits_and_reads_well(
    browser: Browser, live_server: Any, world: World, debtor: Callable[..., Debtor], policy: Any, days: Any
) -> None:
    policy(**STRICT)
    acme, bolt = debtor("acme"), debtor("bolt")
    type(acme.row).objects.filter(pk=acme.row.pk).update(name=LONG)
    days("2026-06-29")
    promise(bolt.invoices[0], until=date(2026, 7, 10), reason=LONG)
    user = User.objects.create_user("olga@acme.example", PASSWORD, name="Olga Owner")
    Membership.objects.create(customer=acme.row, user=user, role="owner")
    User.objects.create_user("ada@harbour.example", PASSWORD, name="Ada Staff", staff_role="billing")
    one, other = acme.row.public_id, bolt.row.public_id
    lists = ["/staff/dunning/", "/staff/dunning/policies/", f"/staff/dunning/policies/{world.brand.public_id}/"]
    about = [f"/staff/dunning/customers/{one}/", f"/staff/dunning/customers/{other}/"]
    assert walk(browser, live_server.url, "ada@harbour.example", [*lists, *about]) == []
    mine = ["/portal/", "/portal/reminders/", f"/portal/invoices/{acme.invoices[0].public_id}/"]
    assert walk(browser, live_server.url, "olga@acme.example", mine) == []
