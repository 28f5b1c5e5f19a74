"""Signing up: somebody gives an address and accepts terms, proves the address, and is a customer from then on.

Until the address is proven nothing exists but a user who cannot log in; that is dropped after a week, or when the same
address signs up again: nobody can hold an address that is not theirs.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.brands.models import Brand
from tollbook.customers.actions import NewCustomer, add
from tollbook.customers.models import Customer, Membership, SignUp, Terms
from tollbook.customers.settings import SIGN_UP
from tollbook.features.queries import Scope, value
from tollbook.identity.audit import SYSTEM, record
from tollbook.identity.models import User
from tollbook.kernel.errors import NotFound, Refused, shown
from tollbook.kernel.text import clean_text

LIFE = timedelta(days=7)
DOOR = "account"


@dataclass(frozen=True, slots=True)
class Given:
    """What is told at sign-up; `country` is two letters of ISO 3166, `name` that of the customer."""

    kind: str
    name: str
    country: str
    vat_id: str = ""


@action
def publish(brand: Brand, version: str, text: str, *, actor: str, door: str = SYSTEM) -> Terms:
    """A new version of the brand's terms, which counts for sign-ups from now on.

    Refused "terms_exist" for a version that was published, or a code of `kernel.text`.
    """
    version = clean_text(version, "version", 40)
    if not text.strip():
        raise Refused("empty", "text: give the terms", param="text")
    try:
        with transaction.atomic():
            terms = Terms.objects.create(
                brand=brand, version=version, text=text.strip(), published_at=clock.now(), published_by=actor
            )
    except IntegrityError:
        message = f"version {shown(version)}: {brand.name} has published it; give another"
        raise Refused("terms_exist", message, param="version") from None
    record("terms.publish", brand.public_id, actor=actor, door=door, detail={"version": version})
    return terms


def current_terms(brand: Brand) -> Terms:
    """The terms that count now: those published last. NotFound "no_terms"."""
    found = Terms.objects.filter(brand=brand).order_by("-published_at", "-pk").first()
    if found is None:
        raise NotFound("no_terms", f"{brand.name} has published no terms", param="brand")
    return found


def open_brands() -> list[Brand]:
    """The brands that people can sign up with now, by name: the switch is on and there are terms."""
    found = Brand.objects.filter(terms__isnull=False).distinct().order_by("name", "pk")
    return [brand for brand in found if value(SIGN_UP, Scope(brand=brand.public_id))]


@action
def start(user: User, terms: Terms, given: Given, address: str) -> SignUp:
    """The sign-up of a user who has just been made and whose address is not proven yet; `address` is where the terms
    were accepted from. Refused with the code of a name that is wrong.
    """
    return SignUp.objects.create(
        user=user,
        brand_id=terms.brand_id,
        email=user.email,
        kind=given.kind,
        name=clean_text(given.name, "name", 200),
        country=given.country,
        vat_id=given.vat_id,
        terms=terms,
        accepted_at=clock.now(),
        accepted_from=address,
    )


def is_pending(user: User) -> bool:
    """Whether the user signed up and did not prove the address yet."""
    return SignUp.objects.filter(user=user, activated_at=None).exists()


@action
def activate(user: User) -> Customer | None:
    """Make the customer of a user who has proven the address, who becomes its owner; once, however often it is asked.

    None where there is nothing to make.
    """
    found = SignUp.objects.select_for_update(of=("self",)).filter(user=user, activated_at=None, expired_at=None)
    mine = found.select_related("brand", "terms").first()
    if mine is None:
        return None
    at = clock.now()
    profile = {"country": mine.country, "vat_id": mine.vat_id}
    new = NewCustomer(name=mine.name, reference=mine.public_id, profile=profile, kind=mine.kind, email=mine.email)
    customer = add(mine.brand, new, at)
    Membership.objects.create(customer=customer, user=user, role=Membership.Role.OWNER)
    mine.customer, mine.activated_at = customer, at
    mine.save(update_fields=["customer", "activated_at"])
    detail = {"sign_up": mine.public_id, "terms": mine.terms.version, "billing_plan": customer.billing_plan}
    record("customer.sign_up", customer.public_id, actor=user.email, door=DOOR, customer_id=customer.pk, detail=detail)
    return customer


@action
def give_up(email: str) -> bool:
    """Drop the unproven sign-up that holds this address, so that another can; whether there was one."""
    return _drop(list(_pending().filter(email__iexact=email)), clock.now()) > 0


@action
def expire_due(at: datetime) -> int:
    """Drop what was begun a week ago and not finished; how many."""
    return _drop(list(_pending().filter(accepted_at__lte=at - LIFE)), at)


def _pending() -> QuerySet[SignUp]:
    return SignUp.objects.select_for_update(of=("self",)).filter(activated_at=None, expired_at=None, user__isnull=False)


def _drop(rows: list[SignUp], at: datetime) -> int:
    for each in rows:
        user, each.user, each.expired_at = each.user, None, at
        each.save(update_fields=["user", "expired_at"])
        if user is not None:
            user.delete()
        record("sign_up.expire", each.public_id, at=at)
    return len(rows)
