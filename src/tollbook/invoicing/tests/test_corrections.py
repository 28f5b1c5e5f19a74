"""What staff see of corrections before they are made."""

from typing import Any

from tollbook.charging.models import Charge
from tollbook.identity.models import AuditEntry, User
from tollbook.metering.corrections import cancel
from tollbook.site.tests.world import World

ADDRESS = "/staff/corrections/"


def test_a_correction_is_seen_with_its_invoice_and_charged_at_once(world: World, portal: Any) -> None:
    world.meter("sms")
    world.plan("cloud", world.monthly("31"), world.metered("sms", "0.10"))
    acme = world.customer().buys("cloud").uses("sms", 100, "2026-05-03", id="x")
    birch = world.customer("birch").buys("cloud")
    world.on("2026-06-01").close()
    see = portal()
    assert "Nothing to correct" in see.read(ADDRESS)
    cancel(acme.row, "test", "x", reason="counted twice", door="staff", actor="ada")
    birch.uses("sms", 5, "2026-05-09")
    text = see.read(ADDRESS)
    label = acme.invoices[0].label
    assert f"Acme Sms 2026-05-01 to 2026-06-01 10.00 EUR 0.00 EUR -10.00 EUR 1 event cancelled: counted twice 0 was 100 {label}" in text  # fmt: skip
    # Late use of a price that was not charged at all stands on no invoice.
    assert (
        "Birch Sms 2026-05-01 to 2026-06-01 0.00 EUR 0.50 EUR 0.50 EUR late or changed use 5 was 0 no invoice" in text
    )
    assert "Customers to look at 2" in text and "Together -9.50 EUR" in text
    assert "Charge now" not in text
    form = {"customer": acme.row.public_id}
    assert see.staff.post(ADDRESS, form).status_code == 404
    assert not Charge.objects.filter(revision=2).exists()
    User.objects.filter(email="ada@harbour.example").update(staff_role="billing")
    assert "Charge now" in see.read(ADDRESS)
    assert see.staff.post(ADDRESS, {"customer": "cus_nobody"}).status_code == 404
    assert see.staff.post(ADDRESS, form).status_code == 302
    assert [str(c.amount.normalize()) for c in Charge.objects.filter(revision=2)] == ["-1E+1"]
    assert AuditEntry.objects.get(verb="customer.charged").detail == {"charges": 1}
    assert "Customers to look at 1" in see.read(ADDRESS)
    assert Charge.objects.filter(customer=birch.row, price__code="sms").count() == 0


def test_a_price_fixed_after_the_fact_is_seen_before_it_counts(world: World, portal: Any) -> None:
    world.plan("cloud", world.monthly("31"))
    world.customer().buys("cloud")
    world.on("2026-06-01").close()
    world.plan("cloud", world.monthly("30"), valid_from="2026-05-01", scope="now")
    text = portal().read(ADDRESS)
    assert "Cloud, version 2, for everybody" in text
    assert "-31.00 EUR" in text and "30.00 EUR" in text
    assert Charge.objects.count() == 1
