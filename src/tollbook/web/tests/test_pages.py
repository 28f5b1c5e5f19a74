"""Pages of the frame as they are served: what they say, and that their policy would let them work."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core import mail
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.test import Client, RequestFactory

from tollbook.identity.models import User
from tollbook.web.middleware import HEADERS, SecurityHeaders

pytestmark = pytest.mark.urls("tollbook.web.tests.urls")
ROOMS = Path(__file__).resolve().parents[2]
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PASSWORD = "one long sentence to remember"
# What `style-src 'self'` and `script-src 'self'` would silently switch off.
INLINE = re.compile(
    r"<style|\sstyle\s*=|\son[a-z]+\s*=|javascript:|<script(?![^>]*\ssrc=)(?![^>]*application/json)", re.IGNORECASE
)
_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}")


@pytest.fixture
def robin(db: None) -> User:
    return User.objects.create_user("robin@brightwater.example", PASSWORD, name="Robin Example")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status", "heading"),
    [
        ("/account/login/", 200, "Log in"),
        ("/account/password/reset/", 200, "Reset your password"),
        ("/account/password/reset/done/", 200, "Look into your mail"),
        ("/account/password/reset/key/abc-def/", 200, "This link does not work"),
        ("/account/password/reset/key/done/", 200, "Your password is changed"),
        ("/account/inactive/", 200, "Account Inactive"),
        ("/no-such-page", 404, "There is no such page"),
    ],
)
def test_pages_for_strangers(client: Client, address: str, status: int, heading: str) -> None:
    response = client.get(address)
    text = response.content.decode()
    assert response.status_code == status
    assert [found.strip() for found in re.findall(r"<h1>(.*?)</h1>", text, re.DOTALL)] == [heading]
    assert 'class="lone-card"' in text
    assert INLINE.findall(text) == []
    assert response.headers["Content-Security-Policy"] == POLICY


def test_a_wrong_password_is_said_once_and_a_missing_one_at_its_field(client: Client, robin: User) -> None:
    wrong = client.post("/account/login/", {"login": robin.email, "password": "another sentence"})
    assert wrong.status_code == 200
    assert wrong.content.decode().count('role="alert"') == 1
    missing = client.post("/account/login/", {"login": robin.email, "password": ""}).content.decode()
    assert 'aria-describedby="id_password_error"' in missing
    assert 'id="id_password_error"' in missing
    assert f'value="{robin.email}"' in missing
    assert "_auth_user_id" not in client.session


def test_a_forgotten_password_is_reset_by_mail_once(client: Client, robin: User) -> None:
    sent = client.post("/account/password/reset/", {"email": robin.email})
    assert (sent.status_code, sent.headers["Location"]) == (302, "/account/password/reset/done/")
    (message,) = mail.outbox
    assert message.to == [robin.email]
    found = re.search(r"http://testserver(/account/password/reset/key/\S+)", str(message.body))
    assert found is not None
    form = client.get(found[1], follow=True)
    assert "<h1>Choose a new password</h1>" in form.content.decode()
    weak = client.post(form.redirect_chain[-1][0], {"password1": "short", "password2": "short"})
    assert 'class="errorlist"' in weak.content.decode()
    robin.refresh_from_db()
    assert robin.check_password(PASSWORD)
    new = "quite another sentence, just as long"
    saved = client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new}, follow=True)
    assert "<h1>Your password is changed</h1>" in saved.content.decode()
    robin.refresh_from_db()
    assert robin.check_password(new)
    assert "<h1>This link does not work</h1>" in Client().get(found[1], follow=True).content.decode()


def test_a_reset_does_not_tell_whether_an_account_exists(client: Client, robin: User) -> None:
    answers = [client.post("/account/password/reset/", {"email": e}) for e in (robin.email, "stranger@harbour.example")]
    assert len({(a.status_code, a.headers["Location"], a.content) for a in answers}) == 1


def test_log_out_asks_first(client: Client, robin: User) -> None:
    client.force_login(robin)
    asked = client.get("/account/logout/")
    assert "<h1>Log out?</h1>" in asked.content.decode()
    assert asked.headers["Cache-Control"] == "private, no-store"
    assert "_auth_user_id" in client.session
    client.post("/account/logout/")
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("code", ["400", "403", "404", "500"])
def test_error_pages_need_nothing_that_may_have_failed(code: str) -> None:
    text = get_template(f"{code}.html").render()
    assert f'<p class="muted text-sm">{code}</p>' in text
    assert INLINE.findall(text) == []


def test_the_headers_leave_a_views_own_alone() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Content-Security-Policy": "default-src 'self'"})

    response = SecurityHeaders(view)(RequestFactory().get("/"))
    assert response.headers["Content-Security-Policy"] == "default-src 'self'"
    assert {name: response.headers[name] for name in HEADERS if name != "Content-Security-Policy"} == {
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": HEADERS["Permissions-Policy"],
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
    }
    assert "Cache-Control" not in response.headers


def templates() -> list[Path]:
    return sorted(path for path in ROOMS.rglob("templates/**/*.html"))


def test_no_template_has_a_style_or_a_script_of_its_own() -> None:
    assert len(templates()) > 20
    assert {
        str(path.relative_to(ROOMS)): found
        for path in templates()
        # A mail has no stylesheet to look into.
        if path.name != "mail.html" and (found := INLINE.findall(path.read_text()))
    } == {}


def test_every_class_of_a_template_is_in_the_stylesheet() -> None:
    """`scripts/css` was run after the last change of a template."""
    sheet = Path(str(finders.find("web/portal.css"))).read_text()
    known = {re.sub(r"\\(.)", r"\1", name) for name in re.findall(r"\.((?:\\.|[\w-])+)", sheet)}
    missing = set()
    for path in templates():
        text = path.read_text()
        for value in re.findall(r'\bclass="((?:\{%.*?%\}|\{\{.*?\}\}|[^"])*)"', text):
            # A word that is put together by the template ("chip-{{ state }}") cannot be looked up.
            words = {word for word in _TAG.sub("\0", value).split() if "\0" not in word}
            missing |= {f"{path.relative_to(ROOMS)}: {word}" for word in words - known}
    assert missing == set()
