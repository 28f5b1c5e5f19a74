"""Every room tells what happens: a story in which each kind of fact is told, and each fits its schema."""

from decimal import Decimal
from typing import Any

from tollbook.charging.alerts import alert, tell_due
from tollbook.charging.rules import Threshold
from tollbook.invoicing.actions import credit
from tollbook.notifications.models import Fact
from tollbook.notifications.queries import fields_of
from tollbook.site.tests.world import Party, World
from tollbook.wallets import queries as wallet_queries
from tollbook.wallets.top_ups import ask_below


def billed(world: World) -> Party:
    world.meter("gb").plan("cloud", world.monthly("49"), world.metered("gb", "1"))
    acme = world.customer().buys("cloud").uses("gb", 10, "2026-05-03")
    world.on("2026-06-01").close()
    return acme


def test_a_customer_is_billed_and_credited(world: World, told: Any) -> None:
    acme = billed(world)
    (invoice,) = acme.invoices
    note = credit(invoice, reason="Goodwill", key="one")
    assert told() == [
        "customer.created", "subscription.started", "invoice.issued", "credit_note.issued",
    ]  # fmt: skip
    issued = Fact.objects.get(kind="invoice.issued")
    assert (issued.object_id, issued.customer_id) == (invoice.public_id, acme.row.pk)
    assert fields_of(issued) == {
        "number": "HARBOUR-2026-000001", "total": "72.57", "open": "72.57", "currency": "EUR",
        "issued_on": "2026-06-01", "due_on": "2026-06-15",
    }  # fmt: skip
    fields = fields_of(Fact.objects.get(kind="credit_note.issued"))
    assert (fields["number"], fields["invoice"]) == (note.label, invoice.public_id)


def test_a_spend_alert(world: World, told: Any) -> None:
    world.meter("gb").plan("cloud", world.metered("gb", "1"))
    acme = world.customer().buys("cloud").uses("gb", 30, "2026-05-03")
    world.on("2026-05-10").charge()
    alert(acme.row, Threshold(amount=Decimal(25)))
    assert [tell_due(), tell_due(), told()[-1], told().count("spend.alert")] == [1, 0, "spend.alert", 1]
    assert fields_of(Fact.objects.get(kind="spend.alert")) == {
        "month": "2026-05-01", "spent": "30", "limit": "25", "currency": "EUR",
    }  # fmt: skip


def test_a_wallet_is_low_and_then_empty(world: World, told: Any) -> None:
    world.meter("air").plan("air", world.metered("air", "1", prepaid=True))
    acme = world.customer().tops_up("20").buys("air")
    ask_below(wallet_queries.of_customer(acme.row).get().pk, Decimal(5), Decimal(50))
    for day, used in ((2, 13), (3, 1), (4, 5)):
        acme.uses("air", used, f"2026-05-0{day}")
        world.on(f"2026-05-0{day} 12:00").charge()
    assert told()[2:] == ["wallet.low", "topup.requested", "wallet.empty"]
    assert fields_of(Fact.objects.get(kind="wallet.low")) == {"balance": "4.01", "currency": "EUR"}


def test_a_subscription_changes_and_ends(world: World, told: Any) -> None:
    """Of an end, the plan that counts while it is said."""
    world.plan("small", world.monthly("5"))
    world.plan("large", world.monthly("9"))
    world.customer().buys("small", "2026-05-01").changes("small", "large", "2026-05-10").ends("small", "2026-05-20")
    assert told()[1:] == ["subscription.started", "subscription.changed", "subscription.ended"]
    assert [fields_of(fact)["plan"] for fact in Fact.objects.filter(kind__startswith="subscription").order_by("pk")] == [
        "Small", "Large", "Small",
    ]  # fmt: skip


def test_a_bill_run_tells_of_all_its_invoices_at_once(world: World, told: Any) -> None:
    world.plan("cloud", world.monthly("49"))
    for number in range(5):
        world.customer(f"c{number}").buys("cloud")
    world.on("2026-06-01").close()
    assert told().count("invoice.issued") == 5
    assert set(Fact.objects.filter(kind="invoice.issued").values_list("sequence", flat=True)) == {1}


def test_nobody_listens_and_nothing_is_written(world: World) -> None:
    billed(world)
    assert Fact.objects.count() == 0
