"""The customer's usage pages: what is counted, for which month, for whom."""

from typing import Any

from tollbook.customers.tests.people import cast, csv, queries, reader, same_as_missing, text
from tollbook.metering.models import Meter


def story(world: Any) -> Any:
    """Use of two meters in two months by acme; bolt uses one of them."""
    world.meter("sms").meter("seats", "max").meter("air")
    acme = world.customer("acme", zone="Europe/Dublin").uses("sms", 1500, "2026-05-12 10:00")
    acme.uses("sms", "0.5", "2026-05-12 22:30").uses("sms", 7, "2026-05-31 23:30")
    acme.uses("seats", 4, "2026-05-12").uses("seats", 3, "2026-05-14")
    world.on("2026-06-02")
    return acme


def address(code: str) -> str:
    return f"/portal/usage/{Meter.objects.get(code=code).public_id}/"


def test_meters_of_a_month_by_the_customers_clock(world: Any) -> None:
    acme = story(world)
    owner = reader(acme.row)
    # 31 May 23:30 UTC is 1 June in Dublin, where it is summer.
    assert csv(owner, "/portal/usage/?month=2026-05&sort=-total&export=csv") == [
        "Meter,Total,Unit,Counted as,Events",
        "Sms,1500.5,sms,sum,2",
        "Seats,4,seats,maximum,2",
    ]
    assert csv(owner, "/portal/usage/?export=csv")[1:] == ["Sms,7,sms,sum,1"]
    page = text(owner, "/portal/usage/?month=2026-05")
    assert "2 meters and 4 events in May 2026, by the clock of Europe/Dublin" in page
    assert "1,500.5" in page
    assert '<option value="2026-05" selected>May 2026</option>' in page
    assert "Nothing matches" in text(owner, "/portal/usage/?q=zzz")
    # A month without use cannot be chosen: the latest one is shown.
    assert '<option value="2026-06" selected>' in text(owner, "/portal/usage/?month=1999-01")


def test_a_meter_by_day_resource_and_event(world: Any) -> None:
    acme = story(world)
    page = text(reader(acme.row), address("sms") + "?month=2026-05")
    assert "12 May: Sms 1500.500000000000 sms" in page
    assert "on 1 day" in page
    assert "none named" in page
    seats = text(reader(acme.row), address("seats") + "?month=2026-05")
    assert "on 2 days" in seats
    assert '<p class="stat-value">4</p>' in seats
    found = csv(reader(acme.row), address("sms") + "?month=2026-05&export=csv")
    assert found[0] == "Time,Quantity,Resource,Event"
    assert [line.split(",")[1] for line in found[1:]] == ["0.5", "1500"]


def test_only_the_customers_own_use(world: Any) -> None:
    acme, bolt = story(world), world.customer("bolt")
    people = cast(acme.row, bolt.row)
    assert "1,500.5" in text(people.colleague, "/portal/usage/?month=2026-05")
    assert "No use in this month" in text(people.stranger, "/portal/usage/")
    for code in ("sms", "air"):
        assert same_as_missing(people.stranger, address(code), "/portal/usage/mtr_nothing/")
    # Known to the installation, but never used by this customer.
    assert same_as_missing(people.owner, address("air"), "/portal/usage/mtr_nothing/")
    bolt.uses("sms", 3, "2026-05-05")
    assert "1,500.5" not in text(people.stranger, address("sms") + "?month=2026-05")
    assert people.nobody.get("/portal/usage/").status_code == 302


def test_pages_take_as_many_queries_for_much_as_for_little(world: Any) -> None:
    few, many = world.customer("few"), world.customer("many")
    for i in range(50):
        world.meter(f"m{i}")
    for party, count in ((few, 5), (many, 50)):
        party.sends(*(party.draft(f"m{i}", 1, f"2026-05-{i % 28 + 1:02}") for i in range(count)))
        party.sends(*(party.draft("m0", 1, f"2026-05-{i % 28 + 1:02} 11:00") for i in range(count)))
    for page in ("/portal/usage/", address("m0")):
        counts = [queries(reader(party.row), page) for party in (few, many)]
        assert counts[0] == counts[1] <= 25
