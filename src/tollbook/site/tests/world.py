"""A small world to tell stories in, made by the real actions.

world.meter("sms").plan("cloud", world.monthly("49.00"), world.metered("sms", "0.0043"))
acme = world.customer("acme").buys("cloud").uses("sms", 1500, on="2026-05-03")
world.on("2026-06-01").close()
assert acme.totals == ["68.2"]
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tollbook.base import clock
from tollbook.brands.models import Brand, TaxRate
from tollbook.catalog.actions import NewPrice, plan, price_book, publish
from tollbook.catalog.models import PlanVersion, Price
from tollbook.catalog.queries import version_at
from tollbook.charging.actions import charge_due
from tollbook.charging.models import Charge
from tollbook.customers.actions import NewCustomer, add
from tollbook.customers.models import Customer
from tollbook.invoicing.actions import bill_due, credit_due
from tollbook.invoicing.models import Invoice
from tollbook.kernel.money import Money, plain
from tollbook.metering.actions import Recorded, record
from tollbook.metering.models import Meter
from tollbook.metering.rules import Draft
from tollbook.rating import Terms
from tollbook.subscriptions.actions import end, start
from tollbook.subscriptions.changes import change
from tollbook.subscriptions.models import Subscription
from tollbook.wallets import queries as wallet_queries
from tollbook.wallets.actions import open_wallet, top_up

BEGINNING = "2026-05-01"
_ADDRESS = {"street": "1 Quay Street", "city": "Galway", "postcode": "H91 X2Y3", "country": "IE"}


def instant(when: str | datetime) -> datetime:
    """An instant from '2026-05-01' or '2026-05-01 10:30' (UTC), or as it is."""
    if isinstance(when, datetime):
        return when
    found = datetime.fromisoformat(when)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@dataclass
class Party:
    """A customer in a story: what it buys, uses and pays, and what became of it as plain values."""

    world: "World"
    row: Customer
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    events: int = 0
    last: Recorded | None = None

    def buys(self, plan_code: str, on: str | datetime = "", *, key: str = "", **how: Any) -> "Party":
        """Subscribe to the plan from `on` (the world's now)."""
        at = instant(on) if on else self.world.now
        version = version_at(self.world.plans[plan_code].plan, at)
        key = key or plan_code
        self.subscriptions[key] = start(self.row, version, key=key, at=at, **how)
        return self

    def changes(self, key: str, to: str, on: str | datetime = "", *, request: str = "", number: int = 0) -> "Party":
        """Change the plan of the subscription `key` to the latest version of plan `to` (or its version `number`)."""
        at = instant(on) if on else self.world.now
        version = self.world.plans[to]
        version = version.plan.versions.get(number=number) if number else version
        changed = self.subscriptions[key]
        request = request or f"change-{changed.phases.count()}"
        self.subscriptions[key] = change(changed.public_id, version, at, key=request)
        return self

    def ends(self, key: str, on: str) -> "Party":
        """End the subscription `key` at that instant."""
        self.subscriptions[key] = end(self.subscriptions[key].public_id, instant(on))
        return self

    def draft(
        self,
        meter: str,
        quantity: object = 1,
        on: str | datetime = "",
        *,
        id: str = "",
        of: str = "",
        resource: str = "",
        **dims: str,
    ) -> Draft:
        """A usage event; `of` is the key of the subscription that it names."""
        self.events += 1
        name = self.subscriptions[of].public_id if of else ""
        at = instant(on) if on else self.world.now
        amount = Decimal(str(quantity))
        return Draft("test", id or f"e{self.events}", self.row.public_id, meter, name, amount, at, dims, resource)

    def uses(self, meter: str, quantity: object = 1, on: str | datetime = "", **more: str) -> "Party":
        """Record one event; `last` says what became of it."""
        return self.sends(self.draft(meter, quantity, on, **more))

    def sends(self, *drafts: Draft) -> "Party":
        """Record a batch."""
        self.last = record(drafts, door="test", customer=self.row)
        return self

    def tops_up(self, amount: str, key: str = "first", **how: Any) -> "Party":
        """Pay into the general wallet, made if need be."""
        wallet = open_wallet(self.row, self.row.currency, **how)
        top_up(wallet.pk, Money(Decimal(amount), self.row.currency), key=key)
        return self

    @property
    def balance(self) -> str:
        """What the general wallet holds."""
        return plain(wallet_queries.of_customer(self.row).get(scope="", currency=self.row.currency).balance)

    @property
    def invoices(self) -> list[Invoice]:
        """Issued invoices, the first one first."""
        return list(Invoice.objects.filter(customer=self.row).exclude(state="draft").order_by("pk"))

    @property
    def totals(self) -> list[str]:
        """Totals of the invoices, the first one first."""
        return [plain(invoice.total) for invoice in self.invoices]

    @property
    def charges(self) -> list[tuple[str, str, str]]:
        """(code of the price, quantity, amount) of each charge in the order in which they were made."""
        rows = Charge.objects.filter(customer=self.row).order_by("pk")
        return [(c.price.code, plain(c.quantity), plain(c.amount)) for c in rows.select_related("price")]


class World:
    """A brand in Ireland (VAT 23 % since 2012), its plans and customers, and a clock that goes forward."""

    def __init__(self) -> None:
        self.plans: dict[str, PlanVersion] = {}
        clock.set_virtual(instant(BEGINNING))
        TaxRate.objects.get_or_create(
            country="IE", category="standard", valid_from=date(2012, 1, 1), defaults={"percent": Decimal(23)}
        )
        self.brand = Brand.objects.create(
            code="harbour", name="Harbour Cloud", legal_name="Harbour Cloud Ltd", vat_id="IE1234567FA",
            email="billing@harbour.example", currency="EUR", iban="IE29AIBK93115212345678", **_ADDRESS,
        )  # fmt: skip

    @property
    def now(self) -> datetime:
        """The world's clock."""
        return clock.now()

    def on(self, when: str | datetime) -> "World":
        """Put the clock forward."""
        clock.set_virtual(instant(when))
        return self

    def rounds(self, line_rounding: str) -> "World":
        """Set how the brand rounds lines."""
        self.brand.line_rounding = line_rounding
        self.brand.save(update_fields=["line_rounding"])
        return self

    def taxes(self, mode: str = "sum_by_net", *, inside: bool = False, included: str = "keep_price") -> "World":
        """Set where the brand rounds tax, whether its prices include tax, and what that means abroad."""
        self.brand.tax_mode, self.brand.included_tax = mode, included
        self.brand.save(update_fields=["tax_mode", "included_tax"])
        price_book(self.brand, "EUR", includes_tax=inside)
        return self

    def meter(
        self, code: str, aggregation: str = "sum", *dimensions: str, negative: bool = False, **more: Any
    ) -> "World":
        """A meter of that code."""
        Meter.objects.create(
            code=code, name=code.title(), unit=code, aggregation=aggregation, dimensions=list(dimensions),
            allow_negative=negative, **more,
        )  # fmt: skip
        return self

    def monthly(self, amount: str, code: str = "fee", *, in_advance: bool = False, **more: Any) -> NewPrice:
        """A recurring fee."""
        return self._fee(amount, code, Price.Kind.RECURRING, in_advance=in_advance, **more)

    def once(self, amount: str, code: str = "setup", **more: Any) -> NewPrice:
        """A one-time fee."""
        return self._fee(amount, code, Price.Kind.ONE_TIME, **more)

    def _fee(self, amount: str, code: str, kind: str, **more: Any) -> NewPrice:
        semantics = more.pop("semantics", {})
        terms = Terms.parse({"model": "flat", "amount": amount, "semantics": semantics})
        return NewPrice(code=code, name=code.title(), kind=kind, terms=terms, unit="period", **more)

    def metered(
        self, meter: str, unit_price: str = "1", code: str = "", *, prepaid: bool = False, **terms: Any
    ) -> NewPrice:
        """A metered price, by the unit unless `terms` name another model; `match` says which dimensions it prices."""
        match = terms.pop("match", {})
        model = terms if "model" in terms else {"model": "unit", "unit_price": unit_price, **terms}
        return NewPrice(
            code=code or meter, name=(code or meter).title(), kind=Price.Kind.METERED, terms=Terms.parse(model),
            mode=Price.Mode.PREPAID if prepaid else Price.Mode.POSTPAID, meter=meter, match=match, unit=meter,
        )  # fmt: skip

    def plan(self, code: str, *prices: NewPrice, valid_from: str = "2026-01-01", scope: str = "new") -> PlanVersion:
        """Publish a plan (or its next version) with these prices in the brand's currency."""
        found = plan(self.brand, code, code.title(), code, code.title())
        self.plans[code] = publish(found, price_book(self.brand, "EUR"), prices, instant(valid_from), scope)
        return self.plans[code]

    def customer(self, reference: str = "acme", zone: str = "UTC", **more: Any) -> Party:
        """A customer at home in Ireland."""
        profile = {**_ADDRESS, **more.pop("profile", {})}
        return Party(self, add(self.brand, NewCustomer(reference.title(), reference, profile, zone=zone, **more)))

    def charge(self) -> int:
        """Charge what is due now; how many charges were made."""
        return charge_due(self.now)

    def credits(self) -> int:
        """Issue the credit notes that are due now; how many."""
        return credit_due(self.now)

    def bill(self) -> int:
        """Invoice what is due now; how many invoices were issued."""
        return bill_due(self.now)

    def close(self) -> "World":
        """Charge and invoice what is due now."""
        self.charge()
        self.bill()
        return self
