"""A customer to try things on, in a transaction that is undone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import DataError, connection, transaction

from tollbook.brands.models import Brand
from tollbook.customers.actions import NewCustomer, add
from tollbook.customers.models import Customer
from tollbook.kernel.ids import new_id
from tollbook.site.conformance.given import Unsupported
from tollbook.site.conformance.units import SOME_CURRENCY

START = datetime(2000, 1, 1, tzinfo=UTC)


@contextmanager
def trial() -> Iterator[Customer]:
    """A customer of a brand that nobody else sees; whatever is done is checked by the database, then undone.

    Unsupported when an amount passes what the database can hold.
    """
    place = {"street": "1 Trial Street", "city": "Galway", "postcode": "H91 X2Y3", "country": "IE"}
    try:
        with transaction.atomic():
            name = new_id("trial").replace("_", "-")
            brand = Brand.objects.create(
                code=name,
                name=name,
                legal_name=name,
                email="trial@conformance.example",
                currency=SOME_CURRENCY,
                **place,
            )
            yield add(brand, NewCustomer(name, name, place), START)
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)
    except DataError as error:
        raise Unsupported(f"the database cannot hold it: {str(error).splitlines()[0]}") from None
