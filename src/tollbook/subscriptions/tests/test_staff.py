"""What staff read about subscriptions."""

from typing import Any

from tollbook.subscriptions.models import Subscription


def test_the_list_by_state(busy: Any, portal: Any) -> None:
    see = portal()
    assert "1-2 of 2" in see.read("/staff/subscriptions/?state=active")
    assert "Nothing matches" in see.read("/staff/subscriptions/?state=suspended")
    assert [row[1] for row in see.csv("/staff/subscriptions/")[1:]] == ["Acme", "Bolt"]


def test_one_says_how_its_periods_run_and_what_it_was_charged(busy: Any, portal: Any) -> None:
    see = portal()
    acme, bolt = (Subscription.objects.get(customer__reference=name) for name in ("acme", "bolt"))
    text = see.read(f"/staff/subscriptions/{acme.public_id}/")
    assert "Use is charged when its period ends." in text
    assert "Days begin at midnight in UTC." in text
    assert "Setup" in text
    assert "Use draws on the customer's wallet as it happens." in see.read(f"/staff/subscriptions/{bolt.public_id}/")
