"""Log-in in a browser, with mail through a mail server and a passkey through the browser's virtual authenticator."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tollbook.customers import signing_up
from tollbook.customers.models import Membership
from tollbook.customers.settings import SIGN_UP
from tollbook.features.actions import set_value
from tollbook.identity.models import User
from tollbook.identity.tests.people import code_of
from tollbook.site.tests.conftest import Mailbox

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = [({"width": 1440, "height": 900}, "light"), ({"width": 390, "height": 844}, "dark")]
EMAIL, PASSWORD = "mara@brightwater.example", "one long sentence to remember"
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture
def shop(world: Any) -> None:
    """A brand that takes sign-ups; made before the browser, whose event loop keeps Django from the database."""
    signing_up.publish(world.brand, "2026-05", "Be kind.\n\nPay what you owe.", actor="ada@harbour.example")
    set_value(SIGN_UP, True)


@pytest.fixture
def staff(world: Any, settings: Any) -> None:
    """An administrator where staff need a second factor."""
    settings.TOLLBOOK_STAFF_FACTOR = True
    User.objects.create_user(EMAIL, PASSWORD, name="Mara Okafor", staff_role="administrator")


@pytest.fixture
def owner(world: Any) -> None:
    """The owner of an account."""
    user = User.objects.create_user(EMAIL, PASSWORD, name="Mara Okafor")
    Membership.objects.create(customer=world.customer("acme").row, user=user, role="owner")


def faults(page: Page) -> list[Any]:
    return [(v["id"], [n["html"][:200] for n in v["nodes"]]) for v in Axe().run(page).response["violations"]]


def fine(page: Page, heading: str) -> None:
    """The page says this, passes axe, and fits the screen."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
    assert (page.url, faults(page)) == (page.url, [])
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url


def with_authenticator(context: BrowserContext, page: Page) -> None:
    """A device that unlocks passkeys by itself."""
    wire = context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})


def log_in(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()


@pytest.mark.parametrize(("size", "scheme"), SIZES, ids=["desk", "phone"])
def test_from_a_sign_up_to_a_passkey(
    shop: None, mailbox: Mailbox, browser: Browser, live_server: Any, size: Any, scheme: Any
) -> None:
    said: list[str] = []
    context = browser.new_context(viewport=size, color_scheme=scheme)
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    with_authenticator(context, page)
    page.goto(f"{live_server.url}/account/login/")
    fine(page, "Log in")
    page.get_by_role("link", name="Sign up").click()
    fine(page, "Sign up")
    page.get_by_label("Name of the organization").fill("Brightwater")
    page.get_by_label("Your name").fill("Mara Okafor")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("I accept the terms").check()
    page.get_by_role("button", name="Sign up").click()
    fine(page, "Look into your mail")
    found = re.search(r"^([A-Z0-9-]{6,12})\r?$", mailbox.got.get(timeout=20), re.MULTILINE)
    assert found is not None
    page.get_by_label("Code").fill(found[1])
    page.get_by_role("button", name="Confirm").click()
    fine(page, "Good")

    page.goto(f"{live_server.url}/account/security/")
    fine(page, "Log-in and security")
    page.get_by_role("link", name="Add a passkey or key").click()
    # Signing up is not yet proving who one is: the password is asked for, and then the page that was asked for comes.
    fine(page, "Confirm that it is you")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    fine(page, "Add a passkey")
    page.get_by_label("Name").fill("Telephone")
    page.get_by_label("Log in with it alone").check()
    page.get_by_role("button", name="Add").click()
    fine(page, "Recovery codes")
    with page.expect_download() as download:
        page.get_by_role("link", name="Save them as a file").click()
    assert download.value.suggested_filename == "recovery-codes.txt"
    page.goto(f"{live_server.url}/account/security/")
    expect(page.get_by_text("Telephone passkey")).to_be_visible()
    fine(page, "Log-in and security")
    page.get_by_role("link", name="Show them").click()
    fine(page, "Where you are logged in")

    context.clear_cookies()
    page.goto(f"{live_server.url}/account/login/")
    page.get_by_role("button", name="Use a passkey").click()
    fine(page, "Good")
    page.goto(f"{live_server.url}/portal/team/")
    fine(page, "Team")
    assert said == []


@pytest.mark.parametrize(("size", "scheme"), SIZES, ids=["desk", "phone"])
def test_staff_add_an_app_and_log_in_with_its_code(
    staff: None, browser: Browser, live_server: Any, size: Any, scheme: Any
) -> None:
    page = browser.new_context(viewport=size, color_scheme=scheme).new_page()
    log_in(page, f"{live_server.url}/staff/")
    expect(page.get_by_text("Staff need a second factor: add")).to_be_visible()
    fine(page, "Log-in and security")
    page.get_by_role("link", name="Add an authenticator app").click()
    fine(page, "Add an authenticator app")
    secret = page.get_by_test_id("secret").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(code_of(secret))
    page.get_by_role("button", name="Add").click()
    fine(page, "Recovery codes")
    page.goto(f"{live_server.url}/staff/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Dashboard")
    page.context.clear_cookies()
    log_in(page, f"{live_server.url}/staff/")
    fine(page, "Second factor")
    page.get_by_label("Code").fill(code_of(secret, 1))
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Dashboard")


@pytest.mark.parametrize(("size", "scheme"), SIZES, ids=["desk", "phone"])
def test_other_pages_of_a_log_in(owner: None, browser: Browser, live_server: Any, size: Any, scheme: Any) -> None:
    page = browser.new_context(viewport=size, color_scheme=scheme).new_page()
    log_in(page, f"{live_server.url}/portal/")
    for address, heading in (
        ("/account/password/change/", "Change Password"),
        ("/account/email/", "Email"),
        ("/account/reauthenticate/", "Confirm that it is you"),
        ("/account/sessions/", "Where you are logged in"),
    ):
        page.goto(live_server.url + address)
        fine(page, heading)
