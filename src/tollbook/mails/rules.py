"""Mails as values: filling in texts, their HTML, and when a mail is tried again; pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from html import escape

from tollbook.kernel.errors import Refused

#: What passes between a try to send a mail and the next.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360, 720, 1440))
SUBJECT_LIMIT, BODY_LIMIT = 200, 5_000
LINK = "{link}"
_PLACEHOLDER = re.compile(r"\{([a-z_]{1,40})\}")
_BREAKS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")


class State(StrEnum):
    """What has become of a mail."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    # There was no mail server to give it to.
    NOT_SENT = "not_sent"


@dataclass(frozen=True, slots=True)
class Text:
    """The text of a kind of mail in a language: paragraphs divided by empty lines, with {placeholders}. A paragraph
    that is {link} becomes a button with `button` on it.
    """

    subject: str
    body: str
    button: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A part of a mail: lines of text, or a link with a word on it."""

    lines: tuple[str, ...]
    link: str = ""

    @property
    def html(self) -> str:
        """The lines, escaped, with line breaks."""
        return "<br>".join(escape(line) for line in self.lines)


def placeholders(text: str) -> list[str]:
    """The names of the placeholders in a text, each once, in order."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(text)))


def check(text: Text, known: Mapping[str, str]) -> None:
    """Refused "text_missing", "text_too_long" or "unknown_placeholder" (`known` are those there are) for a text of
    staff's.
    """
    for name, value, most in (("subject", text.subject, SUBJECT_LIMIT), ("body", text.body, BODY_LIMIT)):
        if not value.strip():
            raise Refused("text_missing", f"{name}: write something", param=name)
        if len(value) > most:
            raise Refused("text_too_long", f"{name}: {len(value)} characters, at most {most}", param=name)
        for each in placeholders(value):
            if each not in known:
                right = ", ".join(f"{{{name}}}" for name in sorted(known))
                raise Refused("unknown_placeholder", f"{name}: {{{each}}} is not known; known are {right}", param=name)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced, once: what a value holds is never looked at again. A name that is not
    known stays as it is written.
    """
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def subject_line(text: str, values: Mapping[str, str]) -> str:
    """The subject, filled in: one line, whatever the values hold."""
    return _BREAKS.sub(" ", fill(text, values)).strip()[:SUBJECT_LIMIT]


def paragraphs(text: Text, values: Mapping[str, str]) -> list[Paragraph]:
    """The body, filled in; a link that is not known is left out."""
    found = []
    for part in re.split(r"\n\s*\n", text.body.replace("\r\n", "\n").strip()):
        if part.strip() == LINK:
            if link := values.get("link", ""):
                found.append(Paragraph((text.button or link,), link))
            continue
        found.append(Paragraph(tuple(fill(line, values) for line in part.split("\n"))))
    return found


def plain_text(parts: list[Paragraph], foot: list[str]) -> str:
    """The mail as text: paragraphs, then `foot` after the usual mark of a signature."""
    body = "\n\n".join(f"{part.lines[0]}: {part.link}" if part.link else "\n".join(part.lines) for part in parts)
    return f"{body}\n\n-- \n" + "\n".join(foot) + "\n"


def next_try(attempts: int, at: datetime) -> datetime | None:
    """When a mail is tried again that no server took, after so many attempts; None: it is given up."""
    return at + WAITS[attempts - 1] if attempts <= len(WAITS) else None
