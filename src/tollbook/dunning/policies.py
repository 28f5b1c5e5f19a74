"""Policies as they are stored: what is said where, what counts for whom, and saying something else."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.brands.models import Brand
from tollbook.catalog.models import Product
from tollbook.customers.models import Customer, CustomerGroup
from tollbook.dunning.models import PolicyValue
from tollbook.dunning.policy import (
    From,
    Level,
    Place,
    Policy,
    Said,
    contradictions,
    inherited,
    policy_of,
    read,
)
from tollbook.identity.audit import SYSTEM, record
from tollbook.kernel.errors import Invalid, NotFound, Problem, shown
from tollbook.subscriptions.models import Subscription


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a policy is for, by public ids; empty: nobody in particular. A service is named by its subscription."""

    brand: str
    group: str = ""
    product: str = ""
    customer: str = ""
    service: str = ""

    def chain(self) -> tuple[Place, ...]:
        """The places where something may be said for it, the nearest first."""
        names = (
            (Level.SERVICE, self.service),
            (Level.CUSTOMER, self.customer),
            (Level.PRODUCT, self.product),
            (Level.GROUP, self.group),
            (Level.BRAND, self.brand),
        )
        return tuple((level, name) for level, name in names if name)


class Policies:
    """Everything that is said now, read once; policies of subjects are made from it and kept."""

    def __init__(self, said: Said) -> None:
        self.said = said
        self._kept: dict[Subject, Policy] = {}

    def of(self, subject: Subject) -> Policy:
        """The policy that counts for the subject."""
        if subject not in self._kept:
            self._kept[subject] = policy_of(self.fields(subject))
        return self._kept[subject]

    def fields(self, subject: Subject) -> dict[str, From]:
        """Each field as it counts for the subject, and where that is said."""
        return inherited(self.said, subject.chain())

    @property
    def earliest(self) -> int:
        """How many days before a due day the first step of any policy can be; not less than none."""
        every = [self.of(Subject("")), *(self.of(_lone(*place)) for place in _places(self.said))]
        return max(0, *(-each.days for policy in every for each in policy.reminders), 0)


def _lone(level: Level, name: str) -> Subject:
    given = {"brand": "", level.value: name}
    return Subject(**given)


def _places(said: Said) -> set[Place]:
    return {(level, name) for level, name, _ in said}


def load() -> Policies:
    """What is said now, in one query."""
    rows = (
        PolicyValue.objects.order_by("level", "scope_id", "field", "-pk")
        .distinct("level", "scope_id", "field")
        .values_list("level", "scope_id", "field", "value")
    )
    return Policies({(Level(level), name, field): value for level, name, field, value in rows if value is not None})


def subject_at(level: Level, name: str) -> Subject:
    """The subject that a place is, with what is above it; of a service also its product. NotFound
    "policy_place_not_found".
    """
    found = _subject_at(level, name)
    if found is None:
        raise NotFound("policy_place_not_found", f"{level} {shown(name)}: there is none", param="scope_id")
    return found


def _subject_at(level: Level, name: str) -> Subject | None:  # one question for each level
    if level is Level.BRAND:
        brand = Brand.objects.filter(public_id=name).first()
        return Subject(brand.public_id) if brand else None
    if level is Level.GROUP:
        group = CustomerGroup.objects.select_related("brand").filter(public_id=name).first()
        return Subject(group.brand.public_id, group=name) if group else None
    if level is Level.PRODUCT:
        product = Product.objects.select_related("brand").filter(public_id=name).first()
        return Subject(product.brand.public_id, product=name) if product else None
    if level is Level.CUSTOMER:
        customer = Customer.objects.select_related("brand", "group").filter(public_id=name).first()
        return subject_of(customer) if customer else None
    rows = Subscription.objects.select_related("customer__brand", "customer__group", "version__plan__product")
    subscription = rows.filter(public_id=name).first()
    if subscription is None:
        return None
    product = subscription.version.plan.product
    return subject_of(subscription.customer, product.public_id, subscription.public_id)


def subject_of(customer: Customer, product: str = "", service: str = "") -> Subject:
    """The subject for a customer (brand and group loaded), and for a product and a subscription of its."""
    group = customer.group.public_id if customer.group else ""
    return Subject(customer.brand.public_id, group, product, customer.public_id, service)


def history(level: Level, name: str) -> QuerySet[PolicyValue]:
    """What was said in a place, the latest first."""
    return PolicyValue.objects.filter(level=level, scope_id=name).order_by("-pk")


@action
def say(
    level: Level, name: str, changes: Mapping[str, Any], *, actor: str = SYSTEM, door: str = SYSTEM
) -> list[PolicyValue]:
    """Say these fields (JSON data; None: inherit again) in a place, all or none; returns what has changed.

    Refused as `policy.read`; NotFound "policy_place_not_found"; Invalid with every contradiction that it would lead to,
    in this place or below it.
    """
    for key, value in changes.items():
        if value is not None:
            read(key, value)
    subject = subject_at(level, name)
    _one_at_a_time()
    before = load().said
    after = dict(before)
    for key, value in changes.items():
        after.pop((level, name, key), None)
        if value is not None:
            after[level, name, key] = value
    if problems := clashes(after, subject.brand, (level, name)):
        raise Invalid(problems)
    changed = {key: value for key, value in changes.items() if before.get((level, name, key)) != value}
    if not changed:
        return []
    brand, at = Brand.objects.get(public_id=subject.brand), clock.now()
    rows = PolicyValue.objects.bulk_create(
        PolicyValue(
            brand=brand, level=level, scope_id=name, field=key, value=value, said_by=actor[:200], created_at=at
        )
        for key, value in changed.items()
    )  # fmt: skip
    whose = Customer.objects.filter(public_id=subject.customer).values_list("pk", flat=True).first()
    detail = {"level": level, **changed}
    record("dunning.say", name, actor=actor, door=door, customer_id=whose, detail=detail, at=at)
    return rows


def _one_at_a_time() -> None:
    """Of two changes that contradict each other, the second one must see the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tollbook.dunning.say'))")


def clashes(said: Said, brand: str, changed: Place) -> list[Problem]:
    """The contradictions in `said`, for the place that changes and for everything below it where something is said."""
    found: dict[tuple[Place, str], Problem] = {}
    kept = Policies(said)
    for subject in _below(said, brand):
        chain = subject.chain()
        if changed in chain:
            for each in contradictions(kept.of(subject)):
                level, name = chain[0]
                where = "" if chain[0] == changed else f" (for {level} {name})"
                told = Problem(None, each.field, each.value, each.code, f"{each.reason}{where}")
                found.setdefault((chain[0], each.code), told)
    return list(found.values())


def _below(said: Said, brand: str) -> Iterator[Subject]:
    """Every subject of a brand for which something of its own counts: all that its places can be put together to."""
    named: dict[Level, list[str]] = defaultdict(list)
    for level, name in sorted(_places(said)):
        named[level].append(name)
    products = ["", *_ids(Product.objects.filter(brand__public_id=brand), named[Level.PRODUCT])]
    groups = ["", *_ids(CustomerGroup.objects.filter(brand__public_id=brand), named[Level.GROUP])]
    customers = Customer.objects.select_related("brand", "group").filter(
        brand__public_id=brand, public_id__in=named[Level.CUSTOMER]
    )
    for product in products:
        for group in groups:
            yield Subject(brand, group=group, product=product)
        for customer in customers:
            yield subject_of(customer, product)
    rows = Subscription.objects.select_related("customer__brand", "customer__group", "version__plan__product")
    for each in rows.filter(customer__brand__public_id=brand, public_id__in=named[Level.SERVICE]):
        yield subject_of(each.customer, each.version.plan.product.public_id, each.public_id)


def _ids(rows: "QuerySet[Any]", wanted: Iterable[str]) -> list[str]:
    return list(rows.filter(public_id__in=list(wanted)).order_by("public_id").values_list("public_id", flat=True))


#: Which level a public id belongs to, by its prefix.
LEVELS = {
    "brd": Level.BRAND,
    "grp": Level.GROUP,
    "prd": Level.PRODUCT,
    "cus": Level.CUSTOMER,
    "sub": Level.SERVICE,
}


def place_of(public_id: str) -> Place:
    """The place that a public id is; NotFound "policy_place_not_found"."""
    level = LEVELS.get(public_id.partition("_")[0])
    if level is None:
        right = "give the id of a brand, group, product, customer or subscription"
        raise NotFound("policy_place_not_found", f"{shown(public_id)}: {right}", param="scope_id")
    subject_at(level, public_id)
    return level, public_id


def name_of(level: Level, name: str) -> str:
    """What people call a place; its id where it is gone."""
    rows: dict[Level, Any] = {
        Level.BRAND: Brand,
        Level.GROUP: CustomerGroup,
        Level.PRODUCT: Product,
        Level.CUSTOMER: Customer,
        Level.SERVICE: Subscription,
    }
    found = rows[level].objects.filter(public_id=name).first()
    return str(found) if found is not None else name
