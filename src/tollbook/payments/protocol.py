"""What a payment gateway is: six methods over plain values. It knows no customer of ours, no table and no ledger.

class Mine:
    code, title = "mine", "My gateway"
    ...
GATEWAYS = [Mine]        in gateways/mine/gateway.py

None of its methods runs inside a transaction. A method that raises `Refused` or `Permanent` says that nothing was done
and nothing will be; anything else that is raised means that nobody knows, and the gateway is asked later.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Protocol, runtime_checkable


class Progress(StrEnum):
    """How far a payment or refund is at the gateway."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Seller:
    """The brand that is paid: its code, legal name and bank account."""

    code: str
    name: str
    iban: str = ""
    bic: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """A payment to be: `key` names it for ever, `merchant` is the account that `offer` named, `subject` the public id
    of what is paid, `label` what the payer reads (an invoice number). `return_to` is the path of our page afterwards.

    `payer` names who pays, the same in every payment of theirs, and `keep` says that the payer wants the gateway to
    keep the method for later charges. An intent of nothing (`amount` zero) is a set-up: the payer only lets a method be
    kept, and no money moves.
    """

    key: str
    amount: Decimal
    currency: str
    merchant: str
    subject: str
    label: str
    seller: Seller
    return_to: str = ""
    payer: str = ""
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Started:
    """What a gateway made of an intent: its own `reference`, where to send the payer, or what to tell them. Only `read`
    tells whether it is paid.
    """

    reference: str
    redirect: str = ""
    instructions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """A method of payment that the payer let the gateway keep: a token for `charge`, and what people call it."""

    token: str = field(repr=False)
    label: str


class Standing(StrEnum):
    """How far a dispute is at the gateway."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Disputed:
    """A part of a payment that the payer calls back, in the payment's currency; `reference` names the case for ever."""

    reference: str
    amount: Decimal
    currency: str
    reason: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Facts:
    """A payment (by a refund's key, a refund; by a set-up's, a set-up) as the gateway has it on its books."""

    progress: Progress
    key: str
    reference: str
    amount: Decimal
    currency: str
    merchant: str
    subject: str
    saved: Saved | None = None
    detail: str = ""
    disputes: tuple[Disputed, ...] = ()


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """A part of a payment to be given back; `key` names it for ever."""

    key: str
    payment_key: str
    payment_reference: str
    amount: Decimal
    currency: str
    merchant: str
    reason: str


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody sent to the gateway's callback address: nobody knows yet whether the gateway did."""

    body: bytes
    headers: Mapping[str, str]
    query: Mapping[str, str]


@runtime_checkable
class Forgets(Protocol):
    """What a gateway that keeps methods may do besides: let go of one that its owner removed here."""

    def forget(self, token: str) -> None:
        """Keep the method no more. Refused where it is not kept any more; asked again, it does no harm."""
        ...


class Gateway(Protocol):
    """A payment provider.

    code       its name for ever: part of clearing accounts and addresses
    title      what the payer chooses
    by_hand    money comes and goes outside any program: a person tells us of it; `start` only gives instructions
    saves      it keeps methods: `start` knows set-ups, and `charge` takes what they saved
    """

    code: ClassVar[str]
    title: ClassVar[str]
    by_hand: ClassVar[bool]
    saves: ClassVar[bool]

    def offer(self, seller: Seller, currency: str) -> str | None:
        """The merchant account that payments to the seller in that currency go to; None: it does not take them."""
        ...

    def start(self, intent: Intent) -> Started:
        """Begin a payment that the payer completes. The same key begins it once; for another intent it is Refused."""
        ...

    def charge(self, intent: Intent, token: str) -> Started:
        """Take a payment with a saved method, the payer being away. Same keys as `start`. Refused if it cannot."""
        ...

    def read(self, key: str, reference: str) -> Facts | None:
        """The truth about a payment or refund, asked with our own credentials, by its key (and its reference where one
        is known). None: the gateway has never heard of it.
        """
        ...

    def refund(self, order: RefundOrder) -> Started:
        """Give a part back. The same key gives it back once; for another order it is Refused."""
        ...

    def hint(self, message: Message) -> str | None:
        """The key or reference that a callback is about; None when it is about nothing that we know. Refused when it is
        not the gateway's own, where that can be told. Trust nothing: what is about something is asked for, no more.
        """
        ...
