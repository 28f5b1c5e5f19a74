"""The sandbox behaves as a gateway must, keeps its own book, and does not exist where money is real."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from tollbook.gateways.test import actions
from tollbook.gateways.test.gateway import Sandbox
from tollbook.gateways.test.models import Entry
from tollbook.gateways.test.rules import behaviour
from tollbook.kernel.errors import Refused
from tollbook.payments import conformance
from tollbook.payments.conformance import Case, check_all
from tollbook.payments.protocol import Facts, Intent, Seller, Started

pytestmark = [pytest.mark.django_db, pytest.mark.broken_books]
SELLER = Seller("harbour", "Harbour Cloud Ltd", "IE29AIBK93115212345678")


def pay(intent: Intent) -> tuple[str, str]:
    started = Sandbox().start(intent)
    actions.finish(intent.key, Entry.Kind.CAPTURE)
    return intent.key, started.reference


def test_conformance() -> None:
    assert check_all(Case(Sandbox, SELLER, "EUR", pay)) == [check.__name__ for check in conformance.CHECKS]


class Forgetful(Sandbox):
    """Begins anew each time."""

    count = 0

    def start(self, intent: Intent) -> Started:
        Forgetful.count += 1
        return replace(super().start(intent), reference=f"r{Forgetful.count}")


class Generous(Sandbox):
    """Says that everything is paid."""

    def read(self, key: str, reference: str) -> Facts | None:
        from tollbook.payments.protocol import Progress

        found = super().read(key, reference)
        return replace(found, progress=Progress.SUCCEEDED) if found else None


class Credulous(Sandbox):
    """Takes a message for money."""

    def hint(self, message: Any) -> str | None:
        key = super().hint(message)
        if key and Entry.objects.filter(key=key).exists():
            actions.finish(key, Entry.Kind.CAPTURE)
        return key


@pytest.mark.parametrize(
    ("kind", "fails"),
    [(Forgetful, "one key began"), (Generous, "begun, it is"), (Credulous, "a message changed a payment")],
)
def test_the_suite_finds_what_is_wrong(kind: type[Sandbox], fails: str) -> None:
    with pytest.raises(AssertionError, match=fails):
        check_all(Case(kind, SELLER, "EUR", pay))


def test_it_does_not_exist_where_money_is_real(settings: Any) -> None:
    settings.TOLLBOOK_TEST_MODE = False
    assert Sandbox().offer(SELLER, "EUR") is None
    intent = Intent("pay_x", Decimal(1), "EUR", "m", "", "", SELLER)
    for act in (lambda: Sandbox().start(intent), lambda: actions.script("", deaf=True)):
        with pytest.raises(Refused, match="only where TOLLBOOK_TEST_MODE is on"):
            act()
    assert not Entry.objects.exists()


def test_its_book_ends_each_payment_once() -> None:
    intent = Intent("pay_x", Decimal(1), "EUR", "m", "", "", SELLER)
    Sandbox().start(intent)
    actions.finish("pay_x", Entry.Kind.CAPTURE)
    assert actions.finish("pay_x", Entry.Kind.CAPTURE).kind == "capture"
    with pytest.raises(Refused, match="ended with a capture"):
        actions.finish("pay_x", Entry.Kind.FAILURE)
    with pytest.raises(IntegrityError), transaction.atomic():
        again = Entry.objects.get(kind="capture")
        again.pk, again.kind = None, "failure"
        again.save()
    with pytest.raises(Exception, match="Cannot update"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE gateway_test_entry SET amount = 2")


def test_unknown_behaviour_is_refused() -> None:
    with pytest.raises(Refused, match="there are refuse"):
        behaviour({"explode": True})
    with pytest.raises(Refused):
        behaviour({"lies": {"mood": "bad"}})
