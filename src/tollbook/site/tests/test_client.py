"""The Python client, against a web server that listens: what an integration does, from the customer to the invoice."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from filecmp import dircmp
from pathlib import Path
from typing import Any

import pytest

from tollbook.customers.models import Customer
from tollbook.identity.actions import create_key, create_user
from tollbook.identity.models import StaffRole
from tollbook.site.tests.world import World
from tollbook.wallets.actions import open_wallet
from tollbook_client import AuthenticatedClient
from tollbook_client.api.catalogue import list_plans
from tollbook_client.api.customers import add_customer, get_customer, list_customers
from tollbook_client.api.invoices import get_invoice, get_invoice_pdf, list_invoices, list_lines
from tollbook_client.api.subscriptions import add_subscription
from tollbook_client.api.usage import send_usage
from tollbook_client.api.wallets import capture_hold, hold_money, list_wallets, release_hold, top_up_wallet
from tollbook_client.models import (
    CaptureIn,
    CustomerIn,
    CustomerOut,
    Error,
    HoldIn,
    HoldOut,
    InvoiceFullOut,
    MovementOut,
    PageCustomerOut,
    PageInvoiceOut,
    PageLineOut,
    PagePlanOut,
    PageWalletOut,
    Profile,
    RecordedOut,
    ReleaseIn,
    SubscriptionIn,
    SubscriptionOut,
    TopUpIn,
    UsageBatch,
    UsageCloudEvent,
    UsageCloudEventData,
    UsageEvent,
)

ROOT = Path(__file__).resolve().parents[4]
BEGIN = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def client(live_server: Any, world: World) -> Iterator[AuthenticatedClient]:
    """A client with an administrator's key, on a server with a plan of a fee and metered use."""
    world.meter("sms").plan("cloud", world.monthly("49.00"), world.metered("sms", "0.10"))
    user = create_user("root@harbour.example", "Root", staff_role=StaffRole.ADMINISTRATOR)
    key = create_key("client", scopes=["*:read", "*:write"], user=user).text
    with AuthenticatedClient(live_server.url, token=key, raise_on_unexpected_status=True) as found:
        yield found


def new(world: World, reference: str) -> CustomerIn:
    profile = Profile(legal_name="Northwind Freight GmbH", country="DE")
    return CustomerIn(brand=world.brand.public_id, name="Northwind", reference=reference, profile=profile)


@pytest.mark.django_db(transaction=True)
def test_from_the_customer_to_the_invoice(client: AuthenticatedClient, world: World) -> None:
    customer = add_customer.sync(client=client, idempotency_key="c-1", body=new(world, "crm-1"))
    assert isinstance(customer, CustomerOut)
    plans = list_plans.sync(client=client)
    assert isinstance(plans, PagePlanOut)
    (plan,) = plans.data
    body = SubscriptionIn(customer=customer.id, plan=plan.id, at=BEGIN)
    subscription = add_subscription.sync(client=client, idempotency_key="s-1", body=body)
    assert isinstance(subscription, SubscriptionOut) and subscription.state == "active"

    at = datetime(2026, 5, 12, 9, 30, tzinfo=UTC)
    events = [UsageEvent(id=f"e{n}", customer=customer.id, meter="sms", quantity="2", at=at) for n in range(50)]
    told = send_usage.sync(client=client, body=UsageBatch(events=events))
    assert isinstance(told, RecordedOut) and (told.accepted, told.repeated) == (50, 0)
    again = send_usage.sync(client=client, body=events[0])
    assert isinstance(again, RecordedOut) and (again.accepted, again.repeated) == (0, 1)
    data = UsageCloudEventData(quantity="3")
    cloud = [
        UsageCloudEvent(
            specversion="1.0", id=f"c{n}", source="gateway", type_="sms", subject=customer.id, time=at, data=data
        )
        for n in range(2)
    ]
    one, several = send_usage.sync(client=client, body=cloud[0]), send_usage.sync(client=client, body=cloud)
    assert isinstance(one, RecordedOut) and isinstance(several, RecordedOut)
    assert (one.accepted, several.accepted, several.repeated) == (1, 1, 1)

    world.on("2026-06-02")
    world.charge()
    world.bill()
    invoices = list_invoices.sync(client=client, customer=customer.id)
    assert isinstance(invoices, PageInvoiceOut)
    invoice = get_invoice.sync(invoices.data[0].id, client=client)
    assert isinstance(invoice, InvoiceFullOut)
    lines = list_lines.sync(invoice.id, client=client)
    assert isinstance(lines, PageLineOut)
    assert sorted((line.name, line.quantity, line.net.amount) for line in lines.data) == [
        ("Fee", "1", "49.00"),
        ("Sms", "106", "10.60"),
    ]
    pdf = get_invoice_pdf.sync_detailed(invoice.id, client=client)
    assert pdf.content.startswith(b"%PDF-")


@pytest.mark.django_db(transaction=True)
def test_money_is_held_taken_and_freed(client: AuthenticatedClient, world: World) -> None:
    open_wallet(world.customer("acme").row, "EUR")
    wallets = list_wallets.sync(client=client)
    assert isinstance(wallets, PageWalletOut)
    wallet = wallets.data[0].id
    top_up = TopUpIn(amount="20.00", currency="EUR")
    first = top_up_wallet.sync_detailed(wallet, client=client, idempotency_key="t-1", body=top_up)
    again = top_up_wallet.sync_detailed(wallet, client=client, idempotency_key="t-1", body=top_up)
    assert isinstance(first.parsed, MovementOut) and first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    other = top_up_wallet.sync(
        wallet, client=client, idempotency_key="t-1", body=TopUpIn(amount="21.00", currency="EUR")
    )
    assert isinstance(other, Error) and other.code == "idempotency_conflict"

    def hold(key: str, amount: str) -> Any:
        return hold_money.sync(wallet, client=client, idempotency_key=key, body=HoldIn(amount=amount, currency="EUR"))

    kept, freed, short = hold("h-1", "5.00"), hold("h-2", "4.00"), hold("h-3", "11.01")
    assert isinstance(kept, HoldOut) and isinstance(freed, HoldOut)
    assert isinstance(short, Error) and short.code == "wallet_short"
    captured = capture_hold.sync(kept.id, client=client, idempotency_key="k-1", body=CaptureIn(amount="3.20"))
    released = release_hold.sync(freed.id, client=client, idempotency_key="k-2", body=ReleaseIn(reason="not sent"))
    assert isinstance(captured, HoldOut) and isinstance(released, HoldOut)
    left = list_wallets.sync(client=client)
    assert isinstance(left, PageWalletOut)
    assert (left.data[0].balance.amount, left.data[0].available.amount) == ("16.80", "16.80")


@pytest.mark.django_db(transaction=True)
def test_pages_errors_and_versions(client: AuthenticatedClient, world: World) -> None:
    for number in range(5):
        world.customer(f"c-{number}")
    seen: list[str] = []
    cursor: str | None = ""
    for _ in range(3):
        assert cursor is not None
        page = list_customers.sync(client=client, cursor=cursor, limit=2)
        assert isinstance(page, PageCustomerOut)
        seen += [customer.reference for customer in page.data]
        cursor = page.next_
    assert (seen, cursor) == ([f"c-{number}" for number in range(5)], None)
    wrong = new(world, "c-0")
    wrong.profile.country = "Germany"
    refused = add_customer.sync_detailed(client=client, idempotency_key="w", body=wrong)
    assert isinstance(refused.parsed, Error) and refused.status_code == 422
    assert isinstance(refused.parsed.problems, list)
    assert [(p.field, p.code) for p in refused.parsed.problems] == [("profile.country", "bad_country")]
    assert refused.parsed.request_id == refused.headers["X-Request-Id"]
    assert Customer.objects.count() == 5
    nobody = get_customer.sync("cus_" + "a" * 24, client=client)
    assert isinstance(nobody, Error) and (nobody.code, nobody.param) == ("customer_not_found", "customer")
    mine = Customer.objects.first()
    assert mine is not None
    read = get_customer.sync_detailed(mine.public_id, client=client)
    unchanged = get_customer.sync_detailed(mine.public_id, client=client, if_none_match=read.headers["ETag"])
    assert unchanged.status_code == 304 and unchanged.content == b""


def test_the_client_is_made_from_the_document_of_now(tmp_path: Path) -> None:
    """Whoever changes the API runs scripts/client."""
    environment = {**os.environ, "PATH": f"{os.path.dirname(shutil.which('python') or '')}:{os.environ['PATH']}"}
    subprocess.run(
        [str(ROOT / "scripts" / "client"), str(tmp_path)], check=True, capture_output=True, env=environment, timeout=300
    )
    assert differences(dircmp(ROOT / "clients" / "python" / "tollbook_client", tmp_path / "tollbook_client")) == []


def differences(found: "dircmp[str]") -> list[str]:
    own = [name for name in found.left_only if name not in {"py.typed", "__pycache__"}]
    return [
        *own,
        *found.right_only,
        *found.diff_files,
        *(n for sub in found.subdirs.values() for n in differences(sub)),
    ]
