"""What Stripe's answers mean: amounts in its smallest units, how far things are, what an event is about; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from tollbook.kernel.errors import Refused
from tollbook.payments.protocol import Disputed, Progress, Saved, Standing

Data = Mapping[str, Any]

KEY, SUBJECT, MERCHANT, KEEP = "tollbook_key", "tollbook_subject", "tollbook_merchant", "tollbook_keep"

# Stripe's own table, which is not ISO 4217's: the ariary has five parts, and the two last ones stand with two zeros.
_WHOLE = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_THREE = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
_WHOLE_BUT_TWO = frozenset(["ISK", "UGX"])


class Kind(StrEnum):
    """What was asked of Stripe."""

    PAYMENT = "payment"
    CHARGE = "charge"
    SETUP = "setup"
    REFUND = "refund"


def places(currency: str) -> int:
    """How many decimal places Stripe's smallest unit of the currency has."""
    return 0 if currency in _WHOLE else 3 if currency in _THREE else 2


def minor(amount: Decimal, currency: str) -> int:
    """The amount as a whole number of Stripe's smallest units; Refused "amount_places" for one that is none.

    Stripe takes dinars and rials in tens of their smallest unit, and crowns of Iceland and shillings of Uganda in
    hundreds.
    """
    scaled = amount.scaleb(places(currency))
    step = 10 if currency in _THREE else 100 if currency in _WHOLE_BUT_TWO else 1
    if scaled % step:
        least = Decimal(step).scaleb(-places(currency))
        message = f"amount: {amount} {currency} cannot be paid through Stripe; give a multiple of {least}"
        raise Refused("amount_places", message, param="amount")
    return int(scaled)


def major(units: int, currency: str) -> Decimal:
    """The amount that is so many of Stripe's smallest units."""
    return Decimal(units).scaleb(-places(currency))


def is_live(secret: str) -> bool:
    """Whether a secret key moves real money; Refused "key_wrong" for what is no secret key."""
    kind, _, rest = secret.partition("_")
    mode, _, body = rest.partition("_")
    if kind not in ("sk", "rk") or mode not in ("live", "test") or not body:
        raise Refused("key_wrong", "secret key: give one that begins with sk_live_, rk_live_, sk_test_ or rk_test_",
                      param="secret")  # fmt: skip
    return mode == "live"


@dataclass(frozen=True, slots=True)
class Told:
    """What a payment, set-up or refund is at Stripe; `units` of its smallest unit, `intent` the PaymentIntent's id."""

    progress: Progress
    units: int
    currency: str
    key: str
    subject: str
    merchant: str
    live: bool
    intent: str = ""
    disputed: bool = False
    saved: Saved | None = None
    detail: str = ""


def of_intent(found: Data) -> Told:
    """A PaymentIntent that was confirmed when it was made, the payer being away.

    What would need the payer now has failed: nobody but us can confirm it, and we do not.
    """
    progress, detail = _intent_progress(found)
    if progress is Progress.PENDING and found["status"] != "processing":
        progress, detail = Progress.FAILED, detail or "The bank wants the payer to confirm: pay it by hand"
    return _told(found, progress, detail, intent=found)


def of_session(found: Data) -> Told:
    """A Checkout Session in which the payer pays or only saves a method."""
    intent = _object(found.get("payment_intent"))
    if found["mode"] == "setup":
        return _setup(found)
    if found["status"] == "expired":
        return _told(found, Progress.CANCELLED, "The payer did not come", intent=intent)
    if found["status"] == "open":
        # A card that was declined may be followed by one that is not.
        return _told(found, Progress.PENDING, "", intent=intent)
    progress, detail = _intent_progress(intent)
    if progress is Progress.PENDING and intent.get("status") == "requires_payment_method":
        progress = Progress.FAILED
    return _told(found, progress, detail, intent=intent)


def of_refund(found: Data) -> Told:
    """A refund."""
    said = {
        "succeeded": Progress.SUCCEEDED,
        "pending": Progress.PENDING,
        "requires_action": Progress.PENDING,
        "failed": Progress.FAILED,
        "canceled": Progress.CANCELLED,
    }
    progress = said.get(str(found.get("status")), Progress.PENDING)
    told = _told(found, progress, str(found.get("failure_reason") or ""), intent={})
    return Told(progress, int(found["amount"]), told.currency, told.key, told.subject, told.merchant, told.live,
                _id(found.get("payment_intent")), detail=told.detail)  # fmt: skip


def of_dispute(found: Data) -> Disputed | None:
    """A dispute that takes money; None for a bank's mere question."""
    status = str(found["status"])
    if status.startswith("warning") or status == "prevented":
        return None
    standing = {"won": Standing.WON, "lost": Standing.LOST}.get(status, Standing.OPEN)
    currency = str(found["currency"]).upper()
    reason = str(found.get("reason") or "dispute").replace("_", " ")
    return Disputed(str(found["id"]), major(int(found["amount"]), currency), currency, reason, standing)


def _intent_progress(intent: Data) -> tuple[Progress, str]:
    error = _object(intent.get("last_payment_error"))
    detail = str(error.get("message") or "")
    if intent.get("status") == "succeeded":
        return Progress.SUCCEEDED, f"PaymentIntent {intent['id']}"
    if intent.get("status") == "canceled":
        return Progress.CANCELLED, str(intent.get("cancellation_reason") or "")
    return Progress.PENDING, detail


def _told(found: Data, progress: Progress, detail: str, *, intent: Data) -> Told:
    notes = _object(found.get("metadata"))
    # What came, not what was asked for: the two differ when somebody captured a part by hand.
    units = intent.get("amount_received") if progress is Progress.SUCCEEDED else None
    if units is None:
        units = intent.get("amount", found.get("amount_total", found.get("amount", 0)))
    charge = _object(intent.get("latest_charge"))
    return Told(
        progress=progress,
        units=int(units or 0),
        currency=str(intent.get("currency") or found.get("currency") or "").upper(),
        key=str(notes.get(KEY, "")),
        subject=str(notes.get(SUBJECT, "")),
        merchant=str(notes.get(MERCHANT, "")),
        live=bool(found.get("livemode")),
        intent=_id(intent),
        disputed=bool(charge.get("disputed")),
        saved=_saved(notes, intent) if progress is Progress.SUCCEEDED else None,
        detail=detail[:500],
    )


def _setup(found: Data) -> Told:
    setup = _object(found.get("setup_intent"))
    if found["status"] == "expired":
        return _told(found, Progress.CANCELLED, "The payer did not come", intent={})
    if found["status"] == "complete" and setup.get("status") == "succeeded":
        told = _told(found, Progress.SUCCEEDED, "", intent={})
        notes = _object(found.get("metadata"))
        return Told(told.progress, 0, told.currency, told.key, told.subject, told.merchant, told.live,
                    saved=_saved(notes, setup))  # fmt: skip
    return _told(found, Progress.PENDING, "", intent={})


def _saved(notes: Data, intent: Data) -> Saved | None:
    method, payer = _object(intent.get("payment_method")), _id(intent.get("customer"))
    if not notes.get(KEEP) or not method.get("id") or not payer:
        return None
    return Saved(token(str(notes.get(MERCHANT, "")), payer, str(method["id"])), label(method))


def token(merchant: str, payer: str, method: str) -> str:
    """What `charge` needs to know of a saved method: whose account, which customer of Stripe's, which method."""
    return f"{merchant} {payer} {method}"


def parts(text: str) -> tuple[str, str, str]:
    """(merchant, customer, method) of a token; Refused "token_unknown" for what is none of ours."""
    found = text.split(" ")
    if len(found) != 3 or not found[1].startswith("cus_"):  # noqa: PLR2004  # three names, divided by spaces
        raise Refused("token_unknown", "Stripe has saved no such method", param="method")
    return found[0], found[1], found[2]


def label(method: Data) -> str:
    """What people call a saved method: "Visa ending 4242"."""
    kind = str(method.get("type") or "method")
    facts = _object(method.get(kind))
    name = str(facts.get("brand") or kind).replace("_", " ")
    name = name[:1].upper() + name[1:]
    return f"{name} ending {facts['last4']}" if facts.get("last4") else name


def about(event: Data) -> tuple[str, ...]:
    """The names by which an event's object can be known to us, the surest first: our key in it, its id, its
    PaymentIntent. Empty for an event of no interest.
    """
    found = _object(_object(event.get("data")).get("object"))
    prefix = str(event.get("type", "")).partition(".")[0]
    if prefix not in ("checkout", "payment_intent", "charge", "refund", "setup_intent"):
        return ()
    names = (str(_object(found.get("metadata")).get(KEY, "")), _id(found), _id(found.get("payment_intent")))
    return tuple(dict.fromkeys(name for name in names if name))


def created(found: Data) -> datetime:
    """When Stripe made an object."""
    return datetime.fromtimestamp(int(found["created"]), UTC)


def _object(value: Any) -> Data:
    return value if isinstance(value, Mapping) else {}


def _id(value: Any) -> str:
    """The id of an object that may stand as its id alone."""
    return str(value.get("id") or "") if isinstance(value, Mapping) else str(value or "")


def id_of(value: Any) -> str:
    """The id of what an answer names, whole or by its id; empty for nothing."""
    return _id(value)
