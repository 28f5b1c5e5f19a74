"""The customer portal in German, whose words are long, and laid out from right to left, in a browser."""

import os
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tollbook.customers.models import Customer
from tollbook.site.tests.test_browser_portal import (  # noqa: F401  # fixtures
    DESK,
    EMAIL,
    PASSWORD,
    PHONE,
    Account,
    account,
    faults,
    too_wide,
    unfold,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
#: Where pictures are put for people to look at; none are taken otherwise.
PICTURES = os.environ.get("TOLLBOOK_PICTURES", "")


def logged_in(browser: Browser, address: str, **how: Any) -> Page:
    page: Page = browser.new_context(locale="de-DE", **how).new_page()
    page.goto(address)
    page.get_by_label("E-Mail-Adresse").fill(EMAIL)
    page.get_by_label("Passwort", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Anmelden", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Guten")
    return page


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk, light", "phone, dark"])
def test_every_page_fits_in_german_and_from_right_to_left(
    account: Account,  # noqa: F811
    browser: Browser,
    live_server: Any,
    size: dict[str, int],
    scheme: str,
) -> None:
    page = logged_in(browser, f"{live_server.url}/portal/", viewport=size, color_scheme=scheme)
    for number, path in enumerate(account.pages):
        response = page.goto(live_server.url + path)
        assert response is not None
        assert (path, response.status) == (path, 200)
        unfold(page)
        assert (path, page.evaluate("document.documentElement.lang")) == (path, "de")
        assert (path, faults(page)) == (path, [])
        assert (path, too_wide(page)) == (path, False)
        _picture(page, f"{number}-{size['width']}-de")
        page.evaluate("document.documentElement.dir = 'rtl'")
        assert (path, too_wide(page), page.evaluate("scrollX")) == (path, False, 0)
        assert page.evaluate(_STICKS_OUT) == []
        _picture(page, f"{number}-{size['width']}-rtl")


#: Blocks of the page that begin left of it: what scrolls by itself, is hidden on purpose or drawn is left out.
_STICKS_OUT = """
[...document.querySelectorAll('main *')].filter(each => !each.closest('.table-wrap, svg, .sr-only, .toolbar')
  && each.getBoundingClientRect().width > 0 && each.getBoundingClientRect().left < -1
).map(each => each.outerHTML.slice(0, 100))
"""


def _picture(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=f"{PICTURES}-{name}.png", full_page=True)


@pytest.fixture(autouse=True)
def german(account: Account) -> None:  # noqa: F811
    """Accounts whose documents are German."""
    Customer.objects.update(language="de")
