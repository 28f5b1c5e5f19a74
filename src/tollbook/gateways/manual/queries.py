"""Bank entries, read."""

from django.db.models import Q, QuerySet

from tollbook.brands.models import Brand
from tollbook.gateways.manual.models import Entry
from tollbook.gateways.manual.rules import Candidate
from tollbook.invoicing.models import DEMANDS, Invoice
from tollbook.kernel.errors import NotFound
from tollbook.payments.deposit_rules import DepositState
from tollbook.payments.models import Deposit


def by_public_id(public_id: str) -> Entry:
    """The entry with that id; NotFound "entry_not_found"."""
    found = Entry.objects.select_related("brand", "payment__customer").filter(public_id=public_id).first()
    if found is None:
        raise NotFound("entry_not_found", f"there is no bank entry {public_id}", param="entry")
    return found


def in_state(state: str) -> Q:
    """The condition of entries in that state."""
    return Q(state=state)


def waiting() -> QuerySet[Entry]:
    """Money that nobody has assigned, the oldest first."""
    return Entry.objects.filter(state=Entry.State.WAITING).select_related("brand").order_by("booked_on", "pk")


def candidates(brand: Brand, limit: int = 5_000) -> list[Candidate]:
    """Open invoices of the brand, as matching sees them."""
    rows = Invoice.objects.filter(brand=brand, kind__in=DEMANDS, state="issued").select_related("customer")
    found = rows.defer("content").order_by("due_on", "pk")[:limit]
    return [Candidate(each.pk, each.customer.name, each.open, each.currency) for each in found]


def invoices_of(brand: Brand, labels: list[str]) -> dict[str, Invoice]:
    """The brand's invoices with these numbers, by number."""
    rows = Invoice.objects.filter(brand=brand, kind__in=DEMANDS, label__in=labels).exclude(state="draft")
    return {each.label: each for each in rows.select_related("customer").defer("content")}


def deposits_of(brand: Brand, public_ids: list[str]) -> dict[str, Deposit]:
    """The brand's deposits that wait to be paid, of these, by public id."""
    rows = Deposit.objects.filter(brand=brand, public_id__in=public_ids, state=DepositState.AWAITING_PAYMENT)
    return {each.public_id: each for each in rows.select_related("customer")}
