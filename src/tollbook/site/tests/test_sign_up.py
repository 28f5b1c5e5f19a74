"""Signing up through the pages: proving the address, becoming a customer once, and telling strangers nothing."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.test import Client

from tollbook.base import clock
from tollbook.customers import signing_up
from tollbook.customers.models import Customer, Membership, SignUp, Terms
from tollbook.customers.settings import INDIVIDUAL_PLAN, SIGN_UP, SIGNUP_PAYMENT
from tollbook.features.actions import set_value
from tollbook.features.registry import Level
from tollbook.identity.models import AuditEntry, User
from tollbook.kernel.errors import Refused

PAGE, CODE = "/account/signup/", "/account/confirm-email/"
SECRET = "one long sentence to remember"


def switch(world: Any, key: str, on: object) -> None:
    set_value(key, on, level=Level.BRAND, scope_id=world.brand.public_id)


@pytest.fixture
def open_house(world: Any) -> Any:
    """A world whose brand takes sign-ups."""
    signing_up.publish(world.brand, "2026-05", "Be kind.", actor="ada@harbour.example")
    switch(world, SIGN_UP, True)
    return world


def form(**changes: str) -> dict[str, str]:
    given = {
        "kind": "organization", "organization": "Dune Cafés", "name": "Dora Dune", "country": "IE", "vat_id": "ie 6388047v",
        "email": "Dora@dune.example", "password1": SECRET, "terms": "on", "version": "2026-05", "brand": "harbour",
    }  # fmt: skip
    return {**given, **changes}


def signs_up(client: Client, **changes: str) -> Any:
    return client.post(PAGE, form(**changes), REMOTE_ADDR="203.0.113.7")


def code_of(message: mail.EmailMessage) -> str:
    found = re.search(r"^([A-Z0-9-]{6,12})$", str(message.body), re.MULTILINE)
    assert found is not None, message.body
    return found[1]


def proves(client: Client) -> Any:
    return client.post(CODE, {"code": code_of(mail.outbox[-1])})


def test_an_organization_signs_up_and_is_a_customer_once_the_address_is_proven(open_house: Any) -> None:
    client = Client()
    answer = signs_up(client)
    assert (answer.status_code, answer.headers["Location"]) == (302, CODE)
    assert Customer.objects.count() == 0
    assert client.get("/portal/").status_code == 302
    sign_up = SignUp.objects.get()
    assert (sign_up.terms.version, sign_up.accepted_from, sign_up.accepted_at) == (
        "2026-05", "203.0.113.7", open_house.now,
    )  # fmt: skip
    assert proves(client).headers["Location"] == "/"
    customer = Customer.objects.get()
    assert (customer.name, customer.kind, customer.email) == ("Dune Cafés", "organization", "dora@dune.example")
    assert (customer.profile.country, customer.profile.vat_id) == ("IE", "IE6388047V")
    member = Membership.objects.get()
    assert (member.user.email, member.user.name, member.role) == ("dora@dune.example", "Dora Dune", "owner")
    assert "Dune Cafés" in client.get("/portal/").content.decode()
    told = AuditEntry.objects.get(verb="customer.sign_up")
    assert told.detail == {"sign_up": sign_up.public_id, "terms": "2026-05", "billing_plan": "FLEXIBLE"}


def test_an_account_is_made_once_however_often_it_is_asked(open_house: Any) -> None:
    client = Client()
    signs_up(client)
    proves(client)
    user = User.objects.get()
    assert signing_up.activate(user) is None
    client.post("/account/logout/")
    Client().post("/account/login/", {"login": user.email, "password": SECRET})
    assert (Customer.objects.count(), Membership.objects.count()) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_of_two_that_activate_at_once_one_does(open_house: Any, at_once: Any) -> None:
    signs_up(Client())
    user = User.objects.get()
    made = at_once(lambda: signing_up.activate(user), lambda: signing_up.activate(user))
    assert sorted(type(each).__name__ for each in made) == ["Customer", "NoneType"]
    assert Customer.objects.count() == 1


def test_a_person_has_a_plan_of_its_own_and_no_vat_number(open_house: Any) -> None:
    switch(open_house, INDIVIDUAL_PLAN, "PREPAID")
    client = Client()
    page = client.get(PAGE).content.decode()
    assert "Persons: use is drawn on funds that are added before (prepaid)" in page
    assert "Organizations: as each price says" in page
    assert "opened by a first payment" not in page
    signs_up(client, kind="individual", organization="")
    proves(client)
    customer = Customer.objects.get()
    assert (customer.name, customer.kind, customer.billing_plan) == ("Dora Dune", "individual", "PREPAID")
    assert customer.profile.vat_id == ""


def test_the_page_says_when_a_first_payment_opens_the_account(open_house: Any) -> None:
    switch(open_house, SIGNUP_PAYMENT, True)
    assert "opened by a first payment" in Client().get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"organization": ""}, "organization"),
        ({"terms": ""}, "This field is required"),
        ({"version": "2025-01"}, "The terms have changed"),
        ({"country": "ZZ"}, "Select a valid choice"),
        ({"password1": "dune dune dune dune"}, "easy to guess"),
        ({"password1": "too short"}, "give at least 15"),
        ({"email": "nonsense"}, "Enter a valid email address"),
        ({"name": "x\u0000y"}, "Null characters are not allowed"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_made(open_house: Any, changes: dict[str, str], said: str) -> None:
    answer = signs_up(Client(), **changes)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert (User.objects.count(), SignUp.objects.count(), mail.outbox) == (0, 0, [])


def test_closed_without_the_switch_or_without_terms_or_for_another_brand(world: Any) -> None:
    assert "Sign-up is closed" in Client().get(PAGE).content.decode()
    switch(world, SIGN_UP, True)
    assert "Sign-up is closed" in signs_up(Client()).content.decode()
    assert "Sign up</a>" not in Client().get("/account/login/").content.decode()
    signing_up.publish(world.brand, "1", "Be kind.", actor="ada@harbour.example")
    assert "<h1>Sign up</h1>" in Client().get(PAGE).content.decode()
    assert "Sign up</a>" in Client().get("/account/login/").content.decode()
    assert "Sign-up is closed" in Client().get(PAGE, {"brand": "other"}).content.decode()
    assert User.objects.count() == 0


def test_an_address_that_is_taken_is_answered_like_a_free_one(open_house: Any) -> None:
    User.objects.create_user("ann@dune.example", SECRET, name="Ann")
    free, taken = Client(), Client()
    answers = [signs_up(free), signs_up(taken, email="ann@dune.example")]
    assert len({(a.status_code, a.headers["Location"], a.content) for a in answers}) == 1
    pages = [re.sub(r"\S+@dune.example|csrf\S+ value=\S+", "", c.get(CODE).content.decode()) for c in (free, taken)]
    assert pages[0] == pages[1]
    wrong = [c.post(CODE, {"code": "XXXX-XXXX"}).status_code for c in (free, taken)]
    assert wrong == [200, 200]
    assert [m.to for m in mail.outbox] == [["dora@dune.example"], ["ann@dune.example"]]
    assert "already exists" in str(mail.outbox[1].body)
    assert SignUp.objects.count() == 1


def test_a_mail_server_that_is_away_tells_nothing_either(open_house: Any, settings: Any) -> None:
    User.objects.create_user("ann@dune.example", SECRET, name="Ann")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answers = [signs_up(Client()), signs_up(Client(), email="ann@dune.example")]
    assert [a.status_code for a in answers] == [503, 503]


def test_nobody_holds_an_address_that_he_cannot_prove(open_house: Any) -> None:
    thief, owner = Client(), Client()
    signs_up(thief, organization="Thief", password1="the thief's own long password")
    code = code_of(mail.outbox[-1])
    cache.clear()  # one mail in ten seconds goes to an address
    signs_up(owner)
    assert proves(owner).headers["Location"] == "/"
    assert Customer.objects.get().name == "Dune Cafés"
    thief.post(CODE, {"code": code})
    assert thief.get("/portal/").status_code == 302
    assert User.objects.get().check_password(SECRET)


def test_a_link_for_a_new_password_does_not_open_what_was_never_proven(open_house: Any) -> None:
    signs_up(Client())
    mail.outbox.clear()
    Client().post("/account/password/reset/", {"email": "dora@dune.example"})
    (message,) = mail.outbox
    assert "/password/reset/key/" not in str(message.body)


def test_an_unfinished_sign_up_goes_on_after_log_in(open_house: Any) -> None:
    signs_up(Client())
    cache.clear()  # one mail in ten seconds goes to an address
    later = Client()
    answer = later.post("/account/login/", {"login": "dora@dune.example", "password": SECRET})
    assert answer.headers["Location"] == CODE
    assert proves(later).headers["Location"] == "/"
    assert Customer.objects.count() == 1


def test_what_nobody_finishes_is_dropped_after_a_week(open_house: Any) -> None:
    client = Client()
    signs_up(client)
    code = code_of(mail.outbox[-1])
    assert signing_up.expire_due(open_house.now + timedelta(days=7) - timedelta(seconds=1)) == 0
    assert signing_up.expire_due(open_house.now + timedelta(days=7)) == 1
    assert signing_up.expire_due(open_house.now + timedelta(days=8)) == 0
    assert User.objects.count() == 0
    client.post(CODE, {"code": code})
    assert Customer.objects.count() == 0
    sign_up = SignUp.objects.get()
    assert (sign_up.user, sign_up.expired_at) == (None, open_house.now + timedelta(days=7))
    cache.clear()  # one mail in ten seconds goes to an address
    signs_up(Client())
    assert SignUp.objects.count() == 2


def test_who_is_a_customer_never_expires(open_house: Any) -> None:
    client = Client()
    signs_up(client)
    proves(client)
    assert signing_up.expire_due(open_house.now + timedelta(days=700)) == 0
    assert not signing_up.give_up("dora@dune.example")


def test_three_wrong_codes_end_it(open_house: Any) -> None:
    client = Client()
    signs_up(client)
    for _ in range(3):
        client.post(CODE, {"code": "XXXX-XXXX"})
    proves(client)
    assert Customer.objects.count() == 0


def test_an_acceptance_and_terms_never_change(open_house: Any) -> None:
    signs_up(Client())
    for rows, change in (
        (SignUp.objects.all(), {"accepted_from": "203.0.113.8"}),
        (SignUp.objects.all(), {"accepted_at": clock.now() - timedelta(days=1)}),
        (Terms.objects.all(), {"text": "Be unkind."}),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(Refused, match="Harbour Cloud has published it"):
        signing_up.publish(open_house.brand, "2026-05", "Be unkind.", actor="ada@harbour.example")


def test_administrators_publish_terms_on_the_brands_page(world: Any) -> None:
    ada = User.objects.create_user("ada@harbour.example", name="Ada", staff_role="administrator")
    client = Client()
    client.force_login(ada)
    page = f"/staff/brands/{world.brand.public_id}/"
    assert "nobody can sign up with this brand" in client.get(page).content.decode()
    client.post(f"{page}terms/", {"version": "7", "text": "Be kind."})
    assert signing_up.current_terms(world.brand).version == "7"
    User.objects.update(staff_role="support")
    assert client.post(f"{page}terms/", {"version": "8", "text": "Be kind."}).status_code == 404
    assert client.get(f"{page}terms/").status_code == 404
