"""Who gets a mail, and mails, read."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, Min, OuterRef, QuerySet

from tollbook.base import clock
from tollbook.brands.models import Brand
from tollbook.customers.models import Customer, Membership
from tollbook.kernel.errors import NotFound, shown
from tollbook.mails.kinds import KINDS, MailKind
from tollbook.mails.models import BrandText, Declined, Mail
from tollbook.mails.rules import State, Text
from tollbook.mails.texts import LANGUAGES


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who gets a mail of a customer: a person of it (row id), or its billing address (None)."""

    customer: int
    address: str
    name: str
    language: str
    user: int | None = None


def receivers(kind: MailKind, customer_ids: Collection[int]) -> dict[int, list[Receiver]]:
    """Who gets mails of that kind, by row id of the customer; customers without anybody are left out.

    People with one of the kind's roles who have not declined it, and the billing address where the kind says so. Where
    that is nobody and the kind is mandatory, those who declined get it all the same.
    """
    found: dict[int, list[Receiver]] = defaultdict(list)
    declined: dict[int, list[Receiver]] = defaultdict(list)
    no = Declined.objects.filter(user=OuterRef("user"), kind=kind.kind)
    rows = Membership.objects.filter(customer__in=customer_ids, role__in=kind.roles, user__is_active=True)
    for each in rows.select_related("user", "customer").annotate(no=Exists(no)).order_by("pk"):
        person = each.user
        made = Receiver(
            each.customer_id, person.email, person.get_full_name(), person.language or each.customer.language, person.pk
        )
        (declined if each.no else found)[each.customer_id].append(made)
    if kind.to_billing:
        billing = Customer.objects.filter(pk__in=customer_ids).exclude(profile__email="")
        for row in billing.values_list("pk", "profile__email", "name", "language"):
            known = {receiver.address.lower() for receiver in (*found[row[0]], *declined[row[0]])}
            if row[1].lower() not in known:
                found[row[0]].append(Receiver(*row))
    if kind.mandatory:
        for customer_id, people in declined.items():
            if not found[customer_id]:
                found[customer_id] = people
    return {customer_id: people for customer_id, people in found.items() if people}


def who_listens(kind: str, customer_ids: Collection[int]) -> Collection[int]:
    """Which of these customers (row ids) have somebody who gets mails about facts of that kind."""
    return receivers(KINDS[kind], customer_ids).keys() if kind in KINDS else ()


def text_of(brand: Brand, kind: str, language: str) -> Text:
    """The brand's text for a kind of mail in a language of ours; what comes with Tollbook where it has none."""
    own = BrandText.objects.filter(brand=brand, kind=kind, language=language).first()
    return Text(own.subject, own.body, own.button) if own is not None else LANGUAGES[language][kind]


def mails() -> QuerySet[Mail]:
    """All mails, the latest first."""
    return Mail.objects.select_related("brand", "customer", "fact", "user").order_by("-pk")


def mail(public_id: str) -> Mail:
    """The mail with that id; NotFound "mail_not_found"."""
    found = mails().filter(public_id=public_id).first()
    if found is None:
        raise NotFound("mail_not_found", f"there is no mail {shown(public_id)}", param="mail")
    return found


def next_due() -> datetime | None:
    """When there is a mail to send, as things stand; None: none waits."""
    waiting = Mail.objects.filter(state=State.WAITING).aggregate(first=Min("due_at"))["first"]
    lost = Mail.objects.filter(state=State.SENDING).aggregate(first=Min("leased_until"))["first"]
    due = [each for each in (waiting, lost) if each is not None]
    return max(min(due), clock.now()) if due else None
