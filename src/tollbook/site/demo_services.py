"""What runs in the demo, and what is ordered: a service under a plan that is billed anyway, and an order that waits for
staff to accept it. Neither changes what the month bills.
"""

from datetime import datetime

from tollbook.base import clock
from tollbook.brands.models import Brand
from tollbook.catalog.actions import NewPrice, plan, price_book, publish
from tollbook.catalog.models import PlanVersion, Price
from tollbook.customers.models import Customer
from tollbook.features.actions import set_value
from tollbook.features.queries import Scope, value
from tollbook.features.registry import Level
from tollbook.orders import actions, drafting, offers
from tollbook.orders.drafting import By, Wish
from tollbook.orders.rules import Accept
from tollbook.orders.settings import ACCEPT
from tollbook.provisioning import connections, running
from tollbook.provisioning.actions import provide
from tollbook.provisioning.connectors.base import Spec
from tollbook.provisioning.models import Connection
from tollbook.rating import Terms
from tollbook.subscriptions.models import Subscription

_BY = By("demo", "demo", people=True)
_KEY = "demo"


def provide_platform(brand: Brand, customer: Customer) -> None:
    """Have the customer's platform access made by a console, from the day on which its subscription begins."""
    subscription = Subscription.objects.select_related("version__plan").get(customer=customer, key="platform")
    connections.deliver(subscription.version.plan, _console(brand), Spec("account", {"storage": "100 GB"}))
    provide(subscription, key=_KEY, at=max(subscription.started_at, clock.now()), actor=_BY.actor, door=_BY.door)


def _console(brand: Brand) -> Connection:
    name = "Demo console"
    found = Connection.objects.filter(brand=brand, name=name).first()
    settings = {"name": f"demo-{brand.code}"[:40], "keep": True}
    return found or connections.connect(brand, "console", name, settings, actor=_BY.actor, door=_BY.door)


def order_backup(brand: Brand, customer: Customer, offered_from: datetime) -> None:
    """Place the customer's order of a plan that is offered, once; what is due for services now is done before."""
    running.run_due(clock.now())
    if value(ACCEPT, Scope(brand=brand.public_id)) is not Accept.BY_PEOPLE:
        set_value(ACCEPT, Accept.BY_PEOPLE.value, level=Level.BRAND, scope_id=brand.public_id, actor=_BY.actor)
    sold = _backup(brand, offered_from).plan
    connections.deliver(sold, _console(brand), Spec("backup", {"days": 30}), asks=["hostname"])
    offers.offer(sold, text="Every night, kept for 30 days.", position=10, by=_BY)
    made = drafting.draft(customer, [Wish(sold, options={"hostname": "web1"})], key=_KEY, by=_BY)
    actions.place(made.public_id, by=_BY)


def _backup(brand: Brand, offered_from: datetime) -> PlanVersion:
    def flat(code: str, name: str, kind: Price.Kind, amount: str) -> NewPrice:
        terms = Terms.parse({"model": "flat", "amount": amount})
        return NewPrice(code, name, kind, terms, unit="month", unit_code="MON", in_advance=True)

    prices = [
        flat("backup", "Managed backup", Price.Kind.RECURRING, "19.00"),
        flat("set-up", "Managed backup, set-up", Price.Kind.ONE_TIME, "10.00"),
    ]
    found = plan(brand, "backup", "Managed backup", "backup-monthly", "Managed backup, monthly")
    return publish(found, price_book(brand, brand.currency), prices, offered_from)
