"""What customers read is translated, all of it: no page says a word that is not in the catalogue, and the catalogue says
every word in German.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import translation

from tollbook.base import discovery
from tollbook.customers.tests.people import reader
from tollbook.identity.models import User
from tollbook.kernel.errors import Refused
from tollbook.site import messages
from tollbook.site.tests.test_walls_crawl import Two, two  # noqa: F401  # the fixture
from tollbook.web.refusals import in_words

OPEN, CLOSE = "\u27e6", "\u27e7"
SILENT = {"script", "style", "svg", "time"}
VOID = {"meta", "link", "input", "br", "hr", "img", "path", "col"}
READ = ("aria-label", "title", "placeholder", "alt")
_SLOT = re.compile(r"%\(\w+\)s|\{[^{}]*\}")
#: What is data on the pages of the world below, or a word of every language: ids, addresses, codes, names of facts.
DATA = re.compile(
    r"\b1 Quay Street\b|\b[a-z_]+\.[a-z_]+\b|\btbk_\w+|\b[a-z_]+:(read|write)\b|\b[a-z]{3}_[a-z0-9]+\b|\S+@\S+|https?://\S*|[A-Z]{2,3}-?\d*\b|\d+ [A-Z][a-z]{2}( \d{4})?|\b[a-z_]+\.[a-z_]+\b|"
    r"\b[0-9a-f]{64}\b|IE29[A-Z0-9 ]+|HARBOUR-\d{4}-\d+|"
    r"\b(acme|sms|cloud|Harbour Cloud( Ltd)?|Mara Okafor|English|Deutsch|Tollbook|UTC|CSV|period)\b",
    re.IGNORECASE,
)
#: What the document says in the language that it was issued in; `invoicing.documents` and `payments.statement_told` have
#: their own words and tests.
ISSUED = re.compile(r"Invoice|Ireland|Please pay by .*|\d+ to \d+ days late")


class _Words(HTMLParser):
    """What of a page's texts somebody reads or hears, and no translation gave. A translation may hold elements."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[str] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [_outside(value, 0)[0] for name, value in attrs if name in READ and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        left, self.depth = _outside(data, self.depth)
        if not SILENT & set(self.open):
            self.found.append(" ".join(left.split()))


def _outside(text: str, depth: int) -> tuple[str, int]:
    """What of a text stands in no brackets, when `depth` are open before it; and how many are open after it."""
    left = ""
    for letter in text:
        depth += (letter == OPEN) - (letter == CLOSE)
        left += letter if depth == 0 and letter != CLOSE else ""
    return left, depth


def untranslated(html: str) -> list[str]:
    words = _Words()
    words.feed(html)
    return [
        text for text in words.found if not ISSUED.fullmatch(text) and re.search(r"[^\W\d_]{2}", DATA.sub("", text))
    ]


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every text that is looked up comes back in brackets."""

    def one(text: str) -> str:
        return f"{OPEN}{text}{CLOSE}" if text else ""

    real = vars(translation)["_trans"]
    monkeypatch.setattr(real, "gettext", one)
    monkeypatch.setattr(real, "ngettext", lambda text, many, count: one(text if count == 1 else many))


def _pages(mine: dict[str, str]) -> Iterator[str]:
    for label, module in discovery.modules("portal"):
        for pattern in module.urls:
            if not isinstance(pattern, URLPattern) or label == "gateway_test":
                continue
            slots = list(pattern.pattern.converters)
            for own in mine.values() if slots else [""]:
                yield reverse(f"portal-{label}:{pattern.name}", kwargs=dict.fromkeys(slots, own))


def _shown(client: Client, address: str) -> str:
    response: Any = client.get(address)
    html = response.headers.get("Content-Type", "").startswith("text/html")
    return response.content.decode() if response.status_code == 200 and html else ""


@pytest.mark.django_db
def test_no_page_of_the_portal_says_a_word_that_is_not_looked_up(two: Two, pseudo: None) -> None:  # noqa: F811
    client = reader(two.acme.row)
    mine = dict(two.mine)
    mine["li"] = two.acme.row.public_id
    found: dict[str, list[str]] = {}
    seen = 0
    for address in _pages(mine):
        html = _shown(client, address)
        seen += bool(html)
        for text in untranslated(html):
            found.setdefault(text, []).append(address)

    assert found == {}
    assert seen >= 25, seen


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/account/login/", "/account/password/reset/", "/account/no-such-page/"])
def test_pages_for_strangers_are_looked_up_too(address: str, pseudo: None) -> None:
    assert untranslated(Client().get(address).content.decode()) == []


def _slots(text: str) -> list[str]:
    return sorted(set(_SLOT.findall(text)))


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_text_is_translated_with_its_placeholders(language: str) -> None:
    for message in messages.renewed(language):
        if not message.id:
            continue
        texts = [str(each) for each in (message.id if isinstance(message.id, list | tuple) else [message.id])]
        told = [
            str(each or "")
            for each in (message.string if isinstance(message.string, list | tuple) else [message.string])
        ]
        assert len(told) == len(texts) and all(told), (
            f"not translated: {message.context} {message.id}; scripts/messages"
        )
        for text, said in zip(texts, told, strict=True):
            assert _slots(said) == _slots(text), message.id
            assert said.endswith(" ") == text.endswith(" "), message.id


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_catalogues_are_fresh_and_compiled(language: str) -> None:
    fresh = messages.renewed(language)
    assert messages.path_of(language, "po").read_bytes() == messages.written(fresh), "run scripts/messages"
    compiled = messages.compiled(messages.catalogue(language))
    assert messages.path_of(language, "mo").read_bytes() == compiled, "run scripts/messages"


def test_a_refusal_is_found_by_its_code() -> None:
    refused = Refused("text_empty", "name is empty: give at least one character", param="name")
    unknown = Refused("text_empty", "something that no rule says")
    with translation.override("de"):
        assert in_words(refused) == "name ist leer: geben Sie mindestens ein Zeichen an"
        assert in_words(unknown) == "something that no rule says"
    assert in_words(refused) == refused.message


# --- whose language ---------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_account_s_language_is_spoken_until_the_reader_chooses(two: Two) -> None:  # noqa: F811
    two.acme.row.language = "de"
    two.acme.row.save()
    client = reader(two.acme.row)
    page = client.get("/portal/invoices/", headers={"Accept-Language": "en"})
    assert page.headers["Content-Language"] == "de"
    assert '<html lang="de" dir="ltr"' in page.content.decode()
    assert "Rechnungen" in page.content.decode()
    client.post("/account/language/", {"language": "en", "next": "/portal/invoices/"})
    assert client.get("/portal/invoices/").headers["Content-Language"] == "en"
    user = User.objects.get(pk=client.session["_auth_user_id"])
    assert user.language == "en"


@pytest.mark.django_db
def test_a_stranger_s_browser_says_the_language_until_the_stranger_chooses() -> None:
    client = Client(headers={"Accept-Language": "de-AT,en;q=0.5"})
    page = client.get("/account/login/")
    assert page.headers["Content-Language"] == "de"
    assert "Accept-Language" in page.headers["Vary"]
    assert "Anmelden" in page.content.decode()
    answer = client.post("/account/language/", {"language": "en", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/"
    assert client.get("/account/login/").headers["Content-Language"] == "en"
    client.post("/account/language/", {"language": "xx"})
    assert client.get("/account/login/").headers["Content-Language"] == "en"


@pytest.mark.django_db
def test_programs_and_staff_read_english(two: Two) -> None:  # noqa: F811
    client = Client(headers={"Accept-Language": "de"})
    client.get("/account/login/")
    answer = client.get("/api/v1/invoices")
    assert answer.headers["Content-Language"] == "en"
