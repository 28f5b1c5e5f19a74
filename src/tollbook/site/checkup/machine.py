"""What this process finds on its machine: settings, keys, mail, disk."""

import os
import shutil
import smtplib

from django.conf import settings
from django.core import checks
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend

from tollbook.base import sealed
from tollbook.base.checks import ALLOW
from tollbook.base.health import Check, Found, bad, doubtful, good
from tollbook.base.home import home
from tollbook.kernel.errors import Permanent

DISK_WARN_PERCENT, DISK_FAIL_PERCENT = 10, 3
DISK_FAIL_BYTES = 500 * 1024 * 1024
_MIB = 1024 * 1024


def configuration() -> Found:
    """What Django and Tollbook want of a production; a trial is told less sternly."""
    if settings.DEBUG:
        return bad("TOLLBOOK_DEBUG is on: errors show settings to strangers", "unset TOLLBOOK_DEBUG")
    found = [check for check in checks.run_checks(include_deployment_checks=True) if not check.is_silenced()]
    serious = [check for check in found if check.is_serious()]
    if not found:
        return good("fit for production")
    first = (serious or found)[0]
    words = f"{first.msg.splitlines()[0]} ({first.id})" + (f", and {len(found) - 1} more" if len(found) > 1 else "")
    do = (first.hint or "").splitlines()[0] if first.hint else "see: tollbook manage check --deploy"
    if settings.TOLLBOOK_TEST_MODE:
        return doubtful(f"a trial, with a clock of its own: {words}", "fine for a trial; production needs another home")
    return bad(words, do) if serious else doubtful(words, do)


def seal_key() -> Found:
    """The key that opens what is sealed is here, whole, and kept outside."""
    if not sealed.has_key():
        return doubtful("there is none yet; the first secret makes one", f"give {sealed.VARIABLE}, and keep a copy")
    try:
        count = len(sealed.known_keys())
    except Permanent as error:
        return bad(error.message, "32 random bytes in base64: openssl rand -base64 32; the old ones follow a comma")
    if not os.environ.get(sealed.VARIABLE) and not settings.TOLLBOOK_TEST_MODE:
        words = f"kept in {home() / 'seal.key'} only"
        return doubtful(words, f"keep a copy outside this machine: without it nothing sealed opens ({sealed.VARIABLE})")
    return good(f"{count} {'key' if count == 1 else 'keys'}")


def mail() -> Found:
    """The mail server takes us."""
    backend = get_connection(fail_silently=False)
    if not isinstance(backend, EmailBackend):
        return doubtful(f"mail goes to {settings.EMAIL_BACKEND}", "unset TOLLBOOK_EMAIL_BACKEND to send it")
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        backend.open()
        # Whatever open() leaves unopened has said why; the type has it that there may be none.
        status = backend.connection.noop()[0] if backend.connection else 0
    except (OSError, smtplib.SMTPException) as error:
        do = "set TOLLBOOK_SMTP_HOST and TOLLBOOK_SMTP_PORT, and look whether a firewall is between"
        return bad(f"{where} does not answer: {type(error).__name__}", do)
    finally:
        backend.close()
    return good(f"{where} answers {status}")


def disk() -> Found:
    """There is room where this installation keeps its files."""
    total, _, free = shutil.disk_usage(home())
    percent = 100 * free / total
    words = f"{free // _MIB} MiB free at {home()} ({percent:.0f} %)"
    do = "make room, or put TOLLBOOK_HOME on another disk"
    if percent < DISK_FAIL_PERCENT or free < DISK_FAIL_BYTES:
        return bad(words, do)
    return doubtful(words, do) if percent < DISK_WARN_PERCENT else good(words)


def backend_allowed() -> Found:
    """Production has a server of its own."""
    if os.environ.get("DATABASE_URL"):
        return good("a server of its own")
    if os.environ.get(ALLOW) == "1" or settings.TOLLBOOK_TEST_MODE:
        return doubtful("the embedded one, which lives and dies with this program", "give DATABASE_URL in production")
    return bad("the embedded one is for trials", f"give DATABASE_URL, or allow it by name: {ALLOW}=1")


CHECKS = [
    Check("configuration", configuration),
    Check("server", backend_allowed, needs_database=False),
    Check("seal key", seal_key, needs_database=False),
    Check("mail", mail, needs_database=False),
    Check("disk", disk, needs_database=False),
]
