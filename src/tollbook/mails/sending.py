"""Sending: mails that are due are claimed, given to the mail server without a transaction, and noted."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import formataddr
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import F

from tollbook.base import clock
from tollbook.base.tasks import action, later, outbound
from tollbook.brands.models import Brand
from tollbook.kernel.errors import Refused, Retryable, TollbookError
from tollbook.mails.models import Mail
from tollbook.mails.rendering import Letter, attachments, letter
from tollbook.mails.rules import State, next_try

LOG = logging.getLogger(__name__)
BATCH, BATCHES = 20, 50
LEASE = timedelta(minutes=15)
KEY = "mails.send"
NO_SERVER = "not sent: no mail server configured"
PERMANENT = 500
NOTE = 300


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an attempt: the letter that was sent, or why none was and whether that is final."""

    letter: Letter | None = None
    error: str = ""
    final: bool = False


@action
def claim(at: datetime, limit: int = BATCH) -> list[Mail]:
    """Mails that are due at `at`, marked as being sent until their lease ends; those that another process took and lost
    are among them.
    """
    Mail.objects.filter(state=State.SENDING, leased_until__lte=at).update(state=State.WAITING, leased_until=None)
    rows = Mail.objects.select_for_update(skip_locked=True, no_key=True).filter(state=State.WAITING, due_at__lte=at)
    ids = list(rows.order_by("due_at", "pk").values_list("pk", flat=True)[:limit])
    Mail.objects.filter(pk__in=ids).update(state=State.SENDING, attempts=F("attempts") + 1, leased_until=at + LEASE)
    return list(Mail.objects.filter(pk__in=ids).select_related("brand", "customer", "fact").order_by("pk"))


@action
def keep_back(at: datetime) -> int:
    """Where there is no mail server: say so of every mail that is due; how many."""
    due = Mail.objects.filter(state=State.WAITING, due_at__lte=at)
    return due.update(state=State.NOT_SENT, note=NO_SERVER, ended_at=at)


@outbound
def send_due() -> int:
    """Send the mails that are due; how many were tried."""
    if not settings.EMAIL_IS_SET_UP:
        keep_back(clock.now())
        return 0
    tried = 0
    for _ in range(BATCHES):
        batch = claim(clock.now())
        server = get_connection()
        try:
            for mail in batch:
                note(mail, send(mail, server), clock.now())
        finally:
            server.close()
        tried += len(batch)
        if len(batch) < BATCH:
            break
    return tried


def send(mail: Mail, server: Any) -> Outcome:
    """Give a mail to the server; never raises for what a server, a text or an attachment does."""
    try:
        made = letter(mail)
        message(mail, made, server).send()
    except SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        return Outcome(error=_said(code, said), final=code >= PERMANENT)
    except SMTPResponseException as error:
        # A connection that was refused in the middle of a mail is of no use to the next.
        server.close()
        return Outcome(error=_said(error.smtp_code, error.smtp_error), final=error.smtp_code >= PERMANENT)
    except (SMTPException, OSError) as error:
        server.close()
        return Outcome(error=f"the mail server gave no answer: {type(error).__name__}")
    except TollbookError as error:
        return Outcome(error=error.message)
    except Exception as error:
        # One mail that cannot be made must not keep back the others; it is tried again and then seen as failed.
        LOG.exception("mail %s could not be made", mail.public_id)
        return Outcome(error=f"it could not be made: {type(error).__name__}")
    return Outcome(made)


@outbound
def send_test(brand: Brand, made: Letter, address: str) -> None:
    """Send a letter of the brand with example values to one address, now.

    Refused "no_mail_server"; Retryable "mail_not_sent" with what the server said.
    """
    if not settings.EMAIL_IS_SET_UP:
        raise Refused("no_mail_server", "no mail server is configured: set TOLLBOOK_SMTP_HOST")
    sender = formataddr((brand.name, brand.email))
    found = EmailMultiAlternatives(made.subject, made.text, sender, [address])
    found.attach_alternative(made.html, "text/html")
    try:
        found.send()
    except (SMTPException, OSError) as error:
        raise Retryable("mail_not_sent", f"the mail server did not take it: {error}", after_s=60) from error


def _said(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"{code} {' '.join(text.split())}"


def message(mail: Mail, made: Letter, server: Any) -> EmailMultiAlternatives:
    """The mail as the server gets it, with what rooms attach."""
    sender = formataddr((mail.brand.name, mail.brand.email))
    # The id is that of the row: a receiver's system knows a repeat by it.
    headers = {
        "Message-ID": f"<{mail.public_id}@{mail.brand.email.rpartition('@')[2]}>",
        "Auto-Submitted": "auto-generated",
    }
    if made.decline:
        headers |= {"List-Unsubscribe": f"<{made.decline}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    found = EmailMultiAlternatives(made.subject, made.text, sender, [mail.address], headers=headers, connection=server)
    found.attach_alternative(made.html, "text/html")
    if attach := attachments().get(mail.fact.kind):
        for name, kind, content in attach(mail.fact.object_id):
            found.attach(name, content, kind)
    return found


@action
def note(mail: Mail, outcome: Outcome, at: datetime) -> State | None:
    """Keep what came of an attempt; the mail's state then. None, and nothing is changed, when its lease ended meanwhile
    and another process has it.
    """
    rows = Mail.objects.select_for_update(no_key=True).filter(pk=mail.pk, state=State.SENDING)
    found = rows.filter(attempts=mail.attempts).first()
    if found is None:
        return None
    found.leased_until, found.note = None, outcome.error[:NOTE]
    if outcome.letter is not None:
        found.state, found.ended_at = State.SENT, at
        found.subject, found.body = outcome.letter.subject, outcome.letter.text
    elif outcome.final or (due := next_try(found.attempts, at)) is None:
        found.state, found.ended_at = State.FAILED, at
    else:
        found.state, found.due_at = State.WAITING, due
    found.save(update_fields=["state", "leased_until", "note", "subject", "body", "due_at", "ended_at"])
    return State(found.state)


def go() -> None:
    """Have a worker send what is due."""
    later(send_due, key=KEY)
