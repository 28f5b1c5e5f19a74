"""What a connector is: the way in which Tollbook switches a service on, off and over in another system.

A connector knows nothing of money, customers or tables: it is given plain values and gives plain values back. It runs
outside of any transaction. Its errors are `kernel.errors`: Refused (the other system says no, and will again),
NotFound (it does not know the thing), Retryable (ask later), Permanent (it can never be).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Protocol, runtime_checkable

from pydantic import BaseModel

Scalar = str | int | bool | Decimal


@dataclass(frozen=True, slots=True)
class Spec:
    """What is to be: `kind` of thing ("server", "mailbox", "certificate") and its properties by name."""

    kind: str
    properties: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ref:
    """How the other system calls a thing of ours. Text, kept with the service and given back unread."""

    text: str

    def __post_init__(self) -> None:
        if not self.text or len(self.text) > 200:  # noqa: PLR2004  # width of the column that keeps it
            raise ValueError("a Ref has 1 to 200 characters")


@dataclass(frozen=True, slots=True)
class Done:
    """It is as asked. `secrets` are for the customer (a first password); they are sealed before they are stored."""

    ref: Ref
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Pending:
    """The other system is at work; ask `observe` after `check_after`."""

    ref: Ref
    check_after: timedelta


Outcome = Done | Pending


class Condition(StrEnum):
    """In what state the other system says that a thing is."""

    WORKING = "working"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    FAILED = "failed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Used:
    """Use that the other system counted: of a meter, up to `until`, since the thing began."""

    meter: str
    total: Decimal
    until: datetime


@dataclass(frozen=True, slots=True)
class Observed:
    """The truth as the other system tells it: for reconciliation, and for usage. `spec` is None once it is gone."""

    condition: Condition
    spec: Spec | None
    used: tuple[Used, ...] = ()
    detail: str = ""


@runtime_checkable
class Connector(Protocol):
    """Made with its settings (`Kind(settings)`); each method may be called again after a crash.

    `key` names one intent for ever: `provision` and `change` with a key that was used give the outcome of the first
    time and make nothing new. `suspend`, `resume` and `terminate` of what is so already are Done. `observe` of what
    was terminated says GONE; of what never was, NotFound "not_known".
    """

    kind: ClassVar[str]
    title: ClassVar[str]
    Settings: ClassVar[type[BaseModel]]

    def __init__(self, settings: Any) -> None: ...

    def provision(self, spec: Spec, key: str) -> Outcome:
        """Make what `spec` says."""

    def change(self, ref: Ref, spec: Spec, key: str) -> Outcome:
        """Make it what `spec` says from now on."""

    def suspend(self, ref: Ref) -> Outcome:
        """Stop it, keeping what it holds."""

    def resume(self, ref: Ref) -> Outcome:
        """Let it go on."""

    def terminate(self, ref: Ref) -> Outcome:
        """End it for good."""

    def observe(self, ref: Ref) -> Observed:
        """What it is now. Changes nothing."""
