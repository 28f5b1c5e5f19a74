"""What happened to a person's log-in: noted in the audit trail, and told to the person by mail where it matters."""

from dataclasses import dataclass

from tollbook.base.tasks import action
from tollbook.identity.audit import record
from tollbook.identity.mail import tell
from tollbook.identity.models import AuditEntry, User

DOOR = "account"
LOG_IN, FAILED = "user.log_in", "user.log_in_failed"
AGENT_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, as far as a request tells: the address and the browser."""

    address: str
    agent: str = ""

    def detail(self) -> dict[str, str]:
        return {"address": self.address, "agent": self.agent[:AGENT_LIMIT]}


@action
def logged_in(user: User, caller: Caller, how: str) -> None:
    """Note a log-in `how` ("password", "password, totp", "passkey"); tell of a browser that was never used before."""
    before = AuditEntry.objects.filter(subject=user.public_id, verb=LOG_IN)
    detail = caller.detail()
    is_new = before.exists() and not before.filter(detail__agent=detail["agent"]).exists()
    record(LOG_IN, user.public_id, actor=user.email, door=DOOR, detail={**detail, "how": how})
    if is_new:
        text = (
            f"Somebody logged in as {user.email} with a browser that was not used before.\n\n"
            f"Address: {caller.address}\nBrowser: {detail['agent'] or 'not said'}\n\n"
            "If it was not you, change your password: that logs out every device."
        )
        tell(user.email, "New log-in to your account", text)


@action
def log_in_failed(user: User, caller: Caller, what: str) -> None:
    """Note that `what` ("password", "code") was wrong. Log-ins of nobody are not noted: people type passwords there."""
    record(FAILED, user.public_id, actor="somebody", door=DOOR, detail={**caller.detail(), "what": what})


@action
def changed(user: User, what: str, caller: Caller) -> None:
    """Note that the log-in was changed: "password", "email", "factor_added", "factor_removed", "recovery_codes",
    "sessions_ended". The mail about it is the library's.
    """
    record(f"user.{what}", user.public_id, actor=user.email, door=DOOR, detail=caller.detail())
