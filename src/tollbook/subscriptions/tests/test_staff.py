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


def test_one_says_which_plan_counted_when_and_what_is_planned(world: Any, portal: Any) -> None:
    for code in ("small", "large"):
        world.plan(code, world.monthly("31", code))
    acme = (
        world.customer().buys("small").changes("small", "large", "2026-05-11").changes("small", "small", "2026-06-11")
    )
    world.on("2026-05-20").charge()
    text = portal().read(f"/staff/subscriptions/{acme.subscriptions['small'].public_id}/")
    history = text[text.index("Which plan counts when") :]
    assert [history.index(word) for word in ("over", "active", "planned")] == sorted(
        history.index(word) for word in ("over", "active", "planned")
    )
    assert "2026-06-11" in history or "11 Jun 2026" in history
