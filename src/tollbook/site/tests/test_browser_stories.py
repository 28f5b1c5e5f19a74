"""What people do in the portals from end to end, in a browser: from a sign-up to the first paid invoice, funds, changes of
a service, a correction and its reason, every setting, a refund that takes two.
"""

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tollbook.base import schedule
from tollbook.catalog.actions import plan, price_book, publish
from tollbook.customers import signing_up
from tollbook.customers.models import Customer, Membership
from tollbook.customers.settings import LEAST_RECHARGE, SIGN_UP
from tollbook.features.actions import set_value
from tollbook.features.queries import value
from tollbook.features.registry import Feature, Level, declared
from tollbook.identity.models import User
from tollbook.invoicing.models import Invoice
from tollbook.kernel.money import Money, plain
from tollbook.orders import offers
from tollbook.orders.drafting import By
from tollbook.payments.actions import receive
from tollbook.payments.models import Refund
from tollbook.payments.settings import APPROVE_ABOVE
from tollbook.site.tests.conftest import Mailbox
from tollbook.site.tests.test_browser_sign_in import EMAIL, PASSWORD, fine
from tollbook.site.tests.world import World, instant

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ADA = By("ada@harbour.example", "staff", people=True)


@pytest.fixture(autouse=True)
def beside_the_driver() -> Iterator[None]:
    """The driver runs an event loop in this thread; the ORM may be used beside it, nothing here is asynchronous."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    yield
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
    if before is not None:
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@pytest.fixture
def shop(world: World) -> World:
    """Two plans of one product on offer, with use."""
    world.meter("sms")
    book = price_book(world.brand, "EUR")
    for code, amount in (("small", "31"), ("large", "62")):
        made = plan(world.brand, "server", "Server", code, code.title())
        prices = [world.monthly(amount, in_advance=True), world.metered("sms", "0.10")]
        world.plans[code] = publish(made, book, prices, instant("2026-01-01"))
        offers.offer(made, by=ADA)
    return world


def opened(browser: Browser, address: str, email: str = "") -> Page:
    """A page, logged in where an address of a person is given."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(address)
    if email:
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Log in", exact=True).click()
    return page


def member(customer: Customer) -> None:
    user = User.objects.create_user(EMAIL, PASSWORD, name="Mara Okafor")
    Membership.objects.create(customer=customer, user=user, role=Membership.Role.OWNER)


def test_from_a_sign_up_to_the_first_paid_invoice(
    shop: World, mailbox: Mailbox, browser: Browser, live_server: Any
) -> None:
    signing_up.publish(shop.brand, "2026-05", "Be kind.\n\nPay what you owe.", actor="ada@harbour.example")
    set_value(SIGN_UP, True)
    page = opened(browser, f"{live_server.url}/account/login/")
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Name of the organization").fill("Brightwater")
    page.get_by_label("Your name").fill("Mara Okafor")
    page.get_by_label("E-mail address").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("I accept the terms").check()
    page.get_by_role("button", name="Sign up").click()
    found = re.search(r"^([A-Z0-9-]{6,12})\r?$", mailbox.got.get(timeout=20), re.MULTILINE)
    assert found is not None
    page.get_by_label("Code").fill(found[1])
    page.get_by_role("button", name="Confirm").click()
    fine(page, "Good")
    page.get_by_role("link", name="Orders", exact=True).click()
    page.get_by_role("link", name="Order something").first.click()
    page.get_by_label("How many of Small").fill("1")
    page.get_by_role("button", name="See what it costs").click()
    expect(page.get_by_text("€38.13")).to_be_visible()
    page.get_by_role("button", name="Order with obligation to pay").click()
    page.get_by_role("link", name="Pay HARBOUR-2026-000001").click()
    pays(page, "Pay €38.13")
    expect(page.get_by_text("succeeded")).to_be_visible()
    goes_on(shop)
    page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name="Invoices").click()
    expect(page.get_by_role("row", name=re.compile("HARBOUR-2026-000001.*paid"))).to_be_visible()
    page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name="Subscriptions").click()
    expect(page.get_by_role("row", name=re.compile("Small.*active"))).to_be_visible()
    invoice = Invoice.objects.get()
    assert (invoice.state, plain(invoice.total), invoice.customer.name) == ("paid", "38.13", "Brightwater")


def pays(page: Page, button: str) -> None:
    """Begin a payment on the page, and pay it at the gateway."""
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Test payment")
    page.get_by_role("button", name="Pay", exact=True).click()


def goes_on(world: World) -> None:
    """An hour passes, and what is due happens."""
    world.on(world.now + timedelta(hours=1))
    schedule.run_due(world.now)


def test_funds_are_added_within_the_limits_that_are_told(shop: World, browser: Browser, live_server: Any) -> None:
    acme = shop.customer("acme").tops_up("1")
    member(acme.row)
    set_value(LEAST_RECHARGE, {"EUR": "10"})
    page = opened(browser, f"{live_server.url}/portal/wallet/", EMAIL)
    page.get_by_role("link", name="Add funds").first.click()
    expect(page.get_by_text("At least €10.00.")).to_be_visible()
    page.get_by_label("Amount in EUR").fill("25")
    pays(page, "Add funds")
    page.goto(f"{live_server.url}/portal/wallet/")
    expect(page.get_by_text("€26.00").first).to_be_visible()
    assert acme.balance == "26"


def test_a_service_is_changed_and_ended(shop: World, browser: Browser, live_server: Any) -> None:
    acme = shop.customer("acme").buys("small", "2026-05-01")
    shop.charge()
    member(acme.row)
    page = opened(browser, f"{live_server.url}/portal/subscriptions/", EMAIL)
    page.get_by_role("link", name="Small").click()
    page.get_by_role("link", name="See the choices").click()
    page.get_by_label("Change to Large").check()
    page.get_by_label("Now").check()
    page.get_by_role("button", name="See what it brings").click()
    expect(page.get_by_text("In all charged")).to_be_visible()
    fine(page, "Change or end")
    page.get_by_role("button", name="Change to Large").click()
    fine(page, "Large")
    page.get_by_role("link", name="See the choices").click()
    page.get_by_label("End it").check()
    page.get_by_role("button", name="See what it brings").click()
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_text("until then the end can be taken back")).to_be_visible()
    subscription = acme.subscriptions["small"]
    subscription.refresh_from_db()
    assert (subscription.version.plan.code, f"{subscription.ended_at:%Y-%m-%d}") == ("large", "2026-06-01")
    shop.charge()
    assert sorted(amount for _, _, amount in acme.charges) == ["-31", "31", "62"]


def test_an_invoice_is_corrected_and_says_why(shop: World, browser: Browser, live_server: Any) -> None:
    acme = shop.customer("acme").buys("small", "2026-05-01").uses("sms", 100, "2026-05-03", id="wrong")
    shop.on("2026-06-01").close()
    member(acme.row)
    User.objects.create_user(ADA.actor, PASSWORD, name="Ada", staff_role="administrator")
    staff = opened(browser, f"{live_server.url}/staff/events/", ADA.actor)
    staff.get_by_role("link", name="wrong").click()
    staff.get_by_label("Reason, which the customer reads").fill("Sent twice by mistake")
    staff.get_by_role("button", name="Cancel the event").click()
    # What it will bring is shown before it happens.
    staff.goto(f"{live_server.url}/staff/corrections/")
    expect(staff.get_by_role("row", name=re.compile("Acme.*10.00 EUR.*0.00 EUR.*-10.00 EUR"))).to_be_visible()
    assert acme.totals == ["88.56"]
    goes_on(shop)
    shop.on("2026-07-01").close()
    page = opened(browser, f"{live_server.url}/portal/invoices/", EMAIL)
    page.get_by_role("link", name=acme.invoices[-1].label).click()
    page.get_by_role("link", name=re.compile("Sms")).first.click()
    expect(page.get_by_text("-100 sms, 1 event cancelled: Sent twice by mistake")).to_be_visible()
    fine(page, "Sms")
    assert acme.totals == ["88.56", "25.83"]


def another(feature: Feature) -> str:
    """A value of a feature that is not its default, as somebody would type it."""
    now, schema = feature.default, feature.type.schema()
    if isinstance(now, bool):
        return "no" if now else "yes"
    if choices := schema.get("enum"):
        return next(str(each) for each in choices if each != now)
    if schema.get("type") == "integer":
        return str(schema["minimum"] + (now == schema["minimum"]))
    return {"object": "12.5 EUR", "string": "7"}[schema["type"]]


def test_every_setting_is_looked_at_and_set(shop: World, browser: Browser, live_server: Any) -> None:
    shop.customer("acme")
    User.objects.create_user(ADA.actor, PASSWORD, name="Ada", staff_role="administrator")
    page = opened(browser, f"{live_server.url}/staff/features/", ADA.actor)
    names = [name for name, each in declared().items() if Level.INSTALLATION in each.levels]
    set_at_once, refused = [], []
    for name in names:
        feature = declared()[name]
        page.goto(f"{live_server.url}/staff/features/")
        row = page.get_by_role("row").filter(has=page.get_by_text(name, exact=True))
        if not isinstance(feature.default, bool):
            field = row.get_by_label(feature.title)
            if feature.type.schema().get("enum"):
                field.select_option(another(feature))
            else:
                field.fill(another(feature))
        row.get_by_role("button").or_(row.get_by_role("switch")).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(f"Change {feature.title}")
        confirm = page.get_by_role("button", name="Set it now")
        if confirm.count():
            confirm.click()
            set_at_once.append(name)
            assert value(name) != feature.default, name
        else:
            expect(page.get_by_text("It contradicts another setting")).to_be_visible()
            refused.append(name)
    # Each of these contradicts one that was set before it, and says so.
    assert (refused, len(set_at_once)) == (["customers.whmcs_billing", "portal.payment"], len(names) - len(refused))


def test_a_large_refund_takes_two(shop: World, browser: Browser, live_server: Any) -> None:
    acme = shop.customer("acme").buys("small", "2026-05-01")
    shop.on("2026-06-01").close()
    set_value(APPROVE_ABOVE, {"EUR": "20"})
    for name, role in (("ada", "billing"), ("bo", "approver")):
        User.objects.create_user(f"{name}@harbour.example", PASSWORD, name=name.title(), staff_role=role)
    payment = receive(acme.row, Money(Decimal("76.26"), "EUR"), "manual", "transfer 1", invoice=acme.invoices[0])
    address = f"{live_server.url}/staff/payments/{payment.public_id}/"
    ada = opened(browser, address, "ada@harbour.example")
    form = ada.locator("form", has=ada.get_by_role("button", name="Order the refund"))
    form.get_by_label("Amount").fill("30")
    form.get_by_label("Reason").fill("Paid twice")
    form.get_by_role("button").click()
    expect(ada.get_by_text("It needs a second person.")).to_be_visible()
    assert not ada.get_by_role("button", name="Approve").count()
    assert not Refund.objects.exists()
    bo = opened(browser, f"{live_server.url}/staff/", "bo@harbour.example")
    bo.get_by_role("link", name="Show them").click()
    bo.get_by_role("link", name=re.compile("Refund")).first.click()
    bo.get_by_role("button", name="Approve").click()
    expect(bo.get_by_text("approved").first).to_be_visible()
    found = Refund.objects.get()
    assert (plain(found.amount), found.payment) == ("30", payment)
    # Nobody can send it once more.
    assert not bo.get_by_role("button", name="Approve").count()
