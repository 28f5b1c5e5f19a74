"""Facts become mails."""

from collections import defaultdict
from collections.abc import Sequence

from tollbook.base import clock
from tollbook.customers.models import Customer
from tollbook.mails.kinds import KINDS
from tollbook.mails.models import Mail
from tollbook.mails.queries import receivers, who_listens
from tollbook.mails.sending import go
from tollbook.notifications.models import Fact
from tollbook.notifications.queries import fields_of
from tollbook.notifications.registry import Listener


def take(facts: Sequence[Fact]) -> None:
    """One mail for each fact and each of its receivers; a notice of dunning only where its policy says mail."""
    by_kind: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.kind in KINDS and fields_of(fact).get("by_email", True):
            by_kind[fact.kind].append(fact)
    at, made = clock.now(), []
    for kind, mine in by_kind.items():
        ids = {fact.customer_id for fact in mine}
        whose = receivers(KINDS[kind], ids)
        brands = dict(Customer.objects.filter(pk__in=ids).values_list("pk", "brand_id"))
        for fact in mine:
            addresses = set()
            for each in whose.get(fact.customer_id, ()):
                if each.address.lower() in addresses:
                    continue
                addresses.add(each.address.lower())
                made.append(
                    Mail(
                        brand_id=brands[fact.customer_id],
                        customer_id=fact.customer_id,
                        fact=fact,
                        user_id=each.user,
                        address=each.address,
                        name=each.name,
                        language=each.language,
                        due_at=at,
                        created_at=at,
                    )
                )
    Mail.objects.bulk_create(made)


LISTENERS = [Listener("mails", who_listens, take, go)]
