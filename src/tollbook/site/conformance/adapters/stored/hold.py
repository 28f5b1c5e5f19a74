"""Two-phase use of a wallet, step by step."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpResponse

from tollbook.api.once import FIRST_FAILURE, run_once
from tollbook.api.policy import ApiRequest, Principal
from tollbook.customers.models import Customer
from tollbook.identity.models import ApiKey
from tollbook.kernel.errors import TollbookError
from tollbook.kernel.money import Money
from tollbook.site.conformance.given import Given
from tollbook.site.conformance.kinds import kind
from tollbook.site.conformance.trial import START, trial
from tollbook.site.conformance.units import SOME_CURRENCY
from tollbook.wallets import holds, queries
from tollbook.wallets.actions import draw, open_wallet, top_up

# What a step may be refused for; any other refusal means that Tollbook has no such step.
_REFUSALS = {"wallet_short", "hold_not_found", "hold_closed", "more_than_held"}
_REPLAYED = "Idempotent-Replayed"
_KEY_LIMIT = 200


@dataclass(frozen=True, slots=True)
class _Step:
    """A step as the case states it; which fields it needs depends on what it does."""

    given: Given
    do: str
    hold: str
    amount: Decimal | None
    ttl: timedelta | None
    key: str

    @classmethod
    def read(cls, given: Given) -> "_Step":
        amount = given.stored("amount") if given.has("amount") else None
        ttl = timedelta(seconds=given.whole("ttl")) if given.has("ttl") else None
        key = given.text("key", "")
        if len(key) > _KEY_LIMIT:
            raise given.wrong("key", f"give at most {_KEY_LIMIT} characters")
        return cls(given, given.text("do"), given.text("id", ""), amount, ttl, key)

    @property
    def money(self) -> Money | None:
        return None if self.amount is None else Money(self.amount, SOME_CURRENCY)

    @property
    def needed(self) -> Money:
        if self.money is None:
            raise self.given.wrong("amount", "this step needs one")
        return self.money


class _Sequence:
    """A wallet and the holds in it, by the names of the case."""

    def __init__(self, customer: Customer, opening: Decimal, credit_limit: Decimal) -> None:
        self.customer = customer
        self.wallet_id = open_wallet(customer, SOME_CURRENCY, credit_limit=credit_limit, at=START).pk
        self.holds: dict[str, str] = {}
        self.steps = 0
        if opening > 0:
            top_up(self.wallet_id, Money(opening, SOME_CURRENCY), key="opening", at=START)
        if opening < 0:
            draw(self.wallet_id, Money(-opening, SOME_CURRENCY), key="opening", at=START)

    def answer(self, step: _Step, at: datetime) -> dict[str, Any]:
        """Take a step at that moment; its result, and how the wallet stands afterwards."""
        self.steps += 1
        holds.lapse(self.wallet_id, at)
        response = run_once(self._request(step), lambda: self._response(step, at))
        result = "replay" if _REPLAYED in response else "refused" if response.status_code >= FIRST_FAILURE else "ok"
        wallet = queries.of_customer(self.customer).get()
        return {"result": result, "balance": wallet.balance, "available": queries.available(wallet)}

    def _request(self, step: _Step) -> ApiRequest:
        """The step as a request of the customer, whose key, if it has one, names it whatever it asks for."""
        request = ApiRequest()
        request.principal = Principal(ApiKey(), self.customer.pk, None)
        request.method, request.path, request.raw = "POST", "/conformance", b""
        request.idempotency_key = step.key
        return request

    def _response(self, step: _Step, at: datetime) -> HttpResponse:
        steps = {"hold": self._hold, "capture": self._capture, "void": self._void, "topup": self._top_up}
        try:
            step.given.word("do", steps)(step, at)
        except TollbookError as error:
            if error.code not in _REFUSALS:
                raise
            return HttpResponse(status=error.status)
        return HttpResponse()

    def _hold(self, step: _Step, at: datetime) -> None:
        until = None if step.ttl is None else at + step.ttl
        found = holds.hold(self.wallet_id, step.needed, key=f"step:{self.steps}", expires_at=until, at=at)
        self.holds[step.hold] = found.public_id

    def _capture(self, step: _Step, at: datetime) -> None:
        holds.capture(self._known(step), step.money, repeats=False, at=at)

    def _void(self, step: _Step, at: datetime) -> None:
        holds.release(self._known(step), repeats=False, at=at)

    def _known(self, step: _Step) -> str:
        return self.holds.get(step.hold, "hld_unknown")

    def _top_up(self, step: _Step, at: datetime) -> None:
        top_up(self.wallet_id, step.needed, key=f"step:{self.steps}", at=at)


@kind("hold.sequence")
def sequence(given: Given) -> dict[str, Any]:
    limit = given.stored("credit_limit", Decimal(0))
    if limit < 0:
        raise given.wrong("credit_limit", "give zero or more")
    trace = []
    seconds = 0
    with trial() as customer:
        wallet = _Sequence(customer, given.stored("opening"), limit)
        for item in given.items("steps"):
            seconds = item.whole("t", seconds)
            trace.append(wallet.answer(_Step.read(item), START + timedelta(seconds=seconds)))
    return {"trace": trace}
