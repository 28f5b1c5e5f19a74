"""The first key is made on the server."""

from decimal import Decimal

import pytest

from tollbook.api.tests.conftest import Caller
from tollbook.identity.actions import create_key, create_user
from tollbook.identity.models import ApiKey, AuditEntry, StaffRole
from tollbook.kernel.money import Money
from tollbook.payments.actions import receive
from tollbook.site.cli import main
from tollbook.site.tests.world import World


def test_a_key_for_staff_and_for_a_customer(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    create_user("ada@harbour.example", "Ada", staff_role=StaffRole.ADMINISTRATOR)
    acme = world.customer("acme").row
    assert main(["key", "--staff", "Ada@harbour.example", "--name", "First", "--scope", "*:read"]) == 0
    staff = Caller(capsys.readouterr().out.strip())
    assert [row["id"] for row in staff.get("/customers").json()["data"]] == [acme.public_id]
    arguments = ["--name", "Usage", "--scope", "usage:write", "--scope", "customers:read", "--days", "30"]
    assert main(["key", "--customer", acme.public_id, *arguments, "--address", "127.0.0.1"]) == 0
    own = Caller(capsys.readouterr().out.strip())
    assert own.get(f"/customers/{acme.public_id}").status_code == 200
    made = ApiKey.objects.order_by("-pk")[0]
    assert (made.addresses, made.scopes) == (["127.0.0.1/32"], ["customers:read", "usage:write"])
    assert made.expires_at is not None and (made.expires_at - world.now).days == 30
    assert [entry.door for entry in AuditEntry.objects.filter(verb="key.create")] == ["cli", "cli"]


@pytest.mark.parametrize("holder", [["--staff", "nobody@harbour.example"], ["--customer", "cus_none"]])
def test_for_nobody_there_is_none(world: World, holder: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["key", *holder, "--name", "x", "--scope", "*:read"]) == 2
    assert capsys.readouterr().err.startswith("tollbook: there is no ")
    assert ApiKey.objects.count() == 0


def test_lists_since_an_instant(world: World) -> None:
    user = create_user("ada@harbour.example", "Ada", staff_role=StaffRole.ADMINISTRATOR)
    admin = Caller(create_key("x", scopes=["*:read"], user=user).text)
    world.customer("early")
    world.on("2026-05-03")
    world.customer("late")
    found = admin.get("/customers", created_since="2026-05-03T00:00:00Z").json()["data"]
    assert [row["reference"] for row in found] == ["late"]
    assert len(admin.get("/customers", created_since="2026-05-01T00:00:00Z").json()["data"]) == 2
    receive(world.customer("late").row, Money(Decimal(5), "EUR"), "manual", "transfer")
    assert len(admin.get("/payments", created_since="2026-05-03T00:00:00Z").json()["data"]) == 1
    assert admin.get("/payments", created_since="2026-05-03T00:00:01Z").json()["data"] == []
    assert admin.get("/orders", changed_since="yesterday").status_code == 422
