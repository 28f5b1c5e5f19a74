"""Logging in: what is asked, what is noted, how often one may try, and what happens when mail does not go out."""

import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from tollbook.identity.models import AuditEntry, User
from tollbook.identity.queries import trail
from tollbook.identity.tests.people import PASSWORD, logged_in, person

pytestmark = pytest.mark.django_db
WRONG_ONE = "another sentence"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def told() -> list[tuple[str, str]]:
    """Mail that waits for the worker: to whom, about what."""
    from procrastinate.contrib.django.models import ProcrastinateJob

    jobs = ProcrastinateJob.objects.filter(args__name="tollbook.identity.mail.send").order_by("id")
    return [(job.args["arguments"]["to"], job.args["arguments"]["subject"]) for job in jobs]


def tries(login: str, times: int, password: str = WRONG_ONE, **how: Any) -> list[str]:
    """What the log-in page says to each try."""
    said = []
    for _ in range(times):
        page = Client().post("/account/login/", {"login": login, "password": password}, **how).content.decode()
        said += [text.strip() for text in re.findall(r'role="alert"><p>(.*?)</p>', page)] or ["in"]
    return said


def test_a_log_in_is_noted_with_address_and_browser() -> None:
    robin = person()
    logged_in(robin, HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="203.0.113.7")
    (entry,) = trail(robin.public_id)
    assert (entry.verb, entry.actor, entry.door) == ("user.log_in", robin.email, "account")
    assert entry.detail == {"address": "203.0.113.7", "agent": FIREFOX, "how": "password"}


def test_a_new_browser_is_told_by_mail_and_the_first_one_is_not() -> None:
    robin = person()
    logged_in(robin, HTTP_USER_AGENT=FIREFOX)
    logged_in(robin, HTTP_USER_AGENT=FIREFOX)
    assert told() == []
    logged_in(robin, HTTP_USER_AGENT="curl/8")
    assert told() == [(robin.email, "New log-in to your account")]


def test_a_failure_is_noted_at_the_person_and_nothing_that_was_typed_is_kept() -> None:
    robin = person()
    tries(robin.email.upper(), 1, "my other password")
    tries("oh I typed my password here@x.example", 1)
    tries("nobody@harbour.example", 1)
    assert [(e.verb, e.actor, e.subject, e.detail["what"]) for e in AuditEntry.objects.all()] == [
        ("user.log_in_failed", "somebody", robin.public_id, "password")
    ]


WRONG = "The email address and/or password you specified are not correct."
TOO_MANY = "Too many failed attempts. Wait for 15 minutes, then try again."


def test_five_wrong_passwords_shut_the_account_and_nobody_else() -> None:
    robin, ann = person(), person("ann@brightwater.example", staff_role="administrator")
    inside = logged_in(robin)
    assert tries(robin.email, 6) == [WRONG] * 5 + [TOO_MANY]
    assert tries(robin.email, 1, PASSWORD) == [TOO_MANY]
    # From the same address: who is inside stays inside, and others get in.
    assert inside.get("/account/security/").status_code == 200
    assert tries(ann.email, 1, PASSWORD) == ["in"]


def test_an_address_that_tries_many_accounts_shuts_itself_out() -> None:
    robin = person()
    assert [tries(f"u{n}@x.example", 1, REMOTE_ADDR="203.0.113.9") for n in range(20)] == [[WRONG]] * 20
    assert tries(robin.email, 1, PASSWORD, REMOTE_ADDR="203.0.113.9") == [TOO_MANY]
    assert tries(robin.email, 1, PASSWORD, REMOTE_ADDR="203.0.113.10") == ["in"]


def test_log_ins_that_succeed_do_not_count() -> None:
    robin = person()
    assert tries(robin.email, 8, PASSWORD) == ["in"] * 8


def test_three_links_for_a_new_password_in_an_hour() -> None:
    robin = person()
    answers = [Client().post("/account/password/reset/", {"email": robin.email}) for _ in range(4)]
    assert [a.status_code for a in answers] == [302, 302, 302, 429]
    assert answers[-1].headers["Retry-After"] == "900"
    assert "<h1>Too many attempts</h1>" in answers[-1].content.decode()
    assert len(mail.outbox) == 3


def test_mail_that_cannot_be_sent_is_said_and_nothing_waits_with_the_link(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    robin = person()
    answer = Client().post("/account/password/reset/", {"email": robin.email})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "<h1>Mail cannot be sent now</h1>" in answer.content.decode()
    assert told() == []


def test_a_new_password_logs_every_other_device_out_and_is_noted() -> None:
    robin = person()
    here, there = logged_in(robin), logged_in(robin)
    new = {
        "oldpassword": PASSWORD,
        "password1": "plumb the depths of the sea",
        "password2": "plumb the depths of the sea",
    }
    assert here.post("/account/password/change/", new).headers["Location"] == "/account/security/"
    assert here.get("/account/security/").status_code == 200
    assert there.get("/account/security/").status_code == 302
    assert trail(robin.public_id)[0].verb == "user.password"
    assert told() == [(robin.email, "Password Changed")]


def test_a_weak_new_password_is_refused() -> None:
    robin = person()
    new = {"oldpassword": PASSWORD, "password1": "robin robin robin", "password2": "robin robin robin"}
    page = logged_in(robin).post("/account/password/change/", new).content.decode()
    assert "The password is easy to guess" in page
    assert User.objects.get().check_password(PASSWORD)
