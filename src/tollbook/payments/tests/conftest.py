"""Customers with invoices to pay, and the test gateway that they pay through."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from tollbook.gateways.test import actions as sandbox
from tollbook.gateways.test.models import Entry
from tollbook.invoicing.models import Invoice
from tollbook.invoicing.queries import open_invoices
from tollbook.kernel.money import Money, plain
from tollbook.ledger.queries import balance_of
from tollbook.ledger.rules import AccountKind
from tollbook.payments import actions, asking, queries
from tollbook.payments.models import Payment
from tollbook.site.tests.world import Party, World, instant


def eur(amount: str) -> Money:
    """An amount in euros."""
    return Money(Decimal(amount), "EUR")


@dataclass
class Payer:
    """A customer who owes: one invoice of `amount` each month, tax included."""

    world: World
    party: Party
    sent: int = 0

    @property
    def row(self) -> Any:
        return self.party.row

    @property
    def invoices(self) -> list[Invoice]:
        return [invoice for invoice in self.party.invoices if invoice.kind == Invoice.Kind.INVOICE]

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
        return [str(money) for money in queries.credit(self.row)]

    def ledger(self, kind: AccountKind, owner: str | None = None, currency: str = "EUR") -> str:
        """The balance of an account, the customer's own if no owner is named; debit is positive."""
        name = self.row.public_id if owner is None else owner
        return plain(balance_of(self.world.brand.pk, kind, currency, name))

    def begins(self, invoice: Invoice | None = None, **how: Any) -> Payment:
        """Begin a payment of the (last) invoice through the test gateway, and call the gateway."""
        self.sent += 1
        key = how.pop("key", f"p{self.sent}")
        behaves = how.pop("behaves", None)
        payment = actions.pay_invoice(invoice or self.invoices[-1], "test", key=key, **how)
        if behaves:
            sandbox.script(payment.public_id, **behaves)
        asking.send(payment.public_id)
        return self.again(payment)

    def pays(self, invoice: Invoice | None = None, **how: Any) -> Payment:
        """Begin a payment, pay on the gateway's page, and let the gateway be asked."""
        payment = self.begins(invoice, **how)
        sandbox.finish(payment.public_id, Entry.Kind.CAPTURE)
        asking.ask(payment.public_id, "hint")
        return self.again(payment)

    def transfers(self, amount: str, reference: str, invoice: Invoice | None = None, currency: str = "EUR") -> Payment:
        """A bank transfer arrives."""
        money = Money(Decimal(amount), currency)
        return actions.receive(self.row, money, "manual", reference, invoice=invoice)

    def again(self, payment: Payment) -> Payment:
        """The payment as it is now."""
        return queries.by_public_id(payment.public_id)


@pytest.fixture
def payer(world: World) -> Callable[..., Payer]:
    """`payer("acme", months=2)`: a customer with that many invoices of 123 EUR (100 and 23 % of VAT)."""

    def make(reference: str = "acme", months: int = 1) -> Payer:
        if "rent" not in world.plans:
            world.plan("rent", world.monthly("100"))
        party = world.customer(reference).buys("rent", "2026-05-01")
        for month in range(months):
            world.on(max(world.now, instant(f"2026-{6 + month:02}-01"))).close()
        return Payer(world, party)

    return make
