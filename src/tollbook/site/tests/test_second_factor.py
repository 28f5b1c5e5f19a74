"""Second factors through the pages: adding, being asked, recovery codes, and staff who must have one."""

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client

from tollbook.identity.models import User
from tollbook.identity.queries import trail
from tollbook.identity.tests.people import PASSWORD, logged_in, person, with_app

pytestmark = pytest.mark.django_db
ASK = "/account/2fa/authenticate/"


def asked(user: User) -> Client:
    """A browser that gave the right password and is asked for the second factor."""
    client = Client()
    answer = client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (302, ASK)
    assert client.get("/account/security/").status_code == 302
    return client


def gives(client: Client, code: str) -> bool:
    """Whether the code is taken."""
    return client.post(ASK, {"code": code}).status_code == 302


def test_a_code_lets_in_and_only_once() -> None:
    robin = person()
    app = with_app(logged_in(robin))
    first, second = asked(robin), asked(robin)
    code = app.code()
    assert gives(first, code)
    assert first.get("/account/security/").status_code == 200
    assert not gives(second, code)
    assert not gives(second, "000000")
    assert second.get("/account/security/").status_code == 302
    assert [(e.verb, e.detail.get("how"), e.detail.get("what")) for e in trail(robin.public_id)] == [
        ("user.log_in_failed", None, "code"),
        ("user.log_in_failed", None, "code"),
        ("user.log_in", "password, totp", None),
        ("user.factor_added", None, None),
        ("user.log_in", "password", None),
    ]


def test_a_used_code_stays_used_while_it_would_still_count() -> None:
    """The library forgets a used code after half a minute; ours counts for a minute and a half."""
    robin = person()
    app = with_app(logged_in(robin))
    code = app.code()
    assert gives(asked(robin), code)
    cache.delete(f"allauth.mfa.totp.used?user={robin.pk}&code={code}")
    assert not gives(asked(robin), code)


def test_codes_are_counted_by_account_whatever_the_session() -> None:
    robin = person()
    app = with_app(logged_in(robin))
    for _ in range(5):
        assert not gives(asked(robin), "000000")
    assert not gives(asked(robin), app.code())


def test_the_secret_lies_sealed() -> None:
    app = with_app(logged_in(person()))
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert app.secret not in stored
    assert bytes.fromhex(stored)[0] == 1


def test_recovery_codes_are_shown_once_and_work_once() -> None:
    robin = person()
    client = logged_in(robin)
    with_app(client)
    page = client.get("/account/2fa/recovery-codes/").content.decode()
    codes = re.findall(r"<li>(\d+)</li>", page)
    assert len(codes) == 10
    assert f"{codes[0]}%0A{codes[1]}%0A" in page
    again = client.get("/account/2fa/recovery-codes/").content.decode()
    assert codes[0] not in again
    assert "You have seen them" in again
    assert client.get("/account/2fa/recovery-codes/download/").status_code == 403
    assert gives(asked(robin), codes[0])
    assert not gives(asked(robin), codes[0])
    assert "9 left" in client.get("/account/security/").content.decode()


def test_factors_are_changed_only_by_who_proved_it_lately(monkeypatch: pytest.MonkeyPatch) -> None:
    robin = person()
    client = logged_in(robin)
    late = time.time() + 15 * 60
    monkeypatch.setattr("tollbook.identity.access.time.time", lambda: late)
    answer = client.get("/account/2fa/totp/activate/")
    assert answer.headers["Location"] == "/account/reauthenticate/?next=%2Faccount%2F2fa%2Ftotp%2Factivate%2F"
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    assert client.get("/account/2fa/totp/activate/").status_code == 200


@pytest.fixture
def strict(settings: Any) -> None:
    """Staff need a second factor, as in a real installation."""
    settings.TOLLBOOK_STAFF_FACTOR = True


@pytest.mark.usefixtures("strict")
def test_staff_without_a_factor_see_nothing_but_how_to_get_one() -> None:
    ada = person("ada@harbour.example", staff_role="administrator")
    client = logged_in(ada)
    for address in ("/staff/", "/staff/customers/", "/staff/audit/"):
        answer = client.get(address)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/account/security/")
    assert "Staff need a second factor" in client.get("/account/security/").content.decode()
    with_app(client)
    assert client.get("/staff/").status_code == 200


@pytest.mark.usefixtures("strict")
def test_a_session_that_proved_no_factor_stays_out_though_the_person_has_one() -> None:
    ada = person("ada@harbour.example", staff_role="viewer")
    with_app(logged_in(ada))
    client = Client()
    client.force_login(ada)
    assert client.get("/staff/").headers["Location"] == "/account/security/"


@pytest.mark.usefixtures("strict")
def test_staff_who_log_in_with_a_code_get_in() -> None:
    ada = person("ada@harbour.example", staff_role="viewer")
    app = with_app(logged_in(ada))
    client = asked(ada)
    assert gives(client, app.code())
    assert client.get("/staff/").status_code == 200


def test_in_a_trial_staff_go_without_and_every_page_says_so() -> None:
    ada = person("ada@harbour.example", staff_role="viewer")
    assert "staff log in without a second factor here" in logged_in(ada).get("/staff/").content.decode()


@pytest.mark.parametrize(
    ("role", "password", "may"),
    [
        ("none", PASSWORD, True),
        ("none", "vnP4;gq0", False),
        ("viewer", PASSWORD, False),
    ],
)
def test_the_last_factor_goes_only_where_the_rest_is_enough(role: str, password: str, may: bool) -> None:
    robin = person(staff_role=role)
    client = logged_in(robin)
    with_app(client)
    User.objects.filter(pk=robin.pk).update(password_is_long=len(password) >= 15)
    client.post("/account/2fa/totp/deactivate/")
    assert Authenticator.objects.filter(type="totp").exists() is not may
    key = Authenticator.objects.create(user=robin, type="webauthn", data={"name": "Laptop"})
    # Beside another one, each may go.
    if not may:
        assert client.post(f"/account/2fa/webauthn/keys/{key.pk}/remove/").headers["Location"].endswith("/webauthn/")
        key = Authenticator.objects.create(user=robin, type="webauthn", data={"name": "Laptop"})
        Authenticator.objects.filter(type="totp").delete()
    client.post(f"/account/2fa/webauthn/keys/{key.pk}/remove/")
    assert Authenticator.objects.filter(type="webauthn").exists() is not may


def test_a_key_of_somebody_else_does_not_exist() -> None:
    ann = person("ann@brightwater.example")
    key = Authenticator.objects.create(user=ann, type="webauthn", data={"name": "Laptop"})
    assert logged_in(person()).post(f"/account/2fa/webauthn/keys/{key.pk}/remove/").status_code == 404
    assert Authenticator.objects.count() == 1
