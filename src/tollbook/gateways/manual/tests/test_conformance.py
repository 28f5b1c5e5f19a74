"""Bank transfers behave as a gateway must: a statement is how the payer pays."""

from datetime import date

from tollbook.gateways.manual.actions import File, assign, import_statement
from tollbook.gateways.manual.gateway import BankTransfer
from tollbook.gateways.manual.models import Entry
from tollbook.gateways.manual.tests.test_statements import BY, entry, statement
from tollbook.payments import conformance
from tollbook.payments.conformance import Case, check_all
from tollbook.payments.protocol import Intent
from tollbook.payments.registry import registry, seller
from tollbook.site.tests.world import World


def test_conformance(world: World) -> None:
    acme = world.customer("acme")

    def pay(intent: Intent) -> tuple[str, str]:
        file = File("x.xml", statement(entry(str(intent.amount), intent.label, intent.key[-20:])), "camt")
        import_statement(world.brand, file, by=BY)
        made = assign(Entry.objects.get(state="waiting").public_id, acme.row, by=BY).payment
        assert made is not None
        return made.public_id, made.reference

    case = Case(BankTransfer, seller(world.brand), "EUR", pay)
    assert check_all(case) == [check.__name__ for check in conformance.CHECKS]
    assert Entry.objects.filter(booked_on=date(2026, 6, 10)).count() == 2


def test_gateways_are_found_by_their_folders() -> None:
    assert list(registry()) == ["manual", "stripe", "test"]
