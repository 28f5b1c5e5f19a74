"""The staff portal in a real browser: every page, on a desk and on a phone, light and dark, read by axe."""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, sync_playwright

from tollbook.base import discovery
from tollbook.web.sockets import page_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a long demo sentence"
SIZES = ((1440, 900), (390, 844))
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
LONG = "Société Générale d'Exploitation des Télécommunications Transatlantiques et Maritimes du Nord-Pas-de-Calais"


@pytest.fixture
def staff(busy: Any, live_server: Any) -> Iterator[Page]:
    """A page in which staff have logged in, as anybody does: through the form."""
    from tollbook.customers.models import Customer
    from tollbook.identity.models import User

    User.objects.create_user("ada@harbour.example", PASSWORD, name="Ada Staff", staff_role="viewer")
    Customer.objects.filter(reference="acme").update(name=LONG)
    # The driver runs an event loop in this thread; the ORM may be used beside it, nothing here is asynchronous.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            page = browser.new_page(base_url=live_server.url)
            page.goto("/staff/")
            page.fill("#id_login", "ada@harbour.example")
            page.fill("#id_password", PASSWORD)
            page.get_by_role("button", name="Log in").click()
            page.wait_for_url("**/staff/")
            yield page
            browser.close()
    finally:
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")
        if before is not None:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


def addresses() -> list[str]:
    """Every page: the lists, and one page of each kind of id that the world has."""
    from django.apps import apps

    from tollbook.customers.models import Customer

    found = [
        reverse(f"staff-{label}:{pattern.name}")
        for label, module in discovery.modules("staff")
        for pattern in module.urls
        if not pattern.pattern.converters
    ]
    for model in apps.get_models():
        if any(field.name == "public_id" for field in model._meta.fields):
            row: Any = model._default_manager.order_by("pk").first()
            found += [page_of(row.public_id)] if row is not None and page_of(row.public_id) else []
    event = f"/staff/events/{Customer.objects.get(reference='acme').public_id}/?source=test&id=twice"
    return [*found, event, "/staff/search/?q=acme", "/staff/customers/?q=nobody", "/staff/jobs/?state=failed"]


def serious(page: Page) -> list[tuple[str, str]]:
    """What axe finds serious or critical: the rule and the first element."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [(v["id"], v["nodes"][0]["html"][:120]) for v in found if v["impact"] in {"serious", "critical"}]


def test_every_page_fits_and_reads_well(staff: Page) -> None:
    faults: list[object] = []
    staff.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    walked = addresses()
    assert len(walked) > 38
    for number, address in enumerate(walked):
        staff.emulate_media(color_scheme="dark" if number % 2 else "light")
        answer = staff.goto(address)
        assert answer is not None and answer.status == 200
        faults += [(address, *each) for each in serious(staff)]
        for width, height in reversed(SIZES):
            staff.set_viewport_size({"width": width, "height": height})
            if staff.evaluate("document.documentElement.scrollWidth") > width:
                faults.append((address, width, "scrolls sideways"))
    assert faults == []


def test_by_keyboard_and_menu(staff: Page) -> None:
    staff.set_viewport_size({"width": 390, "height": 844})
    staff.get_by_label("Menu").click()
    staff.get_by_role("link", name="Customers", exact=True).click()
    staff.wait_for_url("**/staff/customers/")
    staff.get_by_role("searchbox", name="Search in this table").fill("bolt")
    staff.keyboard.press("Enter")
    staff.wait_for_url(re.compile("q=bolt"))
    assert staff.locator("tbody tr").count() == 1
    staff.get_by_role("link", name="Bolt", exact=True).click()
    assert staff.locator("h1").inner_text() == "Bolt"
    staff.set_viewport_size({"width": 1440, "height": 900})
    staff.get_by_role("searchbox", name="Search customers, invoices, subscriptions").fill("HARBOUR-2026-000001")
    staff.keyboard.press("Enter")
    staff.get_by_role("link", name="HARBOUR-2026-000001", exact=True).click()
    with staff.expect_download() as download:
        staff.get_by_role("link", name="Download XML (EN 16931)").click()
    assert download.value.suggested_filename == "HARBOUR-2026-000001.xml"
