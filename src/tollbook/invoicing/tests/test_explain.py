"""Every amount explains itself: down to the events and up to the payment."""

import json
from typing import Any

import pytest
from django.db import connection, transaction

from tollbook.invoicing.explain import explain_invoice, explain_line
from tollbook.invoicing.models import Invoice, InvoiceLine
from tollbook.kernel.money import plain
from tollbook.site.tests.world import World


def why(row: InvoiceLine, **how: int) -> Any:
    return explain_line(row, **how)


def line(invoice: Invoice, name: str) -> Any:
    return InvoiceLine.objects.select_related("invoice__customer").get(invoice=invoice, name=name)


def test_a_metered_line_from_tiers_to_payment(world: World) -> None:
    world.meter("sms").plan(
        "cloud",
        world.metered("sms", model="graduated", tiers=[{"upto": "1000", "unit": "0.01"}, {"unit": "0.0043"}]),
        world.monthly("49"),
    )
    acme = world.customer().buys("cloud", "2026-05-01")
    acme.uses("sms", 1200, "2026-05-03 10:00").uses("sms", 333, "2026-05-04").uses("sms", 50, "2026-06-01")
    world.on("2026-06-01").close()
    told = why(line(acme.invoices[0], "Sms"))
    assert told.check is True
    assert (told.label, plain(told.quantity), plain(told.net)) == ("HARBOUR-2026-000001", "1533", "12.29")
    assert (told.price.plan, told.price.version, told.price.code) == ("Cloud", 1, "sms")
    assert told.price.words[1:3] == (
        "Up to 1,000 sms: 0.01 EUR for each sms in this tier.",
        "Above 1,000 sms: 0.0043 EUR for each sms in this tier.",
    )
    assert "A period ends where the next one begins." in told.price.words
    assert [plain(step.amount) for step in told.rating.steps] == ["10", "2.2919"]
    assert told.rounding.sentence == "Rounding: 12.2919 EUR rounded half up to 12.29 EUR"
    assert [(e.id, plain(e.quantity)) for e in told.use.first] == [("e1", "1200"), ("e2", "333")]
    assert (told.use.events, plain(told.use.quantity), told.use.aggregation) == (2, "1533", "sum")
    assert told.tax.sentence == (
        "Tax S: 23 % of 61.29 EUR, the lines of this group = 14.0967 EUR, rounded half up once for the group: 14.10 EUR"
    )
    assert [(p.account, plain(p.amount)) for p in told.postings] == [
        ("receivable", "75.39"), ("revenue", "-61.2919"), ("tax_payable", "-14.1"), ("rounding", "0.0019"),
    ]  # fmt: skip
    assert (told.payment.state, plain(told.payment.payable), told.payment.draws) == ("issued", "75.39", ())


def test_a_correction_names_what_it_corrects(world: World) -> None:
    world.meter("sms").plan("cloud", world.metered("sms", "0.01"))
    acme = world.customer().buys("cloud").uses("sms", 100, "2026-05-03")
    world.on("2026-06-01").close()
    acme.uses("sms", 50, "2026-05-04")
    world.on("2026-06-02").close()
    first, second = (why(invoice.lines.get()) for invoice in acme.invoices)
    assert [(c.revision, plain(c.amount), c.here) for c in first.charges] == [(1, "1", True)]
    assert [(c.revision, plain(c.amount), c.here) for c in second.charges] == [(1, "1", False), (2, "0.5", True)]
    assert (second.charges[1].corrects, second.charges[1].reason) == (first.charges[0].id, "late or changed use")
    assert (plain(second.rating.amount), plain(second.net), second.check) == ("1.5", "0.5", True)
    assert second.use.events == 2


def test_what_is_carried_is_told(world: World) -> None:
    world.meter("sms", "sum", "r")
    world.plan("cloud", *(world.metered("sms", "0.004", r, match={"r": r}) for r in "abc"))
    acme = world.customer().buys("cloud")
    acme.sends(*(acme.draft("sms", 1, "2026-05-02", r=r) for r in "abc"))
    world.on("2026-06-01").close()
    told = [why(row) for row in acme.invoices[0].lines.order_by("position")]
    assert [t.rounding.sentence for t in told] == [
        "Rounding: 0.004 EUR rounded half up to 0.00 EUR",
        "Rounding: 0.004 EUR and 0.004 EUR carried from the lines before are 0.008 EUR, rounded half up to 0.01 EUR",
        "Rounding: 0.004 EUR and -0.002 EUR carried from the lines before are 0.002 EUR, rounded half up to 0.00 EUR",
    ]
    assert [t.check for t in told] == [True, True, True]
    assert [(t.use.events, t.use.first[0].dimensions) for t in told] == [(1, f'{{"r":"{r}"}}') for r in "abc"]


def test_nothing_is_carried_from_one_product_to_another(world: World) -> None:
    world.meter("sms").meter("fax")
    world.plan("one", world.metered("sms", "0.004"))
    world.plan("two", world.metered("fax", "0.004"), world.monthly("0.004", "fee"))
    acme = world.customer().buys("one").buys("two").uses("sms", 1, "2026-05-02").uses("fax", 1, "2026-05-02")
    world.on("2026-06-01").close()
    told = [(t.name, plain(t.rounding.carried), plain(t.net), t.check) for t in explain_invoice(acme.invoices[0]).lines]
    assert told == [("Fee", "0", "0", True), ("Sms", "0", "0", True), ("Fax", "0.004", "0.01", True)]


def test_events_are_those_of_this_price_and_owner(world: World) -> None:
    world.meter("gb", "sum", "r")
    world.plan("old", world.metered("gb", "1", "old"))
    world.plan("new", world.metered("gb", "2", "any"), world.metered("gb", "3", "eu", match={"r": "eu"}))
    acme = world.customer().buys("old", "2026-05-01").ends("old", "2026-05-10 10:30").buys("new", "2026-05-02")
    for n, (day, r) in enumerate([("03", "eu"), ("10 10:40", "eu"), ("10 11:00", "eu"), ("11", "us")], 1):
        acme.uses("gb", n, f"2026-05-{day}", r=r)
    acme.uses("gb", 5, "2026-05-03", of="new", r="us")
    world.on("2026-06-01").close()
    told = {row.name: why(row) for row in acme.invoices[0].lines.all()}
    assert {name: [e.id for e in t.use.first] for name, t in told.items()} == {
        "Old": ["e1", "e2"], "Any": ["e5", "e4"], "Eu": ["e3"],
    }  # fmt: skip
    assert [t.check for t in told.values()] == [True, True, True]


def test_long_use_is_counted_and_its_first_events_shown(world: World) -> None:
    world.meter("sms").plan("cloud", world.metered("sms"))
    acme = world.customer().buys("cloud")
    acme.sends(*(acme.draft("sms", 1, f"2026-05-02 00:{n:02}")._replace(resource=f"r{n % 3}") for n in range(50)))
    world.on("2026-06-01").close()
    told = why(line(acme.invoices[0], "Sms"), events=5)
    assert (told.use.events, len(told.use.first)) == (50, 5)
    assert [(r.resource, r.events, plain(r.quantity)) for r in told.use.resources] == [
        ("r0", 17, "17"), ("r1", 17, "17"), ("r2", 16, "16"),
    ]  # fmt: skip
    assert "  and 45 more events" in told.use.text()


def test_a_prepaid_line_names_its_draws_and_a_fee_its_share(busy: World) -> None:
    fee = why(InvoiceLine.objects.filter(name="Fee", invoice__number=1).order_by("position")[0])
    assert (fee.rating.share, plain(fee.rating.amount), fee.use) == ("22/31", "34.77419354838709677419", None)
    prepaid = explain_invoice(Invoice.objects.filter(prepaid__gt=0).order_by("pk")[0])
    assert [(plain(d.amount), d.wallet[:4]) for d in prepaid.payment.draws] == [("4.059", "wal_")]
    assert (prepaid.payment.state, plain(prepaid.payment.payable), prepaid.check) == ("paid", "0", True)


def test_every_line_of_a_busy_world_adds_up_in_text_and_json(busy: World) -> None:
    for invoice in Invoice.objects.all():
        told = explain_invoice(invoice)
        assert told.check is True
        assert json.loads(json.dumps(told.data()))["total"] == plain(invoice.total)
        assert told.text().endswith("Check: the steps add up to the amount")
        for row in invoice.lines.all():
            explained = why(row)
            assert (explained.check, explained.text().splitlines()[0][:2]) == (True, f"{row.position}.")
            assert json.loads(json.dumps(explained.data()))["net"] == plain(row.net)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE invoicing_line SET net = net + 0.01",
        "UPDATE invoicing_line SET exact = exact + 0.01",
        "UPDATE charging_charge SET amount = amount + 0.01",
        "UPDATE charging_charge SET quantity = quantity + 1",
        "UPDATE catalog_price SET terms = jsonb_set(terms, '{amount}', '\"7\"')",
    ],
)
def test_an_explanation_that_does_not_reproduce_the_line_says_so(world: World, change: str) -> None:
    world.plan("flat", world.monthly("49"))
    acme = world.customer().buys("flat")
    world.on("2026-06-01").close()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(change)
        told = why(acme.invoices[0].lines.get())
        whole = explain_invoice(acme.invoices[0])
        transaction.set_rollback(True)
    assert (told.check, whole.check) == (False, False)
    assert told.text().endswith("THE STEPS DO NOT ADD UP TO THE AMOUNT")


def test_lines_that_a_change_of_plan_gives_back_explain_themselves(world: World) -> None:
    for code, amount in (("small", "31"), ("large", "62")):
        world.plan(code, world.monthly(amount, code, in_advance=True))
    acme = world.customer().buys("small")
    world.on("2026-06-10").close()
    acme.changes("small", "large", "2026-05-16")
    world.close()
    found = [explain_invoice(invoice) for invoice in acme.invoices]
    assert [invoice.check for invoice in found] == [True, True]
    told = [each for invoice in found for each in invoice.lines]
    reason = "plan changed on 16 May 2026: unused time credited"
    assert sorted((each.net, each.charges[-1].reason) for each in told) == [
        (-31, reason), (-16, reason), (31, ""), (31, ""), (32, ""), (62, ""),
    ]  # fmt: skip
