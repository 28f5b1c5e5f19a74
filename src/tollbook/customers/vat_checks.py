"""VAT numbers are asked about at VIES in the background, and count as the setting says."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from tollbook.base import clock
from tollbook.base.tasks import action, outbound
from tollbook.customers import vies
from tollbook.customers.features import value_for_each
from tollbook.customers.models import BillingProfile, Customer, VatCheck
from tollbook.customers.rules import VatRule, VatState, vat_counts
from tollbook.customers.settings import VAT_CHECK
from tollbook.features.queries import history
from tollbook.identity.audit import SYSTEM, record
from tollbook.kernel.errors import Retryable

CHUNK = 500
MOST_A_RUN = 200
AGAIN = timedelta(hours=1)
OLD = timedelta(days=90)


@outbound
def check_due(at: datetime | None = None) -> int:
    """Ask VIES about the VAT numbers of organizations for which the setting says so; how many answers came.

    Those are asked about that never were, that it could not tell of an hour ago, and whose answer is 90 days old.

    Then every number counts as its answer and the setting say. Where it was never set it costs one query. At most
    MOST_A_RUN are asked about in a run.
    """
    at = at or clock.now()
    answered, asked, last = 0, 0, 0
    if not history(VAT_CHECK).exists():
        return 0
    while chunk := list(_profiles(at).filter(customer_id__gt=last).order_by("customer_id")[:CHUNK]):
        rules = value_for_each([profile.customer_id for profile in chunk], VAT_CHECK)
        wanted = [profile for profile in chunk if rules[profile.customer_id] is not VatRule.FORM]
        for profile in wanted[: MOST_A_RUN - asked]:
            answered += _ask(profile, at)
            asked += 1
        last = chunk[-1].customer_id
    settle()
    return answered


def _profiles(at: datetime) -> QuerySet[BillingProfile]:
    """Profiles of organizations whose VAT number is to be asked about."""
    rows = VatCheck.objects.filter(customer=OuterRef("customer"), vat_id=OuterRef("vat_id"))
    known = rows.filter(Q(checked_at__gt=at - OLD) | Q(asked_at__gt=at - AGAIN))
    found = BillingProfile.objects.filter(~Q(vat_id=""), ~Exists(known), customer__kind=Customer.Kind.ORGANIZATION)
    return found.select_related("customer__brand")


def _ask(profile: BillingProfile, at: datetime) -> bool:
    """Ask about one number and write down what was said; whether there was an answer."""
    try:
        answer = vies.ask(profile.vat_id, profile.customer.brand.vat_id)
    except Retryable as error:
        note_silence(profile.customer_id, profile.vat_id, error.message, at)
        return False
    note_answer(profile.customer_id, profile.vat_id, answer, at)
    return True


@action
def note_answer(customer_id: int, vat_id: str, answer: vies.Answer, at: datetime) -> VatCheck:
    """Write an answer down, with the number of the consultation; the audit trail keeps all of them."""
    state = VatState.VALID if answer.valid else VatState.INVALID
    row, _ = VatCheck.objects.update_or_create(
        customer_id=customer_id,
        vat_id=vat_id,
        defaults={
            "state": state, "asked_at": at, "checked_at": at, "consultation": answer.consultation,
            "told_name": answer.name, "told_address": answer.address, "note": "",
        },
    )  # fmt: skip
    detail = {"vat_id": vat_id, "state": state.value, "consultation": answer.consultation}
    record(
        "vat.check", row.customer.public_id, actor=SYSTEM, door=SYSTEM, customer_id=customer_id, detail=detail, at=at
    )
    return row


@action
def note_silence(customer_id: int, vat_id: str, why: str, at: datetime) -> VatCheck:
    """Note that there was no answer: what was known stays, and it is asked again."""
    row, _ = VatCheck.objects.get_or_create(customer_id=customer_id, vat_id=vat_id, defaults={"asked_at": at})
    row.asked_at, row.note = at, why[:200]
    row.save(update_fields=["asked_at", "note"])
    return row


@action
def settle() -> int:
    """Let every VAT number count, or not, as its answer and the setting say; how many changed.

    It is kept on the profile, so that invoicing asks nobody.
    """
    changed, last = 0, 0
    rows = BillingProfile.objects.exclude(vat_id="").order_by("customer_id")
    while chunk := list(rows.filter(customer_id__gt=last)[:CHUNK]):
        ids = [profile.customer_id for profile in chunk]
        rules = value_for_each(ids, VAT_CHECK)
        known = VatCheck.objects.filter(customer__in=ids).values_list("customer_id", "vat_id", "state")
        states = {(pk, vat_id): VatState(state) for pk, vat_id, state in known}
        for profile in chunk:
            state = states.get((profile.customer_id, profile.vat_id), VatState.UNKNOWN)
            counts = vat_counts(rules[profile.customer_id], state)
            if counts != profile.vat_counts:
                BillingProfile.objects.filter(pk=profile.pk, vat_id=profile.vat_id).update(vat_counts=counts)
                changed += 1
        last = ids[-1]
    return changed


def check_of(profile: BillingProfile) -> VatCheck | None:
    """What is known of the profile's VAT number."""
    return VatCheck.objects.filter(customer=profile.customer_id, vat_id=profile.vat_id).first()
