"""The customer's subscription pages: the price in words, the periods, the charges."""

from typing import Any

from tollbook.customers.tests.people import cast, csv, queries, reader, same_as_missing, text
from tollbook.subscriptions.portal import every


def story(world: Any) -> Any:
    tiers = {"model": "graduated", "tiers": [{"upto": "4", "unit": "60.00"}, {"upto": None, "unit": "45.00"}]}
    world.meter("hours").plan("help", world.once("10"), world.monthly("30"), world.metered("hours", **tiers))
    return world.customer("acme").buys("help", "2026-05-17").uses("hours", 5, "2026-05-20")


def address(party: Any, key: str = "help") -> str:
    return f"/portal/subscriptions/{party.subscriptions[key].public_id}/"


def test_how_long_a_period_is() -> None:
    assert [every(n) for n in (1, 3, 6, 12, 24)] == ["monthly", "quarterly", "half-yearly", "yearly", "every 24 months"]


def test_the_price_in_words_and_the_periods(world: Any) -> None:
    acme = story(world)
    world.on("2026-06-10").close()
    page = text(reader(acme.row), address(acme))
    for said in (
        "Up to 4 hours: 60.00 EUR",
        "Above 4 hours: 45.00 EUR",
        "How exactly it is counted",
        "once, at the start",
    ):
        assert said in page
    periods = page[page.index("Periods</h2>") :]
    assert periods.index("1\u201330 Jun 2026") < periods.index("17\u201331 May 2026")
    assert "15 days, 15/31 of a full period" in page
    # Nothing of June is charged yet, so the page shows what May cost.
    assert "Charges of the last period" in page
    assert "285.00\u00a0EUR" in page


def test_the_list_can_be_filtered_and_exported(world: Any) -> None:
    acme = story(world)
    acme.buys("help", "2026-05-18", key="second").ends("second", "2026-05-25")
    owner = reader(acme.row)
    assert csv(owner, "/portal/subscriptions/?export=csv&state=live") == [
        "Subscription,State,Since,Period,Paid",
        "Help,active,2026-05-17T00:00:00+00:00,monthly,by invoice",
    ]
    assert len(csv(owner, "/portal/subscriptions/?export=csv")) == 3
    assert "Nothing matches" in text(owner, "/portal/subscriptions/?state=suspended")
    assert "No subscriptions yet" in text(reader(world.customer("bolt").row), "/portal/subscriptions/")


def test_only_the_customers_own_subscriptions(world: Any) -> None:
    acme, bolt = story(world), world.customer("bolt")
    people = cast(acme.row, bolt.row)
    assert "The price, in words" in text(people.colleague, address(acme))
    assert same_as_missing(people.stranger, address(acme), "/portal/subscriptions/sub_nothing/")
    assert acme.subscriptions["help"].public_id not in text(people.stranger, "/portal/subscriptions/")
    assert people.nobody.get(address(acme)).status_code == 302


def test_one_that_has_not_begun(world: Any) -> None:
    story(world)
    later = world.customer("later").buys("help", "2026-07-01")
    assert "Not begun yet" in text(reader(later.row), address(later))


def test_pages_take_as_many_queries_for_much_as_for_little(world: Any) -> None:
    story(world)
    counts = []
    for name, count in (("few", 5), ("many", 25)):
        party = world.customer(name)
        for i in range(count):
            party.buys("help", key=f"s{i}")
        codes = [world.meter(f"{name}-{i}") and f"{name}-{i}" for i in range(count)]
        world.plan(name, *(world.metered(code, "1") for code in codes))
        party.buys(name)
        counts.append(
            (queries(reader(party.row), "/portal/subscriptions/"), queries(reader(party.row), address(party, name)))
        )
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 20


def test_a_plan_that_changes_is_shown_with_its_times(world: Any) -> None:
    acme = story(world)
    assert 'id="plans"' not in reader(acme.row).get(address(acme)).content.decode()
    world.plan("more", world.monthly("60"))
    acme.changes("help", "more", "2026-06-01").changes("help", "help", "2026-07-01")
    world.on("2026-06-10").close()
    page = text(reader(acme.row), address(acme))
    plans = page[page.index("Plans</h2>") : page.index("Periods</h2>")]
    assert [plans.count(word) for word in ("planned", "active", "over")] == [1, 1, 1]
    assert "1 Jul 2026" in plans and "1\u201330 Jun 2026" in plans and "17\u201331 May 2026" in plans
