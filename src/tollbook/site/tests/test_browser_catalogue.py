"""The editor of the catalogue in a real browser: the example follows what is typed; every page fits and reads well."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tollbook.catalog import drafts, editing
from tollbook.catalog.actions import price_book
from tollbook.catalog.editing import By, Told
from tollbook.catalog.models import DraftPrice
from tollbook.customers.models import CustomerGroup
from tollbook.identity.models import User
from tollbook.site.tests.test_browser_staff import FLAGS, LONG, PASSWORD, SIZES, serious

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ADA = By("ada@harbour.example", "staff")


@pytest.fixture
def editor(world: Any, live_server: Any) -> Iterator[Page]:
    """A page in which somebody who keeps the catalogue has logged in."""
    User.objects.create_user("cara@harbour.example", PASSWORD, name="Cara", staff_role="catalogue")
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            page = browser.new_page(base_url=live_server.url)
            page.goto("/staff/")
            page.fill("#id_login", "cara@harbour.example")
            page.fill("#id_password", PASSWORD)
            page.get_by_role("button", name="Log in").click()
            page.wait_for_url("**/staff/")
            yield page
            browser.close()
    finally:
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE")
        if before is not None:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


def drafted(world: Any) -> str:
    """A draft with long names, many books, a warning and a change; its page."""
    world.meter("sms")
    plan = world.plan("cloud", world.monthly("49"), world.once("10"), world.metered("sms", "0.5")).plan
    group = CustomerGroup.objects.create(brand=world.brand, code="resellers", name=LONG[:60])
    books = [price_book(world.brand, code) for code in ("EUR", "USD", "CZK")] + [price_book(world.brand, "EUR", group)]
    draft = drafts.begin(plan, by=ADA)
    editing.describe(plan, Told(LONG, LONG), by=ADA)
    volume = {"model": "volume", "tiers": [{"upto": "100", "unit": "1"}, {"unit": "0.5"}]}
    price = world.metered("sms", "1", "bulk", match={"route": "bulk"}, **volume)
    drafts.put_price(draft.public_id, 1, books[0], price, by=ADA)
    DraftPrice.objects.filter(code="setup").update(name=LONG)
    return f"/staff/products/drafts/{draft.public_id}/"


def test_the_example_follows_what_is_typed(editor: Page, world: Any) -> None:
    here = drafted(world)
    editor.goto(here)
    editor.get_by_role("link", name="Bulk").click()
    example = editor.get_by_role("region", name="Worked example")
    expect(example).to_contain_text("100.00\u00a0EUR")
    editor.fill("#quantity", "200")
    expect(example).to_contain_text("200 cost")
    expect(example).to_contain_text("Just above 100 costs less in all than 100.")
    editor.get_by_label("Price of one, row 2").fill("x")
    expect(example.get_by_role("alert")).to_contain_text("tiers[2].unit")
    editor.get_by_label("Price of one, row 2").fill("1.5")
    expect(example).to_contain_text("300.00\u00a0EUR")
    editor.get_by_label("Price model").select_option("unit")
    editor.wait_for_url("**model=unit")
    editor.get_by_label("Price of one").fill("0.75")
    editor.get_by_role("button", name="Save to the draft").click()
    editor.wait_for_url(f"**{here}")
    assert DraftPrice.objects.get(code="bulk").terms["unit_price"] == "0.75"


def test_every_page_of_the_editor_fits_and_reads_well(editor: Page, world: Any, tmp_path: Path) -> None:
    here = drafted(world)
    draft = DraftPrice.objects.select_related("draft__plan__product", "book").get(code="bulk")
    plan, book = draft.draft.plan, draft.book.public_id
    walked = {
        "list": "/staff/products/", "product": f"/staff/products/{plan.product.public_id}/",
        "plan": f"/staff/products/plans/{plan.public_id}/", "draft": here,
        "price": f"{here}prices/{book}/?code=bulk", "new": f"{here}prices/{book}/",
        "nested": f"{here}prices/{book}/?model=capacity",
        "publish": f"{here}publish/",
    }  # fmt: skip
    pictures = Path(os.environ.get("TOLLBOOK_PICTURES", tmp_path))
    faults: list[object] = []
    editor.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    for number, (name, address) in enumerate(walked.items()):
        for dark in (False, True):
            editor.emulate_media(color_scheme="dark" if dark else "light")
            answer = editor.goto(address)
            assert answer is not None and answer.status == 200
            faults += [(address, dark, *each) for each in serious(editor)]
            for width, height in SIZES:
                editor.set_viewport_size({"width": width, "height": height})
                if editor.evaluate("document.documentElement.scrollWidth") > width:
                    faults.append((address, width, "scrolls sideways"))
                if dark == bool(number % 2):
                    editor.screenshot(path=pictures / f"catalog-{name}-{width}.png", full_page=True)
    assert faults == []
