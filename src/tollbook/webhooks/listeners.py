"""Facts become deliveries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Q

from tollbook.base import clock
from tollbook.customers.models import Customer
from tollbook.notifications.models import Fact
from tollbook.notifications.registry import Listener
from tollbook.webhooks.delivering import go
from tollbook.webhooks.models import Delivery, Endpoint
from tollbook.webhooks.queries import KEEPING, who_listens
from tollbook.webhooks.rules import wants


def take(facts: Sequence[Fact]) -> None:
    """One delivery for each fact and each endpoint that is told of it: those of its customer and of that customer's
    brand.
    """
    brands = dict(Customer.objects.filter(pk__in={f.customer_id for f in facts}).values_list("pk", "brand_id"))
    theirs = Q(customer__in=brands) | Q(customer=None, brand__in=set(brands.values()))
    of_customer: dict[int, list[Endpoint]] = defaultdict(list)
    of_brand: dict[int, list[Endpoint]] = defaultdict(list)
    for each in Endpoint.objects.filter(theirs, state__in=KEEPING).order_by("pk"):
        if each.customer_id is not None:
            of_customer[each.customer_id].append(each)
        else:
            of_brand[each.brand_id].append(each)
    at = clock.now()

    def told(fact: Fact) -> Iterable[Delivery]:
        for each in (*of_customer[fact.customer_id], *of_brand[brands[fact.customer_id]]):
            if wants(each.kinds, fact.kind):
                yield Delivery(endpoint=each, fact=fact, object_id=fact.object_id, due_at=at, created_at=at)

    Delivery.objects.bulk_create([delivery for fact in facts for delivery in told(fact)])


LISTENERS = [Listener("webhooks", who_listens, take, go)]
