"""Mail about a person's log-in: plain text, to the address of the log-in, nothing in it that could be used."""

from django.conf import settings
from django.core.mail import EmailMessage

from tollbook.base.tasks import later, outbound


@outbound
def send(to: str, subject: str, text: str) -> None:
    """Hand one message to the mail server. OSError or SMTPException when it does not take it: the worker tries again.

    RuntimeError inside a transaction.
    """
    EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [to]).send()


def tell(to: str, subject: str, text: str) -> None:
    """Have a message sent once this transaction commits. Staff can read what waits: never put a code or a link that
    opens something into it; such mail is sent at once.
    """
    later(send, to=to, subject=subject, text=text)
