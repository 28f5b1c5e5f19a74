"""A brand with an account at Stripe, the fake Stripe behind it, and a customer who owes."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from tollbook.base import tasks
from tollbook.customers.models import Customer
from tollbook.gateways.stripe import actions as stripe_actions
from tollbook.gateways.stripe.models import Account
from tollbook.gateways.stripe.tests import fake as fakes
from tollbook.gateways.stripe.tests.fake import Fake
from tollbook.gateways.stripe.wire import URL
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.queries import open_invoices
from tollbook.kernel.money import plain
from tollbook.ledger.queries import balance_of
from tollbook.ledger.rules import AccountKind
from tollbook.payments import actions, asking, collecting, methods
from tollbook.payments.models import Method, Payment
from tollbook.payments.protocol import Saved
from tollbook.payments.queries import by_public_id, credit
from tollbook.site.tests.world import Party, World

HOOK = "/hooks/payments/stripe/"


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    """Stripe on loopback, and nothing done there yet."""
    made = Fake()
    server = fakes.serve(made)
    monkeypatch.setenv(URL, made.url)
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def account(world: World, fake: Fake) -> Account:
    """The brand's account."""
    with connection.cursor() as cursor:
        # What tests with transactions of their own left in the queue is not this test's to do.
        cursor.execute("DELETE FROM procrastinate_jobs WHERE status = 'todo'")
    given = stripe_actions.Given(fakes.SECRET, fakes.SIGNING, "https://billing.harbour.example")
    return stripe_actions.connect(world.brand, given)


def run_waiting() -> int:
    """Do what waits in the queue, as a worker would; how many jobs there were."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE task_name = 'tollbook.run' AND status = 'todo' RETURNING args"
        )
        waiting = [args if isinstance(args, dict) else json.loads(args) for (args,) in cursor.fetchall()]
    for job in waiting:
        tasks.run(job["name"], job["arguments"])
    return len(waiting)


@dataclass
class Shop:
    """A customer who owes, and pays through Stripe."""

    world: World
    party: Party
    fake: Fake
    sent: int = 0

    @property
    def row(self) -> Customer:
        return self.party.row

    @property
    def invoices(self) -> list[Invoice]:
        return self.party.invoices

    @property
    def states(self) -> list[str]:
        """The states of the invoices, the first one first."""
        return [invoice.state for invoice in self.invoices]

    @property
    def open(self) -> list[str]:
        """What is open of each invoice."""
        left = {row.pk: plain(row.open) for row in open_invoices(self.row)}
        return [left.get(invoice.pk, "0") for invoice in self.invoices]

    @property
    def credit(self) -> list[str]:
        """What was paid and is not used, by currency."""
        return [str(money) for money in credit(self.row)]

    def begins(self, invoice: Invoice | None = None, **how: Any) -> Payment:
        """Begin a payment of the (last) invoice, and call Stripe."""
        self.sent += 1
        key = how.pop("key", f"p{self.sent}")
        payment = actions.pay_invoice(invoice or self.invoices[-1], "stripe", key=key, **how)
        asking.send(payment.public_id)
        return self.again(payment)

    def pays(self, invoice: Invoice | None = None, **how: Any) -> Payment:
        """Begin a payment, pay on Stripe's page, and let Stripe be asked."""
        payment = self.begins(invoice, **how)
        self.fake.pays(payment.reference)
        asking.ask(payment.public_id, "hint")
        return self.again(payment)

    def saves(self, behaves: str = "ok") -> Method:
        """A card that Stripe keeps for the customer."""
        return methods.keep(self.row.pk, "stripe", Saved(self.fake.card(behaves), "Visa ending 4242"), self.world.now)

    def charged(self, method: Method, invoice: Invoice | None = None) -> Payment:
        """Charge a saved method for an invoice, the customer being away."""
        self.sent += 1
        payment = collecting.collect_invoice(invoice or self.invoices[-1], method.public_id, key=f"c{self.sent}")
        assert payment is not None
        asking.send(payment.public_id)
        return self.again(payment)

    def again(self, payment: Payment) -> Payment:
        return by_public_id(payment.public_id)

    def hears(self, body: bytes | None = None, header: str | None = None) -> int:
        """An event comes to the callback address (by default the latest, well signed); the status of the answer."""
        body = self.fake.events[-1] if body is None else body
        header = fakes.signed(body) if header is None else header
        answer = Client().post(HOOK, body, content_type="application/json", headers={"Stripe-Signature": header})
        return answer.status_code

    @property
    def agrees(self) -> bool:
        """Whether Stripe's own book and our clearing account say the same."""
        ours = balance_of(self.world.brand.pk, AccountKind.CLEARING, "EUR", "stripe")
        return ours == Decimal(self.fake.balance("eur")) / 100

    @property
    def cleared(self) -> str:
        """What our books say that Stripe holds."""
        return plain(balance_of(self.world.brand.pk, AccountKind.CLEARING, "EUR", "stripe"))


@pytest.fixture
def shop(world: World, account: Account, fake: Fake) -> Callable[..., Shop]:
    """`shop("acme", months=2)`: a customer with that many invoices of 123 EUR (100 and 23 % of VAT)."""

    def make(reference: str = "acme", months: int = 1) -> Shop:
        if "rent" not in world.plans:
            world.plan("rent", world.monthly("100"))
        party = world.customer(reference).buys("rent", "2026-05-01")
        for month in range(months):
            world.on(f"2026-{6 + month:02}-01").close()
        return Shop(world, party, fake)

    return make
