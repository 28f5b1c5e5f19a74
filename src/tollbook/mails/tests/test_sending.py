"""Mails through a real server: what arrives, who gets it, and what becomes of those that do not arrive."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tollbook.base import clock
from tollbook.identity.models import AuditEntry, User
from tollbook.kernel.errors import Refused
from tollbook.mails import rendering, sending
from tollbook.mails.actions import choose, forget, send_again, write
from tollbook.mails.models import BrandText, Declined, Mail
from tollbook.mails.queries import next_due
from tollbook.mails.rules import WAITS, Text
from tollbook.mails.sending import claim, note, send_due
from tollbook.mails.tests.conftest import House, Server
from tollbook.notifications.actions import hand_on, tell
from tollbook.notifications.models import Fact
from tollbook.site.tests.world import World

LOW = {"balance": "4.20", "currency": "EUR"}


def low(house: House) -> None:
    tell("wallet.low", house.party.row.pk, "wal_a", LOW)


def part(message: Any, kind: str) -> str:
    found = message.get_body((kind,))
    return str(found.get_content()).replace("\r\n", "\n")


def test_an_invoice_arrives_as_text_html_and_pdf(house: House, server: Server) -> None:
    house.person("olga")
    house.billed()
    assert house.sends() == 1
    (got,), (invoice,) = server.got, house.party.invoices
    assert server.to == [["olga@acme.example"]]
    assert got["Subject"] == f"Invoice {invoice.label}: \N{EURO SIGN}60.27"
    assert got["From"] == "Harbour Cloud <billing@harbour.example>"
    assert got["To"] == "olga@acme.example"
    assert got["Auto-Submitted"] == "auto-generated"
    assert got["List-Unsubscribe"] is None  # nobody declines invoices by a link
    text, html = part(got, "plain"), part(got, "html")
    assert text.startswith(
        f"Hello Olga,\n\nyour invoice {invoice.label} of June 1, 2026 is ready. It comes to \N{EURO SIGN}60.27; "
        "\N{EURO SIGN}60.27 are open, due on June 15, 2026.\n"
    )
    link = f"https://billing.example/portal/invoices/{invoice.public_id}/"
    assert f"See the invoice: {link}\n" in text
    assert f'href="{link}"' in html
    assert "Harbour Cloud Ltd, 1 Quay Street, H91 X2Y3 Galway" in text
    (attached,) = got.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == (f"{invoice.label}.pdf", "application/pdf")
    assert attached.get_content().startswith(b"%PDF-")
    row = Mail.objects.get()
    assert (row.state, row.subject, row.attempts, row.note) == ("sent", got["Subject"], 1, "")
    assert got["Message-ID"] == f"<{row.public_id}@harbour.example>"
    assert [house.sends(), len(server.got)] == [0, 1]


def test_german(house: House, server: Server) -> None:
    house.person("olga", language="de-AT")
    house.billed()
    house.sends()
    (got,), (invoice,) = server.got, house.party.invoices
    assert got["Subject"] == f"Rechnung {invoice.label}: 60,27\N{NO-BREAK SPACE}\N{EURO SIGN}"
    assert "vom 1. Juni 2026" in part(got, "plain")
    assert 'lang="de"' in part(got, "html")


def test_who_gets_what(house: House, server: Server) -> None:
    for name, role in (("olga", "owner"), ("bill", "billing"), ("tess", "technical"), ("rob", "read_only")):
        house.person(name, role)
    User.objects.filter(email="bill@acme.example").update(is_active=False)
    profile = house.party.row.profile
    profile.email = "Invoices@acme.example"
    profile.save()
    house.billed()
    low(house)
    house.sends()
    assert sorted((got["To"], got["Subject"].split()[0]) for got in server.got) == [
        ("Invoices@acme.example", "Invoice"), ("olga@acme.example", "Invoice"), ("olga@acme.example", "Your"),
    ]  # fmt: skip


def test_an_address_gets_a_mail_once(house: House, server: Server) -> None:
    house.person("olga")
    profile = house.party.row.profile
    profile.email = "OLGA@acme.example"
    profile.save()
    house.billed()
    assert [house.sends(), len(server.got)] == [1, 1]


def test_nobody_gets_mail_of_another_customer(house: House, world: World, server: Server) -> None:
    house.person("olga")
    other = House(world.customer("bolt"))
    stranger = User.objects.create_user("bea@bolt.example", name="Bea")
    other.party.row.memberships.create(user=stranger, role="owner")
    house.billed()
    house.sends()
    assert server.to == [["olga@acme.example"]]


def test_without_anybody_nothing_is_written(house: House, server: Server) -> None:
    house.billed()
    assert [house.sends(), Fact.objects.count()] == [0, 0]


def test_without_a_server_nothing_is_lost(house: House, settings: Any, server: Server) -> None:
    settings.EMAIL_IS_SET_UP = False
    house.person("olga")
    low(house)
    assert house.sends() == 0
    row = Mail.objects.get()
    assert (row.state, row.note) == ("not_sent", "not sent: no mail server configured")
    settings.EMAIL_IS_SET_UP = True
    assert send_due() == 0
    send_again(row.public_id)
    assert [send_due(), house.states()] == [1, [("olga@acme.example", "sent")]]
    with pytest.raises(Refused, match="it was sent"):
        send_again(row.public_id)


def test_a_server_that_is_away_is_tried_again_and_given_up_visibly(
    house: House, settings: Any, server: Server, world: World
) -> None:
    settings.EMAIL_PORT = 1
    house.person("olga")
    low(house)
    house.sends()
    row = Mail.objects.get()
    assert (row.state, row.note) == ("waiting", "the mail server gave no answer: ConnectionRefusedError")
    for wait in WAITS:
        due = next_due()
        assert due == clock.now() + wait
        world.on(due)
        send_due()
    assert [next_due(), house.states()] == [None, [("olga@acme.example", "failed")]]
    assert Mail.objects.get().attempts == len(WAITS) + 1


@pytest.mark.parametrize(
    ("said", "state"), [("550 no such person", "failed"), ("450 come back later", "waiting")], ids=["550", "450"]
)
def test_an_address_that_is_refused_keeps_back_nobody_else(house: House, server: Server, said: str, state: str) -> None:
    house.person("olga")
    house.person("bill", "billing")
    server.refuses["olga@acme.example"] = said
    low(house)
    assert house.sends() == 2
    assert house.states() == [("olga@acme.example", state), ("bill@acme.example", "sent")]
    assert Mail.objects.get(address="olga@acme.example").note == said


def test_a_mail_that_cannot_be_made_keeps_back_nobody_else(
    house: House, server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    house.person("olga")
    house.person("bill", "billing")
    whole = rendering.letter

    def broken(mail: Mail) -> Any:
        return 1 / 0 if mail.address.startswith("olga") else whole(mail)

    monkeypatch.setattr(sending, "letter", broken)
    low(house)
    house.sends()
    assert house.states() == [("olga@acme.example", "waiting"), ("bill@acme.example", "sent")]
    assert Mail.objects.get(address="olga@acme.example").note == "it could not be made: ZeroDivisionError"
    assert "could not be made" in caplog.text


def test_what_a_process_lost_is_sent_again_and_its_late_answer_does_not_count(
    house: House, server: Server, world: World
) -> None:
    house.person("olga")
    low(house)
    hand_on()
    (lost,) = claim(clock.now())
    assert claim(clock.now()) == []
    world.on(clock.now() + timedelta(minutes=15))
    assert send_due() == 1
    assert note(lost, sending.Outcome(error="late"), clock.now()) is None
    assert house.states() == [("olga@acme.example", "sent")]


HOSTILE = [
    "<script>alert(1)</script>", "Eve\r\nBcc: all@example.com", "{number} {link} {0.__class__}", "{{ 7 * 7 }}",
    "\N{RIGHT-TO-LEFT OVERRIDE}evil", '"><img src=x onerror=alert(1)>', "{% load log %}", "\u2028\u2029",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_people_write_stays_text(house: House, server: Server, name: str) -> None:
    """Names are neither HTML nor headers nor placeholders."""
    user = house.person("olga")
    User.objects.filter(pk=user.pk).update(name=name)
    write(house.party.row.brand, "wallet.low", "en", Text("For {name}", "Hello {name}\n\n{balance}"))
    low(house)
    house.sends()
    (got,) = server.got
    assert got["Bcc"] is None
    assert server.to == [["olga@acme.example"]]
    html, text = part(got, "html"), part(got, "plain")
    assert "<script" not in html and "<img" not in html
    assert "\N{EURO SIGN}4.20" in text
    if "{" in name:
        assert f"Hello {name}" in text


def test_a_brand_has_its_own_text_until_it_is_forgotten(house: House, server: Server, world: World) -> None:
    house.person("olga")
    write(world.brand, "wallet.low", "en", Text("Only {balance}", "Dear {name},\n\nadd some.\n\n{link}", "Add"))
    low(house)
    house.sends()
    assert server.got[0]["Subject"] == "Only \N{EURO SIGN}4.20"
    assert "Dear Olga,\n\nadd some.\n\nAdd: https://billing.example/portal/\n" in part(server.got[0], "plain")
    forget(world.brand, "wallet.low", "en")
    low(house)
    house.sends()
    assert server.got[1]["Subject"] == "Your wallet is low: \N{EURO SIGN}4.20"
    assert [BrandText.objects.count(), AuditEntry.objects.filter(verb__startswith="mails.").count()] == [0, 2]


@pytest.mark.parametrize(
    ("kind", "language", "text", "code"),
    [
        ("wallet.low", "fr", Text("a", "b"), "unknown_language"),
        ("wallet.low", "en", Text("", "b"), "text_missing"),
        ("wallet.low", "en", Text("a", " "), "text_missing"),
        ("wallet.low", "en", Text("a" * 201, "b"), "text_too_long"),
        ("wallet.low", "en", Text("a", "b" * 5001), "text_too_long"),
        ("wallet.low", "en", Text("{number}", "b"), "unknown_placeholder"),
    ],
)
def test_texts_that_are_refused(world: World, kind: str, language: str, text: Text, code: str) -> None:
    with pytest.raises(Refused) as refused:
        write(world.brand, kind, language, text)
    assert (refused.value.code, BrandText.objects.count()) == (code, 0)


def test_who_declines_gets_no_more(house: House, server: Server) -> None:
    olga = house.person("olga")
    house.person("bill", "billing")
    choose(olga, "wallet.low", wanted=False)
    low(house)
    house.sends()
    assert server.to == [["bill@acme.example"]]
    choose(olga, "wallet.low", wanted=True)
    low(house)
    house.sends()
    assert server.to[1:] == [["olga@acme.example"], ["bill@acme.example"]]


def test_somebody_must_get_invoices(house: House, server: Server) -> None:
    olga, bill = house.person("olga"), house.person("bill", "billing")
    choose(olga, "invoice.issued", wanted=False)
    with pytest.raises(Refused) as refused:
        choose(bill, "invoice.issued", wanted=False)
    assert (refused.value.code, Declined.objects.count()) == ("last_receiver", 1)
    # The one who is left goes: who declined gets it all the same.
    User.objects.filter(pk=bill.pk).update(is_active=False)
    house.billed()
    house.sends()
    assert server.to == [["olga@acme.example"]]


def test_a_billing_address_is_enough(house: House, server: Server) -> None:
    profile = house.party.row.profile
    profile.email = "invoices@acme.example"
    profile.save()
    choose(house.person("olga"), "invoice.issued", wanted=False)
    house.billed()
    house.sends()
    assert server.to == [["invoices@acme.example"]]


def test_the_link_declines_and_only_by_a_post(house: House, server: Server) -> None:
    olga = house.person("olga")
    low(house)
    house.sends()
    (got,) = server.got
    link = got["List-Unsubscribe"].strip(" <>")
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in part(got, "plain")
    at = link.removeprefix("https://billing.example")
    client = Client(enforce_csrf_checks=True)
    assert (client.get(at).status_code, Declined.objects.count()) == (200, 0)
    assert client.post(at, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert list(Declined.objects.values_list("user", "kind")) == [(olga.pk, "wallet.low")]
    assert client.post(at[:-2] + "x/").status_code == 404
    assert client.get("/hooks/mails/decline/nonsense/").status_code == 404


@pytest.mark.parametrize(("by_email", "mails"), [(True, 1), (False, 0)])
def test_a_reminder_is_mailed_where_its_policy_says_so(
    house: House, server: Server, by_email: bool, mails: int
) -> None:
    house.person("olga")
    told = {"title": "Invoice H-1 is due today", "text": "60.27 EUR are open.", "invoice": None, "by_email": by_email}
    tell("dunning.reminder", house.party.row.pk, "ntc_a", told)
    assert [house.sends(), len(server.got)] == [mails, mails]
    if mails:
        assert server.got[0]["Subject"] == "Invoice H-1 is due today"
