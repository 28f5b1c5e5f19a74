"""What staff read about charges."""

from typing import Any

from tollbook.charging.models import Charge


def test_a_charge_shows_its_arithmetic_its_revisions_and_its_line(busy: Any, portal: Any) -> None:
    see = portal()
    second = Charge.objects.get(price__code="sms", revision=2)
    text = see.read(f"/staff/charges/{second.public_id}/")
    assert "Revision 2" in text
    assert "How it came to be" in text and "0.0043 EUR" in text
    assert second.corrects is not None and second.corrects.public_id in text
    assert "Invoiced on Line Invoice Net Sms HARBOUR-2026-" in text


def test_what_waits_and_what_corrects(busy: Any, portal: Any) -> None:
    see = portal()
    before = Charge.objects.filter(unbilled__isnull=False).count()
    busy.customer("late").buys("cloud")
    assert busy.charge() == 2  # the set-up and the month in advance
    waiting = before + 2
    assert f"1-{waiting} of {waiting}" in see.read("/staff/charges/?state=waiting")
    corrections = Charge.objects.filter(revision__gt=1).count()
    assert f"1-{corrections} of {corrections}" in see.read("/staff/charges/?what=corrections")
