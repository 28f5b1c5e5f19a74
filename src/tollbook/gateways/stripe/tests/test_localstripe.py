"""The adapter against localstripe, a Stripe written by others: what it knows of PaymentIntents, refunds and signed events.

It knows no Checkout, ignores idempotency keys and refunds more than was paid: there the stricter fake has to prove it.
"""

import os
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Empty, Queue

import pytest
from stripe import StripeClient

from tollbook.gateways.stripe import rules
from tollbook.gateways.stripe.actions import Given, note_account
from tollbook.gateways.stripe.gateway import Stripe
from tollbook.gateways.stripe.tests.fake import ACCOUNT, SECRET, SIGNING
from tollbook.gateways.stripe.wire import URL
from tollbook.kernel.errors import Refused
from tollbook.payments.conformance import AMOUNT, CHECKS, PART, Case, check_all
from tollbook.payments.protocol import Intent, Message, Progress, RefundOrder
from tollbook.payments.registry import seller
from tollbook.site.tests.world import World

ROOT = Path(__file__).parents[5]
PEERS = Path(os.environ.get("TOLLBOOK_PEERS", ROOT / ".venv-peers"))
# Its own command listens on every address; this one only on loopback.
SERVE = "import sys; from aiohttp import web; from localstripe.server import app; web.run_app(app, host='127.0.0.1', port=int(sys.argv[1]))"
START_S = 20
#: What localstripe cannot prove.
SKIPPED = frozenset(
    ["begins_without_being_paid", "begins_once_per_key", "gives_back_once_per_key", "believes_no_message",
     "sets_up_without_money"]
)  # fmt: skip
GOOD, POOR, CAREFUL = "4242424242424242", "4000000000000341", "4000002500003155"


@pytest.fixture(scope="module")
def peer() -> Iterator[str]:
    """localstripe's address."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        reason = "needs localstripe; run scripts/install --dev"
        if os.environ.get("CI", "false") != "false":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [str(python), "-c", SERVE, str(port)],
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, process)
        yield url
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        assert process.poll() is None, f"localstripe ended with {process.returncode}"
        try:
            urllib.request.urlopen(f"{url}/js.stripe.com/v3/", timeout=2).close()  # noqa: S310  # loopback
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"localstripe did not answer within {START_S} s")


@pytest.fixture
def stripe(peer: str, world: World, monkeypatch: pytest.MonkeyPatch) -> Stripe:
    """The gateway, with localstripe behind it."""
    monkeypatch.setenv(URL, peer)
    note_account(world.brand, Given(SECRET, SIGNING, "https://billing.harbour.example"), ACCOUNT)
    return Stripe()


def card(peer: str, number: str) -> str:
    """The token of a saved card of that number."""
    client = StripeClient(SECRET, base_addresses={"api": peer}, max_network_retries=0)
    customer = client.v1.customers.create({"metadata": {"tollbook_payer": "cus_x"}})
    method = client.v1.payment_methods.create(
        {"type": "card", "card": {"number": number, "exp_month": 12, "exp_year": 2030, "cvc": "123"}}
    )
    client.v1.payment_methods.attach(method.id, {"customer": customer.id})
    return rules.token(ACCOUNT, customer.id, method.id)


def intent(world: World, key: str, amount: Decimal = AMOUNT, currency: str = "EUR") -> Intent:
    return Intent(key, amount, currency, ACCOUNT, "inv_1", "INV-1", seller(world.brand))


def test_conformance(stripe: Stripe, peer: str, world: World) -> None:
    def pay(asked: Intent) -> tuple[str, str]:
        return asked.key, stripe.charge(asked, card(peer, GOOD)).reference

    ran = check_all(Case(Stripe, seller(world.brand), "EUR", pay, SKIPPED))
    assert ran == [check.__name__ for check in CHECKS if check.__name__ not in SKIPPED]
    assert {check.__name__ for check in CHECKS} >= SKIPPED


@pytest.mark.parametrize(("amount", "currency"), [("12.30", "EUR"), ("500", "JPY"), ("1.230", "KWD")])
def test_a_charge(stripe: Stripe, peer: str, world: World, amount: str, currency: str) -> None:
    asked = intent(world, "pay_1", Decimal(amount), currency)
    started = stripe.charge(asked, card(peer, GOOD))
    facts = stripe.read("pay_1", started.reference)
    assert facts is not None
    assert (facts.progress, facts.amount, facts.currency) == (Progress.SUCCEEDED, Decimal(amount), currency)
    assert (facts.key, facts.merchant, facts.subject) == ("pay_1", ACCOUNT, "inv_1")


def test_a_card_without_money(stripe: Stripe, peer: str, world: World) -> None:
    with pytest.raises(Refused, match="card was declined"):
        stripe.charge(intent(world, "pay_1"), card(peer, POOR))


def test_a_card_whose_bank_wants_its_payer(stripe: Stripe, peer: str, world: World) -> None:
    started = stripe.charge(intent(world, "pay_1"), card(peer, CAREFUL))
    facts = stripe.read("pay_1", started.reference)
    assert facts is not None and facts.progress is Progress.FAILED


def test_refunds_in_parts(stripe: Stripe, peer: str, world: World) -> None:
    started = stripe.charge(intent(world, "pay_1"), card(peer, GOOD))
    stripe.read("pay_1", started.reference)
    references = set()
    for key, amount in (("rfd_1", PART), ("rfd_2", Decimal(10)), ("rfd_1", PART)):
        given = stripe.refund(RefundOrder(key, "pay_1", started.reference, amount, "EUR", ACCOUNT, "x"))
        facts = stripe.read(key, given.reference)
        assert facts is not None and (facts.progress, facts.amount, facts.key) == (Progress.SUCCEEDED, amount, key)
        references.add(given.reference)
    # localstripe would have given back a third time: our own journal has not asked it to.
    assert len(references) == 2


def test_its_signed_events_are_taken_and_others_are_not(stripe: Stripe, peer: str, world: World) -> None:
    came: Queue[tuple[bytes, str]] = Queue()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.put((body, self.headers["Stripe-Signature"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        told = f'{{"url": "http://127.0.0.1:{server.server_address[1]}/", "secret": "{SIGNING}"}}'.encode()
        headers = {"Content-Type": "application/json"}
        config = urllib.request.Request(f"{peer}/_config/webhooks/ours", told, headers)  # noqa: S310  # loopback
        urllib.request.urlopen(config, timeout=5).close()  # noqa: S310
        stripe.charge(intent(world, "pay_1"), card(peer, GOOD))
        keys = []
        until = time.monotonic() + START_S
        while "pay_1" not in keys and time.monotonic() < until:
            try:
                body, signature = came.get(timeout=1)
            except Empty:
                continue
            keys.append(stripe.hint(Message(body, {"stripe-signature": signature}, {})))
            with pytest.raises(Refused, match="not signed by Stripe"):
                stripe.hint(Message(body + b" ", {"Stripe-Signature": signature}, {}))
        assert "pay_1" in keys
    finally:
        server.shutdown()
        server.server_close()
