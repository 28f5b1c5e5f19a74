"""The style page and log-in in a browser: accessible, no wider than the screen, silent under the strict policy."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

pytestmark = [pytest.mark.browser, pytest.mark.urls("tollbook.web.tests.urls")]
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
# What reaches beyond the screen and does not scroll by itself.
OUTSIDE = """
document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll("main *, header *")]
  .filter(e => e.getBoundingClientRect().right > innerWidth && !e.closest(".table-wrap"))
  .map(e => e.outerHTML.slice(0, 200))
"""
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


@pytest.fixture
def browser(live_server: Any) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield opened
        opened.close()


def opened(browser: Browser, address: str, said: list[str], **how: Any) -> Page:
    page: Page = browser.new_context(**how).new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "request", lambda request: said.append(request.url) if not request.url.startswith("http://localhost") else None
    )
    page.goto(address)
    return page


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["/style/portal/", "/style/staff/", "/account/login/"])
def test_pages_are_for_everybody(
    browser: Browser, live_server: Any, address: str, scheme: str, size: dict[str, int]
) -> None:
    said: list[str] = []
    page = opened(browser, live_server.url + address, said, viewport=size, color_scheme=scheme)
    assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in Axe().run(page).response["violations"]] == []
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate("document.fonts.check('16px Inter')")
    assert said == []


def test_a_phone_has_a_menu_without_script(browser: Browser, live_server: Any) -> None:
    page = opened(browser, f"{live_server.url}/style/portal/", [], viewport=PHONE, java_script_enabled=False)
    menu = page.get_by_role("navigation", name="Main, small screen")
    assert not menu.is_visible()
    page.locator("summary[aria-label=Menu]").click()
    assert menu.is_visible()
    assert menu.get_by_role("link", name="Overview").get_attribute("aria-current") == "page"


def test_the_chosen_theme_stays(browser: Browser, live_server: Any) -> None:
    page = opened(browser, f"{live_server.url}/style/portal/", [], viewport=DESK, color_scheme="light")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Switch between light and dark").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark != light


def test_one_drawing_of_each_chart_is_seen(browser: Browser, live_server: Any) -> None:
    page = opened(browser, f"{live_server.url}/style/portal/", [], viewport=DESK)
    count = "[...document.querySelectorAll('svg.chart')].filter(s => s.getBoundingClientRect().width > 0).length"
    seen = {}
    for width in (320, 390, 480, 520, 640, 800, 1024, 1280, 1600):
        page.set_viewport_size({"width": width, "height": 900})
        seen[width] = page.evaluate(count)
    assert seen == dict.fromkeys(seen, 2)
