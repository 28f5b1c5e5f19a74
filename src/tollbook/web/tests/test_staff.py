"""What staff read about people, the audit trail and jobs."""

from typing import Any

from django.db import transaction

from tollbook.base.tasks import later
from tollbook.identity.audit import record
from tollbook.ledger.seals import seal


def test_users_by_kind(world: Any, portal: Any) -> None:
    see = portal()
    assert "1-1 of 1" in see.read("/staff/users/?who=staff")
    assert "Olga Owner" in see.read("/staff/users/?who=customers")
    assert "1-1 of 1" in see.read("/staff/users/?q=ada")


def test_the_trail_leads_to_what_it_tells_of(world: Any, portal: Any) -> None:
    acme = world.customer("acme").row
    with transaction.atomic():
        record("customer.change", acme.public_id, actor="ada@harbour.example", door="api", detail={"name": "Acme"})
    see = portal()
    text = see.read("/staff/audit/?door=api")
    assert f"customer.change {acme.public_id} ada@harbour.example api name: Acme" in text
    assert f'href="/staff/customers/{acme.public_id}/"' in see.staff.get("/staff/audit/").content.decode()
    assert "Nothing matches" in see.read("/staff/audit/?door=cli")


def test_jobs_and_the_schedule(world: Any, portal: Any) -> None:
    later(seal, key="one")
    see = portal()
    text = see.read("/staff/jobs/")
    assert "ledger.seal each day" in text
    assert "ledger.seals.seal waiting" in text
    assert "Nothing matches" in see.read("/staff/jobs/?state=failed")
    assert "0 1 waiting or running" in see.read("/staff/")
