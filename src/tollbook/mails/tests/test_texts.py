"""The texts that come with Tollbook: complete in both languages, and every placeholder is known."""

import pytest

from tollbook.invoicing import mailed
from tollbook.mails.kinds import KINDS
from tollbook.mails.rendering import attachments, known_values
from tollbook.mails.rules import Text, check, fill, paragraphs, plain_text, subject_line
from tollbook.mails.texts import FOOT, LANGUAGES, language_of
from tollbook.notifications.events import CATALOGUE


def test_every_kind_has_a_text_in_every_language() -> None:
    assert set(KINDS) <= set(CATALOGUE)
    assert {language: set(texts) for language, texts in LANGUAGES.items()} == {"en": set(KINDS), "de": set(KINDS)}
    assert set(FOOT) == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_texts_are_whole(kind: str, language: str) -> None:
    text = LANGUAGES[language][kind]
    check(text, known_values(kind))
    values = known_values(kind)
    body = plain_text(paragraphs(text, values), [])
    assert "{" not in body + subject_line(text.subject, values)
    assert text.button and text.body.endswith("{link}")


@pytest.mark.parametrize(("given", "found"), [("de", "de"), ("de-AT", "de"), ("DE", "de"), ("fr", "en"), ("", "en")])
def test_languages(given: str, found: str) -> None:
    assert language_of(given) == found


def test_a_value_is_never_filled_in_again() -> None:
    assert fill("{a} {b} {c}", {"a": "{b}", "b": "{a}"}) == "{b} {a} {c}"


def test_a_subject_is_one_line() -> None:
    assert subject_line("{a}", {"a": "one\r\nBcc: two\u2028three\0"}) == "one Bcc: two three"


def test_without_an_address_there_is_no_link() -> None:
    parts = paragraphs(Text("s", "Hello\n\n{link}\n\nBye", "Go"), {"link": ""})
    assert [part.lines for part in parts] == [("Hello",), ("Bye",)]


def test_what_is_attached() -> None:
    assert attachments() == {"invoice.issued": mailed.pdf, "credit_note.issued": mailed.pdf}
