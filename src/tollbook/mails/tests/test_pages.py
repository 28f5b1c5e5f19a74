"""Mails in the portals: what people choose, what staff see, write and try."""

import re
from typing import Any

import pytest
from django.test import Client

from tollbook.identity.models import User
from tollbook.mails.models import BrandText, Declined, Mail
from tollbook.mails.tests.conftest import House, Server
from tollbook.notifications.actions import tell
from tollbook.site.tests.world import World


def words(response: Any) -> str:
    text = response.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", text[text.index("<main") :]).split())


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def low(house: House) -> None:
    tell("wallet.low", house.party.row.pk, "wal_a", {"balance": "4.20", "currency": "EUR"})


def test_a_person_chooses(house: House, server: Server) -> None:
    olga = house.person("olga")
    house.person("bill", "billing")
    low(house)
    house.sends()
    client = logged_in(olga)
    assert "Your wallet is low: \N{EURO SIGN}4.20" in words(client.get("/portal/mails/"))
    client.post("/portal/mails/", {"wanted": ["invoice.issued", "credit_note.issued", "dunning.reminder"]})
    declined = set(Declined.objects.filter(user=olga).values_list("kind", flat=True))
    assert "wallet.low" in declined
    assert declined.isdisjoint({"invoice.issued", "credit_note.issued", "dunning.reminder"})


def test_the_last_one_cannot_decline_what_somebody_must_get(house: House) -> None:
    client = logged_in(house.person("olga"))
    response = client.post("/portal/mails/", {"wanted": []}, follow=True)
    assert "New invoices: somebody of the account must get these" in words(response)
    assert not Declined.objects.filter(kind="invoice.issued").exists()


def test_a_reader_sees_only_what_was_sent_to_the_reader(house: House, server: Server) -> None:
    house.person("olga")
    low(house)
    house.sends()
    shown = words(logged_in(house.person("tess", "technical")).get("/portal/mails/"))
    assert "wallet is low" not in shown
    assert "A wallet is low" not in shown


def test_staff_see_what_was_not_sent_and_send_it_again(house: House, settings: Any, portal: Any) -> None:
    house.person("bill", "billing")
    low(house)
    settings.EMAIL_IS_SET_UP = False
    house.sends()
    row = Mail.objects.get()
    pages = portal(house.party.row)
    for at in ("", f"{row.public_id}/"):
        assert pages.seen_by(f"/staff/mails/{at}") == (200, 404, "/account/login/")
        assert "not sent: no mail server configured" in pages.read(f"/staff/mails/{at}")
    assert "not sent" in pages.read(f"/staff/customers/{house.party.row.public_id}/")
    assert pages.staff.post(f"/staff/mails/{row.public_id}/again/").status_code == 404
    admin = logged_in(User.objects.create_user("adm@harbour.example", name="Adm", staff_role="support"))
    admin.post(f"/staff/mails/{row.public_id}/again/")
    row.refresh_from_db()
    assert row.state == "waiting"


def test_staff_write_look_at_and_try_a_text(world: World, server: Server, portal: Any) -> None:
    at = f"/staff/mails/texts/{world.brand.public_id}/en/wallet.low/"
    pages = portal()
    assert pages.seen_by(at) == (200, 404, "/account/login/")
    assert pages.seen_by(f"{at}preview/") == (200, 404, "/account/login/")
    assert pages.staff.post(f"{at}write/", {"subject": "x", "body": "y"}).status_code == 404
    assert at in pages.staff.get(f"/staff/brands/{world.brand.public_id}/").content.decode()
    admin = logged_in(User.objects.create_user("adm@harbour.example", name="Adm", staff_role="administrator"))
    bad = admin.post(f"{at}write/", {"subject": "x", "body": "{number}"}, follow=True)
    assert "{number} is not known" in words(bad)
    admin.post(f"{at}write/", {"subject": "Low: {balance}", "body": "<b>{name}</b>", "button": ""})
    shown = admin.get(at)
    assert "Low: \N{EURO SIGN}4.20" in words(shown)
    assert shown.headers["Content-Security-Policy"].endswith("; frame-src 'self'")
    assert f'sandbox="" title="As HTML" src="{at}preview/"' in shown.content.decode()
    framed = admin.get(f"{at}preview/")
    assert "&lt;b&gt;Mara Owner&lt;/b&gt;" in framed.content.decode()
    policy = framed.headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
    admin.post(f"{at}test/")
    assert (server.to, server.got[0]["Subject"]) == ([["adm@harbour.example"]], "Low: \N{EURO SIGN}4.20")
    admin.post(f"{at}forget/")
    assert not BrandText.objects.exists()


def test_a_test_without_a_server_says_so(world: World, settings: Any) -> None:
    settings.EMAIL_IS_SET_UP = False
    at = f"/staff/mails/texts/{world.brand.public_id}/de/invoice.issued/"
    admin = logged_in(User.objects.create_user("adm@harbour.example", name="Adm", staff_role="administrator"))
    assert "no mail server is configured" in words(admin.post(f"{at}test/", follow=True))


@pytest.mark.parametrize("at", ["en/nothing", "fr/wallet.low"])
def test_texts_that_are_none(world: World, portal: Any, at: str) -> None:
    assert portal().staff.get(f"/staff/mails/texts/{world.brand.public_id}/{at}/").status_code == 404
