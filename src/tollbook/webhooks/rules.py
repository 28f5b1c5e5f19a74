"""Signatures of Standard Webhooks 1.0, when an attempt is repeated, and what an answer means; pure."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus

SECRET_HEAD = "whsec_"  # noqa: S105  # how secrets begin, not one
SECRET_BYTES = 32
#: What passes between an attempt and the next: those of Standard Webhooks, 75 h 35 min 5 s together.
WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)  # fmt: skip
ATTEMPTS = len(WAITS) + 1
#: A wait is longer by up to a tenth, so that a receiver that comes back is not met by everything at once.
JITTER = 0.1
LONGEST_WAIT = timedelta(hours=24)
#: The secret before a rotation signs as well for so long.
OVERLAP = timedelta(hours=24)
#: An endpoint that has not taken anything for so long is switched off.
FAILING = timedelta(days=5)
TIMEOUT_S = 15.0
_OK, _NEXT = HTTPStatus.OK, HTTPStatus.MULTIPLE_CHOICES


class State(StrEnum):
    """What has become of a delivery."""

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"


class EndpointState(StrEnum):
    """Whether an endpoint is sent anything: a paused one keeps what comes, one that is off gets nothing."""

    ACTIVE = "active"
    PAUSED = "paused"
    OFF = "off"
    REMOVED = "removed"


class Verdict(StrEnum):
    """What an answer means."""

    TAKEN = "taken"
    GONE = "gone"
    AGAIN = "again"


def secret_text(secret: bytes) -> str:
    """A secret as receivers configure it."""
    return SECRET_HEAD + b64encode(secret).decode("ascii")


def secret_bytes(text: str) -> bytes:
    """The secret in what `secret_text` wrote."""
    return b64decode(text.removeprefix(SECRET_HEAD))


def signature(secret: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """One signature: v1, and the HMAC-SHA256 of "id.timestamp.body" in base64."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode("ascii")


def headers(secrets: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that receivers check; one signature for each secret, divided by blanks."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(each, message_id, timestamp, body) for each in secrets),
    }


def verdict(status: int | None) -> Verdict:
    """What a status means; None is no answer. 2xx takes it, 410 wants nothing ever again, all else is tried again:
    a redirect is not followed, since the address is what the customer said.
    """
    if status is not None and _OK <= status < _NEXT:
        return Verdict.TAKEN
    return Verdict.GONE if status == HTTPStatus.GONE else Verdict.AGAIN


def next_try(attempts: int, at: datetime, chance: float, retry_after: timedelta | None = None) -> datetime | None:
    """When a delivery that failed at `at`, after so many attempts, is tried again; None: it is given up.

    `chance` (0 to 1) is the jitter; `retry_after` is what the receiver asked for, if it did, of which a day counts.
    """
    if attempts >= ATTEMPTS:
        return None
    wait = WAITS[attempts - 1] * (1 + JITTER * chance)
    return at + max(wait, min(retry_after or timedelta(0), LONGEST_WAIT))


def retry_after(status: int | None, text: str, at: datetime) -> timedelta | None:
    """What a 429 or 503 asks for: seconds, or a date; None for neither."""
    if status not in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE) or not text:
        return None
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), int(LONGEST_WAIT.total_seconds())))
    try:
        then = parsedate_to_datetime(text)
    except ValueError:
        return None
    return then - at if then.tzinfo is not None and then > at else None


def wants(kinds: Sequence[str], kind: str) -> bool:
    """Whether an endpoint for these kinds (none: all) is told facts of `kind`."""
    return not kinds or kind in kinds
