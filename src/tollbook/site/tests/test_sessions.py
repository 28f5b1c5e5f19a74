"""Sessions through the pages: the list, ending them, and when those of staff end by themselves."""

import re
import time

import pytest
from django.test import Client

from tollbook.identity.pages import device
from tollbook.identity.queries import trail
from tollbook.identity.sessions import end_all, over
from tollbook.identity.tests.people import logged_in, person

pytestmark = pytest.mark.django_db
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"
HOURS = 3600


def inside(client: Client) -> bool:
    return client.get("/account/security/").status_code == 200


def advance(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let the real clock of sessions go on."""
    now = time.time() + seconds
    monkeypatch.setattr("tollbook.identity.sessions.time.time", lambda: now)


def test_the_list_shows_devices_and_addresses_and_ends_one() -> None:
    robin = person()
    here, phone = logged_in(robin), logged_in(robin, HTTP_USER_AGENT=PHONE, REMOTE_ADDR="203.0.113.7")
    logged_in(person("ann@brightwater.example"))
    page = here.get("/account/sessions/").content.decode()
    assert page.count("this one") == 1
    assert "Safari on iPhone" in page
    assert "From 203.0.113.7" in page
    (end,) = re.findall(r'action="(/account/sessions/\d+/end/)"', page)
    assert here.post(end).headers["Location"] == "/account/sessions/"
    assert (inside(here), inside(phone)) == (True, False)
    last = trail(robin.public_id)[0]
    assert (last.verb, last.detail) == ("user.sessions_ended", {"sessions": 1})


def test_a_session_of_somebody_else_does_not_exist() -> None:
    robin, ann = logged_in(person()), logged_in(person("ann@brightwater.example"), HTTP_USER_AGENT=PHONE)
    logged_in(person("eve@brightwater.example"))
    mine = re.findall(r"/account/sessions/\d+/end/", robin.get("/account/sessions/").content.decode())
    assert mine == []
    from allauth.usersessions.models import UserSession

    for each in UserSession.objects.exclude(user__email="robin@brightwater.example"):
        assert robin.post(f"/account/sessions/{each.pk}/end/").status_code == 404
    assert inside(ann)


def test_all_others_end_at_once() -> None:
    robin = person()
    here, *others = (logged_in(robin) for _ in range(3))
    here.post("/account/sessions/end-others/")
    assert inside(here)
    assert [inside(each) for each in others] == [False, False]


def test_every_session_of_a_person_can_be_ended_by_others() -> None:
    robin = person()
    mine = [logged_in(robin), logged_in(robin)]
    other = logged_in(person("ann@brightwater.example"))
    assert end_all(robin, actor="ada@harbour.example", door="staff") == 2
    assert [inside(each) for each in mine] == [False, False]
    assert inside(other)


@pytest.mark.parametrize(
    ("staff", "began", "seen", "ended"),
    [
        (True, 0, 30 * 60 - 1, False),
        (True, 0, 30 * 60, True),
        (True, 12 * HOURS - 1, 5, False),
        (True, 12 * HOURS, 5, True),
        (False, 400 * HOURS, 300 * HOURS, False),
    ],
)
def test_when_a_session_is_over(staff: bool, began: float, seen: float, ended: bool) -> None:
    now = 2_000_000.0
    assert over(staff, now - max(began, seen), now - seen, now) is ended


def test_staff_who_were_away_are_logged_out_and_customers_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    ada, robin = logged_in(person("ada@harbour.example", staff_role="viewer")), logged_in(person())
    advance(monkeypatch, 29 * 60)
    assert ada.get("/staff/").status_code == 200
    advance(monkeypatch, 29 * 60)
    assert ada.get("/staff/").status_code == 200
    advance(monkeypatch, 30 * 60)
    assert ada.get("/staff/").headers["Location"] == "/account/login/?next=/staff/"
    assert inside(robin)


def test_staff_log_in_anew_each_working_day(monkeypatch: pytest.MonkeyPatch) -> None:
    ada = logged_in(person("ada@harbour.example", staff_role="viewer"))
    answers = []
    for _ in range(25):
        advance(monkeypatch, 29 * 60)
        answers.append(ada.get("/staff/").status_code)
    assert answers == [200] * 24 + [302]


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (PHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("", "Unknown browser"),
        ("curl/8", "Unknown browser"),
    ],
)
def test_devices_in_words(agent: str, name: str) -> None:
    assert device(agent) == name
