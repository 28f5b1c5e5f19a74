"""The customer portal in a browser: a person logs in and walks all its pages, on a desk and on a phone."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tollbook.charging.budgets import set_budget
from tollbook.customers.models import Membership
from tollbook.identity.actions import create_key, revoke_key
from tollbook.identity.models import User
from tollbook.invoicing.rendering import document
from tollbook.kernel.money import Money
from tollbook.metering.models import Meter
from tollbook.promotions.actions import NewPromotion, create, redeem
from tollbook.promotions.rules import Kind
from tollbook.wallets.actions import give
from tollbook.wallets.queries import of_customer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
EMAIL, PASSWORD = "mara@brightwater.example", "one long sentence to remember"
LONG = "Donaudampfschifffahrt" * 9


@dataclass(frozen=True, slots=True)
class Account:
    """What the tests need to know of the account, read before the browser starts: its event loop keeps Django from the
    database."""

    label: str
    pages: tuple[str, ...]


@pytest.fixture
def account(world: Any) -> Account:
    """An account with everything on its pages, a name of 189 letters without a blank, and a second, empty account."""
    tiers = {
        "model": "graduated",
        "allowance": "2",
        "tiers": [{"upto": "4", "unit": "60"}, {"upto": None, "unit": "45"}],
    }
    world.meter("sms").meter("hours").meter("air")
    world.plan(
        "cloud", world.once("10"), world.monthly("31"), world.metered("sms", "0.0043"), world.metered("hours", **tiers)
    )
    world.plan("air", world.metered("air", "0.10", prepaid=True))
    acme = world.customer("acme").tops_up("25").buys("cloud", "2026-05-17").buys("air")
    wallet = of_customer(acme.row).get()
    expires = world.now + timedelta(days=50)
    give(wallet.pk, Money(Decimal(5), "EUR"), key="w", name=LONG, priority=10, expires_at=expires, at=world.now)
    for day in range(18, 30):
        acme.uses("sms", 100 * day, f"2026-05-{day} 09:00").uses("hours", "0.75", f"2026-05-{day} 10:00")
        acme.uses("air", 3, f"2026-05-{day} 11:00")
        world.on(f"2026-05-{day} 12:00").charge()
    world.on("2026-06-01").close().on("2026-06-20").charge()
    world.plan("more", world.monthly("60"), world.metered("sms", "0.004"), world.metered("hours", "50"))
    acme.changes("cloud", "more", "2026-07-11")
    create(world.brand, NewPromotion("SUMMER26", LONG, Kind.PERCENT, Decimal(20), cycles=2))
    redeem(acme.subscriptions["cloud"].public_id, "SUMMER26", by=EMAIL, door="portal")
    acme.row.name = LONG
    acme.row.save()
    document(acme.invoices[0], "pdf")
    user = User.objects.create_user(EMAIL, PASSWORD, name=f"Mara {LONG}")
    for party in (acme, world.customer("empty")):
        Membership.objects.create(customer=party.row, user=user, role=Membership.Role.OWNER)
    networks = ["192.0.2.0/24", "2001:db8::/32"]
    key = create_key(LONG[:100], scopes=["usage:read", "usage:write"], customer_id=acme.row.pk, addresses=networks).key
    revoke_key(create_key("Over", scopes=["*:read"], customer_id=acme.row.pk).key.public_id)
    set_budget(acme.row, Decimal(50), actor=EMAIL, door="portal")
    invoice = acme.invoices[0]
    lines = [
        f"/portal/invoices/{invoice.public_id}/lines/{line.public_id}/" for line in invoice.lines.order_by("position")
    ]
    return Account(
        invoice.label,
        (
            "/portal/",
            "/portal/subscriptions/",
            f"/portal/subscriptions/{acme.subscriptions['cloud'].public_id}/",
            f"/portal/subscriptions/{acme.subscriptions['cloud'].public_id}/promotion/",
            "/portal/usage/",
            f"/portal/usage/{Meter.objects.get(code='sms').public_id}/?month=2026-05",
            "/portal/invoices/",
            f"/portal/invoices/{invoice.public_id}/",
            lines[0],
            lines[-1],
            "/portal/wallet/",
            "/portal/costs/",
            "/portal/costs/?month=2026-05&by=item",
            "/portal/spend-alerts/",
            "/portal/activity/",
            "/portal/keys/",
            f"/portal/keys/{key.public_id}/revoke/",
        ),
    )


def faults(page: Page) -> list[Any]:
    return [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in Axe().run(page).response["violations"]]


def too_wide(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))


def logged_in(browser: Browser, address: str, said: list[str], **how: Any) -> Page:
    page: Page = browser.new_context(**how).new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Good")
    return page


def unfold(page: Page) -> None:
    """Open what is folded on the page itself, so that it is looked at as well."""
    page.evaluate("for (const d of document.querySelectorAll('main details')) d.open = true")


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk, light", "phone, dark"])
def test_every_page_is_accessible_and_fits(
    account: Account, browser: Browser, live_server: Any, size: dict[str, int], scheme: str
) -> None:
    said: list[str] = []
    page = logged_in(browser, f"{live_server.url}/portal/", said, viewport=size, color_scheme=scheme)
    for path in account.pages:
        response = page.goto(live_server.url + path)
        assert response is not None
        assert (path, response.status) == (path, 200)
        unfold(page)
        assert (path, faults(page)) == (path, [])
        assert (path, too_wide(page)) == (path, False)
    assert said == []


def test_from_the_overview_to_the_reason_for_a_line(account: Account, browser: Browser, live_server: Any) -> None:
    said: list[str] = []
    page = logged_in(browser, f"{live_server.url}/portal/", said, viewport=DESK)
    page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name="Invoices").click()
    page.get_by_role("link", name=account.label).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="PDF", exact=True).click()
    assert download.value.suggested_filename == f"{account.label}.pdf"
    page.get_by_role("link", name="Why this amount? Hours").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hours")
    expect(page.get_by_text("gives this amount to the last digit")).to_be_visible()
    expect(page.get_by_text("Tier 2 (above 4): 3 hours")).to_be_visible()
    page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name="Usage").click()
    page.get_by_role("link", name="Sms").click()
    expect(page.locator("svg.chart:visible")).to_have_count(1)
    assert said == []


def test_by_keyboard_alone(account: Account, browser: Browser, live_server: Any) -> None:
    page = logged_in(browser, f"{live_server.url}/portal/", [], viewport=DESK)
    page.goto(f"{live_server.url}/portal/usage/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator("summary[aria-label='Your account']").focus()
    page.keyboard.press("Enter")
    other = page.get_by_role("button", name="Empty")
    expect(other).to_be_visible()
    page.keyboard.press("Escape")
    expect(other).to_be_hidden()
    page.keyboard.press("Enter")
    other.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Here is Empty on")).to_be_visible()
    assert faults(page) == []
