"""What dunning tells the outside: reminders apart from the rest, and whether they are to be mailed."""

from collections.abc import Callable

from tollbook.dunning.models import Notice
from tollbook.dunning.tests.conftest import STRICT, Debtor
from tollbook.notifications.models import Fact
from tollbook.notifications.queries import fields_of


def test_reminders_and_stops_are_told(
    debtor: Callable[..., Debtor], policy: Callable[..., None], days: Callable[..., None], told: Callable[[], list[str]]
) -> None:
    policy(**{**STRICT, "reminders": "1 portal, 7 email"})
    acme = debtor()
    days("2026-06-30")
    kinds = [kind for kind in told() if kind.startswith("dunning")]
    assert kinds == ["dunning.reminder", "dunning.reminder", "dunning.notice", "dunning.notice"]
    facts = Fact.objects.filter(kind__startswith="dunning").order_by("pk")
    assert [fields_of(fact)["by_email"] for fact in facts] == [False, True, True, True]
    assert [fact.object_id for fact in facts] == list(Notice.objects.order_by("pk").values_list("public_id", flat=True))
    assert {fields_of(fact)["invoice"] for fact in facts} == {acme.invoices[0].public_id}
