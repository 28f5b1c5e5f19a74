"""What becomes of the deposit that an account pays at sign-up: its states, and how much comes back; pure."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

_ALL = Decimal(100)
_NOTHING = Decimal(0)


class _Choice(StrEnum):
    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(each.value, each.value.replace("_", " ")) for each in cls]


class DepositState(_Choice):
    """Of a deposit."""

    AWAITING_PAYMENT = "awaiting_payment"
    EXPIRED = "expired"
    HELD = "held"
    VERIFIED = "verified"
    REJECTED = "rejected"
    REFUND_PENDING = "refund_pending"
    REFUND_FAILED = "refund_failed"
    REFUNDED = "refunded"
    KEPT = "kept"
    FORFEITED = "forfeited"
    CALLED_BACK = "called_back"


class Mode(_Choice):
    """How the promised part comes back: through the gateway that took it, or into the wallet."""

    GATEWAY = "gateway"
    WALLET = "wallet"


class Rest(_Choice):
    """What becomes, when the account is verified, of what was not promised back."""

    WALLET = "wallet"
    FEE = "fee"


class Rejected(_Choice):
    """What becomes of the deposit of an account that is not verified."""

    FORFEIT = "forfeit"
    PEOPLE = "people"


DEPOSIT: dict[str, dict[str, str]] = {
    DepositState.AWAITING_PAYMENT: {"paid": DepositState.HELD, "expire": DepositState.EXPIRED},
    # Money that comes after all is never turned away.
    DepositState.EXPIRED: {"paid": DepositState.HELD, "reopen": DepositState.AWAITING_PAYMENT},
    DepositState.HELD: {
        "verify": DepositState.VERIFIED,
        "reject": DepositState.REJECTED,
        "call_back": DepositState.CALLED_BACK,
    },
    # Verified, what was promised goes back and the rest where the promise says: in the same transaction.
    DepositState.VERIFIED: {
        "refund": DepositState.REFUND_PENDING,
        "refunded": DepositState.REFUNDED,
        "keep": DepositState.KEPT,
    },
    DepositState.REJECTED: {
        "forfeit": DepositState.FORFEITED,
        "refund": DepositState.REFUND_PENDING,
        "refunded": DepositState.REFUNDED,
        "call_back": DepositState.CALLED_BACK,
    },
    DepositState.REFUND_PENDING: {"refunded": DepositState.REFUNDED, "fail": DepositState.REFUND_FAILED},
    DepositState.REFUND_FAILED: {
        "refund": DepositState.REFUND_PENDING,
        "refunded": DepositState.REFUNDED,
        "call_back": DepositState.CALLED_BACK,
    },
    DepositState.REFUNDED: {},
    DepositState.KEPT: {},
    DepositState.FORFEITED: {},
    DepositState.CALLED_BACK: {},
}
#: What a person has to decide.
FOR_PEOPLE = (DepositState.HELD, DepositState.REJECTED, DepositState.REFUND_FAILED)


def comes_back(amount: Decimal, percent: int, fixed: Decimal | None, places: int) -> Decimal:
    """How much of a deposit is promised back: a fixed amount where one is given, at most all; else the percentage, cut
    to `places`, the currency's.
    """
    if fixed is not None:
        return min(fixed, amount)
    return (amount * percent / _ALL).quantize(Decimal(1).scaleb(-places), ROUND_DOWN)


@dataclass(frozen=True, slots=True)
class Verified:
    """Where a verified deposit goes: back through the gateway, into the wallet, to income."""

    to_gateway: Decimal
    to_wallet: Decimal
    kept: Decimal


def verified(left: Decimal, gives_back: Decimal, mode: Mode, rest: Rest) -> Verified:
    """What becomes of what is `left` of a deposit when its account is verified; the parts sum to `left`."""
    back = min(gives_back, left)
    over = left - back
    to_gateway, to_wallet = (back, _NOTHING) if mode is Mode.GATEWAY else (_NOTHING, back)
    return Verified(
        to_gateway, to_wallet + (over if rest is Rest.WALLET else 0), over if rest is Rest.FEE else _NOTHING
    )
