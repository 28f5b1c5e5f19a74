"""A debit note asks for money, so dunning follows it as it follows an invoice."""

from collections.abc import Callable

from tollbook.dunning.tests.conftest import Debtor
from tollbook.invoicing.actions import debit_note
from tollbook.kernel.money import Money
from tollbook.payments.actions import receive
from tollbook.site.tests.world import World


def test_a_debit_note_is_reminded_of_until_it_is_paid(
    world: World, policy: Callable[..., None], days: Callable[..., None]
) -> None:
    policy(reminders="1 email, 7 email")
    world.meter("gb").plan("cloud", world.metered("gb", "1"))
    acme = Debtor(world, world.customer().buys("cloud").uses("gb", 5, "2026-05-03"))
    world.on("2026-06-01").close()
    acme.pays("6.15")
    acme.party.uses("gb", 4, "2026-05-04")
    world.on("2026-06-02").charge()
    note = debit_note(acme.invoices[0], reason="Late usage of May", key="k")
    days("2026-06-20")
    assert [acme.steps, len(acme.told)] == [[("remind", 1, "06-17", "taken")], 1]
    assert note.label in acme.told[0]
    receive(acme.row, Money(note.total, "EUR"), "manual", "late", invoice=note)
    days("2026-06-30")
    assert len(acme.steps) == 1
