"""The customer's invoice pages: the document, its files, and why each line costs what it costs."""

import re
from typing import Any

import pytest

from tollbook.customers.tests.people import cast, csv, queries, reader, same_as_missing, text


def story(world: Any) -> Any:
    world.meter("sms").plan("cloud", world.once("10"), world.monthly("31"), world.metered("sms", "0.0043"))
    acme = world.customer("acme").buys("cloud", "2026-05-17").uses("sms", 1501, "2026-05-20")
    world.on("2026-06-01").close()
    return acme


def address(party: Any, more: str = "") -> str:
    return f"/portal/invoices/{party.invoices[0].public_id}/{more}"


def line_of(party: Any, name: str) -> str:
    line = party.invoices[0].lines.get(name=name)
    return address(party, f"lines/{line.public_id}/")


def test_the_document(world: Any) -> None:
    acme = story(world)
    page = text(reader(acme.row), address(acme))
    # 10 + 15 + 6.4543, rounded once a line, and 23 % on it
    for said in (
        "€31.45",
        "€7.23",
        "€38.68",
        "IE29 AIBK 9311 5212 3456 78",
        "Harbour Cloud Ltd",
        "To pay by",
        "Why this amount?",
    ):
        assert said in page
    assert "exactly 6.4543\u00a0EUR" in page
    assert acme.invoices[0].content_hash in page
    assert page.count("Why this amount?</a>") == 3


def test_why_a_line_costs_what_it_costs(world: Any) -> None:
    acme = story(world)
    page = text(reader(acme.row), line_of(acme, "Sms"))
    headings = re.findall(r"<li><h2>(.*?)</h2>", page)
    assert headings == [
        "The price", "What was used", "The arithmetic", "The one rounding", "Tax", "In the books", "Payment",
    ]  # fmt: skip
    for said in ("0.0043 EUR for each sms", "6.4543 EUR", "gives this amount to the last digit", "test/e1", "You owe"):
        assert said in page
    assert "Counted as sold to you: Cloud" in page
    assert "€38.68 of the whole invoice is to pay by" in page


def test_use_that_came_late_says_when_it_was_charged(world: Any) -> None:
    acme = story(world)
    acme.uses("sms", 100, "2026-05-21")
    world.on("2026-06-03").close().on("2026-07-01").close()
    late = acme.invoices[1].lines.get(name__startswith="Sms")
    page = text(reader(acme.row), f"/portal/invoices/{acme.invoices[1].public_id}/lines/{late.public_id}/")
    assert "When it was charged" in page
    assert "on another invoice" in page
    assert "late or changed use" in page


def test_what_the_wallet_paid(world: Any) -> None:
    world.meter("air").plan("air", world.metered("air", "0.10", prepaid=True))
    acme = world.customer("acme").tops_up("20").buys("air").uses("air", 33, "2026-05-02")
    world.on("2026-05-03").charge()
    world.on("2026-06-01").close()
    owner = reader(acme.row)
    page = text(owner, address(acme))
    assert "Paid from wallet" in page
    assert "How to pay" not in page
    told = text(owner, line_of(acme, "Air"))
    assert "€4.06 of the invoice's €4.06 had been paid from the wallet" in told
    assert "Nothing is left to pay." in told


@pytest.mark.parametrize(
    ("format", "content_type", "begins"), [("pdf", "application/pdf", b"%PDF-"), ("xml", "application/xml", b"<?xml")]
)
def test_files(world: Any, format: str, content_type: str, begins: bytes) -> None:
    acme = story(world)
    response = reader(acme.row).get(address(acme, f"file.{format}"))
    assert (response.status_code, response.headers["Content-Type"]) == (200, content_type)
    assert response.headers["Content-Disposition"] == f'attachment; filename="{acme.invoices[0].label}.{format}"'
    assert response.content.startswith(begins)
    assert response.headers["Cache-Control"] == "private, no-store"
    assert reader(acme.row).get(address(acme, "file.exe")).status_code == 404


def test_the_list_can_be_searched_filtered_sorted_and_exported(world: Any) -> None:
    acme = story(world)
    world.on("2026-07-01").close()
    owner, (first, second) = reader(acme.row), acme.invoices
    rows = csv(owner, "/portal/invoices/?export=csv&sort=total")
    assert rows[0] == "Number,Issued,Due,State,Net,Tax,Total,To pay"
    assert [row.split(",")[0] for row in rows[1:]] == [second.label, first.label]
    assert [row.split(",")[3] for row in rows[1:]] == ["issued", "overdue"]
    # A line's name finds its invoice once, however many of its lines match.
    assert [r.split(",")[0] for r in csv(owner, "/portal/invoices/?export=csv&q=s")[1:]] == [first.label]
    assert len(csv(owner, "/portal/invoices/?export=csv&state=overdue")) == 2
    assert "Nothing matches" in text(owner, "/portal/invoices/?state=paid")
    assert "No invoices yet" in text(reader(world.customer("bolt").row), "/portal/invoices/")


def test_only_the_customers_own_invoices(world: Any) -> None:
    acme, bolt = story(world), world.customer("bolt")
    people = cast(acme.row, bolt.row)
    nowhere = "/portal/invoices/inv_nothing/"
    for more in ("", "file.pdf", "file.xml", f"lines/{acme.invoices[0].lines.first().public_id}/"):
        assert people.owner.get(address(acme, more)).status_code == 200
        assert people.colleague.get(address(acme, more)).status_code == 200
        assert same_as_missing(people.stranger, address(acme, more), nowhere + more)
        assert people.nobody.get(address(acme, more)).status_code == 302
    assert acme.invoices[0].label not in text(people.stranger, "/portal/invoices/")


def test_a_line_is_found_under_its_own_invoice_only(world: Any) -> None:
    acme = story(world)
    world.on("2026-07-01").close()
    line = acme.invoices[1].lines.first()
    assert same_as_missing(
        reader(acme.row), address(acme, f"lines/{line.public_id}/"), address(acme, "lines/lin_none/")
    )


def test_pages_take_as_many_queries_for_much_as_for_little(world: Any) -> None:
    world.plan("cloud", world.monthly("9"))
    few, many = world.customer("few"), world.customer("many")
    for party, count in ((few, 5), (many, 50)):
        for i in range(count):
            party.buys("cloud", key=f"s{i}")
    world.on("2026-06-01").close()
    assert [party.invoices[0].lines.count() for party in (few, many)] == [5, 50]
    pages = [
        (queries(reader(party.row), address(party)), queries(reader(party.row), line_of_first(party)))
        for party in (few, many)
    ]
    assert pages[0] == pages[1]
    assert max(pages[0]) <= 30


def line_of_first(party: Any) -> str:
    return address(party, f"lines/{party.invoices[0].lines.first().public_id}/")


def test_the_list_takes_as_many_queries_for_26_invoices_as_for_2(world: Any) -> None:
    world.plan("cloud", world.monthly("9"))
    acme = world.customer("acme").buys("cloud")
    counts = []
    for month in range(6, 32):
        world.on(f"{2026 + (month - 1) // 12}-{(month - 1) % 12 + 1:02}-01").close()
        if len(acme.invoices) in {2, 26}:
            counts.append(queries(reader(acme.row), "/portal/invoices/"))
    assert len(acme.invoices) == 26
    assert counts[0] == counts[1] <= 20
