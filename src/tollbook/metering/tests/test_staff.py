"""What staff read about use."""

from typing import Any

from tollbook.metering.models import Meter, UsageConflict


def test_a_conflict_beside_the_event_that_counts(busy: Any, portal: Any) -> None:
    see = portal()
    conflict = UsageConflict.objects.get()
    assert "twice test Acme" in see.read("/staff/conflicts/")
    text = see.read(f"/staff/conflicts/{conflict.pk}/")
    counts, _, later = text.partition("What came later")
    assert "Quantity 1,500" in counts and "1501" in later
    assert "Usage events in conflict" in see.read("/staff/")


def test_a_meter_shows_roll_ups_and_deliveries(busy: Any, portal: Any) -> None:
    see = portal()
    sms = Meter.objects.get(code="sms")
    text = see.read(f"/staff/meters/{sms.public_id}/")
    assert "A reading is the sum" in text
    assert "1,600 sms in 30 days, the most on 12 May." in text
    assert "Latest deliveries with this meter" in text and "test" in text
    assert [row[3:5] for row in see.csv(f"/staff/meters/{sms.public_id}/")[1:]] == [
        ["1", "100"],
        ["1", "1500"],
    ]


def test_events_of_a_customer_a_meter_and_a_delivery(busy: Any, portal: Any) -> None:
    see = portal()
    acme = busy.customer("quiet").row
    assert "No events yet" in see.read(f"/staff/events/?customer={acme.public_id}")
    assert "1-2 of 2" in see.read(f"/staff/events/?meter={Meter.objects.get(code='seats').public_id}")
    assert "1-1 of 1" in see.read("/staff/events/?q=twice")
    for wanted in ("batch=x", "batch=-1", "batch=" + "9" * 40, "customer=cus_none", "meter=mtr_none"):
        assert see.staff.get(f"/staff/events/?{wanted}").status_code == 404
