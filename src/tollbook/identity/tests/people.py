"""People who log in through the pages, and their authenticator apps."""

import time
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from django.test import Client

from tollbook.identity.models import User

PASSWORD = "one long sentence to remember"


def person(email: str = "robin@brightwater.example", **how: Any) -> User:
    """Somebody with a password."""
    return User.objects.create_user(email, PASSWORD, name=how.pop("name", "Robin Example"), **how)


def logged_in(user: User, password: str = PASSWORD, **how: Any) -> Client:
    """A browser in which the person logged in with the password; no second factor is asked for."""
    client = Client(**how)
    answer = client.post("/account/login/", {"login": user.email, "password": password})
    assert answer.status_code == 302, answer.content.decode()
    return client


def proven(client: Client) -> Client:
    """The same browser (logged in), as if its reader had just given the password again."""
    session = client.session
    request = HttpRequest()
    request.session = session
    record_authentication(request, User.objects.get(pk=session[SESSION_KEY]), "password")
    session.save()
    return client


@dataclass
class App:
    """An authenticator app: gives each code once, as a person who waits for the next one would."""

    secret: str
    _ahead: int = field(default=-1)

    def code(self) -> str:
        """A code that counts now and was not given before: there are three at a time."""
        self._ahead += 1
        assert self._ahead <= 2, "more than three codes in half a minute"
        return code_of(self.secret, (0, 1, -1)[self._ahead])


def with_app(client: Client) -> App:
    """The reader adds an authenticator app through the pages."""
    form = client.get("/account/2fa/totp/activate/")
    assert form.status_code == 200
    app = App(form.context["form"].secret)
    # The transaction in which a test runs never commits, and what follows a commit needs the request.
    with patch("django.db.transaction.on_commit", lambda follow: follow()):
        added = client.post("/account/2fa/totp/activate/", {"code": code_of(app.secret)})
    assert (added.status_code, added.headers["Location"]) == (302, "/account/2fa/recovery-codes/")
    return app


def code_of(secret: str, ahead: int = 0) -> str:
    """The code of the half minute of the real clock, or of one before or after it."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead)))
