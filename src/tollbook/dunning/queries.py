"""Dunning, read: what stands, what was done, said and told, and who is to be looked at."""

from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from tollbook.base.bulk import WHOLE, Part
from tollbook.brands.models import Brand
from tollbook.customers.models import Customer
from tollbook.dunning.models import Notice, Pause, Step, Stop
from tollbook.invoicing.models import DEMANDS, Invoice
from tollbook.invoicing.queries import OPEN
from tollbook.kernel.errors import NotFound
from tollbook.kernel.times import zone_info
from tollbook.provisioning.models import Service as Provisioned
from tollbook.provisioning.queries import live, services_of
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.rules import State

OPEN_STOP = Q(lifted_at__isnull=True, ended_at__isnull=True)


def day_of(customer: Customer, at: datetime) -> date:
    """The day on which steps of the customer fall due at `at`: that of its brand, as due days are."""
    return at.astimezone(zone_info(customer.brand.zone)).date()


def is_over(subscription: Subscription, at: datetime) -> bool:
    """Whether the subscription has ended by `at`; one whose end is said for later runs on until then."""
    ended_at = subscription.ended_at
    return subscription.state == State.ENDED and (ended_at is None or ended_at <= at)


def live_services(subscription_id: int) -> list[Provisioned]:
    """The provisioned services of a subscription (row id) that run, or will, and are not to end."""
    return list(live(services_of(subscription_id)))


def active(pause: Pause, on: date) -> bool:
    """Whether steps wait for it on that day; the day until which it is said belongs to it."""
    return pause.lifted_at is None and (pause.until is None or on <= pause.until)


def candidates(at: datetime, earliest: int, part: Part = WHOLE) -> list[int]:
    """Row ids of customers with unpaid invoices for which a step may be due at `at`, or with services that dunning has
    stopped, who were not looked at on this day of their brand; reminders come at most `earliest` days before a due day.
    """
    found: set[int] = set()
    for brand in Brand.objects.order_by("pk"):
        on = at.astimezone(zone_info(brand.zone)).date()
        customers = part.of(Customer.objects.filter(brand=brand), "pk").exclude(dunning_look__on__gte=on)
        rows = Invoice.objects.filter(kind__in=DEMANDS, state="issued", due_on__lte=on + timedelta(earliest))
        unpaid = rows.filter(customer__in=customers).annotate(left=OPEN).filter(left__gt=0)
        found.update(unpaid.values_list("customer_id", flat=True))
        found.update(Stop.objects.filter(OPEN_STOP, customer__in=customers).values_list("customer_id", flat=True))
    return sorted(found)


def open_stops(customer: Customer) -> QuerySet[Stop]:
    """What dunning has stopped and not let run again, the earliest first."""
    return Stop.objects.filter(OPEN_STOP, customer=customer).select_related("subscription", "invoice").order_by("pk")


def steps_of(customer: Customer) -> QuerySet[Step]:
    """What was done for the customer's invoices, the latest first."""
    rows = Step.objects.filter(customer=customer).select_related("invoice", "subscription", "fee_invoice", "payment")
    return rows.order_by("-taken_at", "-pk")


def notices_of(customer: Customer) -> QuerySet[Notice]:
    """What the customer was told, the latest first."""
    return Notice.objects.filter(customer=customer).select_related("invoice").order_by("-created_at", "-pk")


def pauses_of(customer: Customer) -> QuerySet[Pause]:
    """Why steps of the customer wait or waited, the latest first."""
    return Pause.objects.filter(customer=customer).select_related("invoice").order_by("-pk")


def pause_by_public_id(public_id: str) -> Pause:
    """The pause with that id; NotFound "pause_not_found"."""
    found = Pause.objects.select_related("customer__brand", "customer__group").filter(public_id=public_id).first()
    if found is None:
        raise NotFound("pause_not_found", f"there is no exemption, promise or dispute {public_id}", param="pause")
    return found
