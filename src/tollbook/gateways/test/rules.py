"""How the sandbox gateway can be told to behave; pure."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from tollbook.kernel.errors import Refused
from tollbook.payments.protocol import Facts

LIES = ("amount", "currency", "merchant", "subject", "key", "reference")
_FLAGS = ("refuse", "pays_at_once", "fails_at_once", "swallows_start", "swallows_before", "swallows_refund",
          "fails_refund", "deaf")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the gateway does otherwise than well.

    refuse           says no when a payment is begun
    pays_at_once     the payer pays in the moment in which the payment begins
    fails_at_once    the payer's bank refuses in that moment
    swallows_start   does what it is asked to begin, and never answers
    swallows_before  does nothing, and never answers
    swallows_refund  gives back, and never answers
    fails_refund     says no to a refund
    deaf             answers no question
    delay_s          for so many seconds after it was paid, still says "pending"
    lies             what it tells otherwise than it is: amount, currency, merchant, subject, key, reference
    """

    refuse: bool = False
    pays_at_once: bool = False
    fails_at_once: bool = False
    swallows_start: bool = False
    swallows_before: bool = False
    swallows_refund: bool = False
    fails_refund: bool = False
    deaf: bool = False
    delay_s: int = 0
    lies: tuple[tuple[str, str], ...] = ()

    @property
    def delay(self) -> timedelta:
        return timedelta(seconds=self.delay_s)

    def data(self) -> dict[str, Any]:
        """JSON-able."""
        return {name: getattr(self, name) for name in _FLAGS} | {"delay_s": self.delay_s, "lies": dict(self.lies)}

    def tell(self, facts: Facts) -> Facts:
        """The facts as this gateway tells them."""
        told: dict[str, Any] = {
            name: Decimal(value) if name == "amount" else value for name, value in self.lies if name in LIES
        }
        return replace(facts, **told)


def behaviour(data: dict[str, Any]) -> Behaviour:
    """The behaviour that JSON data describes; Refused "behaviour_unknown" for a word that is none."""
    unknown = set(data) - {*_FLAGS, "delay_s", "lies"}
    lies = data.get("lies", {})
    unknown |= set(lies) - set(LIES)
    if unknown:
        known = ", ".join((*_FLAGS, "delay_s", "lies"))
        raise Refused("behaviour_unknown", f"behaviour {sorted(unknown)}: there are {known}", param="behaviour")
    flags = {name: bool(data.get(name, False)) for name in _FLAGS}
    return Behaviour(**flags, delay_s=int(data.get("delay_s", 0)), lies=tuple(sorted(lies.items())))
