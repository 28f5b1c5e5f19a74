"""The audit trail stands and falls with the act, and is never changed."""

import pytest
from django.db import DatabaseError, connection, transaction

from tollbook.identity.actions import create_key, create_user
from tollbook.identity.audit import record
from tollbook.identity.models import AuditEntry
from tollbook.identity.queries import keys_of_customer, trail
from tollbook.kernel.errors import Refused
from tollbook.site.tests.world import World


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_recorded() -> None:
    assert not connection.in_atomic_block
    with pytest.raises(RuntimeError, match="must be written in the transaction of the act"):
        record("key.create", "key_x")
    assert AuditEntry.objects.count() == 0


def test_an_act_undone_leaves_no_trace(world: World) -> None:
    with pytest.raises(Refused), transaction.atomic():
        create_user("ann@harbour.example", "Ann")
        raise Refused("no", "undone")
    assert AuditEntry.objects.count() == 0


@pytest.mark.parametrize("change", ["update", "delete"])
def test_an_entry_stays(world: World, change: str) -> None:
    record("a.b", "x_1", actor="ann", door="staff", detail={"amount": "1.00"})
    with pytest.raises(DatabaseError), transaction.atomic():
        rows = AuditEntry.objects.all()
        rows.update(actor="bob") if change == "update" else rows.delete()
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.door, entry.verb, entry.subject, entry.detail, entry.at) == (
        "ann",
        "staff",
        "a.b",
        "x_1",
        {"amount": "1.00"},
        world.now,
    )


def test_read_by_subject_and_by_customer(world: World) -> None:
    acme, bolt = world.customer("acme").row, world.customer("bolt").row
    one = create_key("one", scopes=["*:read"], customer_id=acme.pk).key
    two = create_key("two", scopes=["*:read"], customer_id=acme.pk).key
    create_key("other", scopes=["*:read"], customer_id=bolt.pk)
    assert list(keys_of_customer(acme.pk)) == [two, one]
    assert [(e.verb, e.customer_id) for e in trail(one.public_id)] == [("key.create", acme.pk)]
