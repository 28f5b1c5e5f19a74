"""Talking to Stripe, by its own SDK: each answer as plain data, each failure classified.

Refused, Permanent   Stripe did nothing, and says so
Retryable            nobody knows: nothing came back, or something that cannot be understood

`TOLLBOOK_STRIPE_URL` names another address than Stripe's, for trials. It is no setting of a brand's: it is
told every secret key.
"""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import stripe
from stripe import StripeClient

from tollbook.gateways.stripe.rules import Data, id_of
from tollbook.kernel.errors import Permanent, Refused, Retryable

LOG = logging.getLogger(__name__)
URL = "TOLLBOOK_STRIPE_URL"
CONNECT_S, ANSWER_S = 5.0, 30.0
PAGE, PAGES = 100, 1_000
_INTENT = ["latest_charge", "payment_method"]
_SESSION = ["payment_intent.latest_charge", "payment_intent.payment_method", "setup_intent.payment_method"]


class Declined(Refused):
    """The payer's bank says no. Details name the PaymentIntent, where Stripe made one."""


@dataclass(frozen=True)
class Wire:
    """One account's line to Stripe."""

    secret: str = field(repr=False)

    @property
    def _client(self) -> StripeClient:
        address = os.environ.get(URL, "")
        # Nothing is tried again by the SDK: what became of a call that was not answered is looked up.
        return StripeClient(
            self.secret,
            base_addresses={"api": address} if address else {},
            max_network_retries=0,
            http_client=stripe.RequestsClient(timeout=(CONNECT_S, ANSWER_S)),
        )

    def account(self) -> str:
        """The id of the account that the key belongs to."""
        return str(_asked(lambda: self._client.v1.accounts.retrieve_current())["id"])

    def begin_session(self, params: Mapping[str, Any], key: str) -> Data:
        """Make a Checkout Session."""
        given = cast(Any, dict(params))
        return _sent(lambda: self._client.v1.checkout.sessions.create(given, {"idempotency_key": key}))

    def begin_charge(self, params: Mapping[str, Any], key: str) -> Data:
        """Make a PaymentIntent and confirm it at once."""
        given = cast(Any, {**params, "confirm": True, "off_session": True})
        return _sent(lambda: self._client.v1.payment_intents.create(given, {"idempotency_key": key}))

    def begin_refund(self, params: Mapping[str, Any], key: str) -> Data:
        """Give a part of a PaymentIntent back."""
        given = cast(Any, dict(params))
        return _sent(lambda: self._client.v1.refunds.create(given, {"idempotency_key": key}))

    def detach(self, method: str) -> None:
        """Keep a method no more; Refused where it is not kept."""
        try:
            _sent(lambda: self._client.v1.payment_methods.detach(method))
        except Refused as refused:
            if refused.code != "gateway_busy":
                raise
            # That is no word about the method.
            raise Retryable("no_answer", refused.message, after_s=60) from refused

    def make_payer(self, payer: str, key: str) -> str:
        """A customer of Stripe's: its id. Stripe learns our name of them, and no more."""
        given = cast(Any, {"metadata": {"tollbook_payer": payer}})
        return str(_sent(lambda: self._client.v1.customers.create(given, {"idempotency_key": key}))["id"])

    def session(self, reference: str) -> Data:
        """A Checkout Session with all that it became."""
        return _asked(lambda: self._client.v1.checkout.sessions.retrieve(reference, {"expand": _SESSION}))

    def intent(self, reference: str) -> Data:
        """A PaymentIntent with its charge and method."""
        return _asked(lambda: self._client.v1.payment_intents.retrieve(reference, {"expand": _INTENT}))

    def refund(self, reference: str) -> Data:
        """A refund."""
        return _asked(lambda: self._client.v1.refunds.retrieve(reference))

    def sessions(self, **which: Any) -> Iterator[Data]:
        """Checkout Sessions, the latest first."""
        return self._pages(lambda given: self._client.v1.checkout.sessions.list(given), which)

    def intents(self, **which: Any) -> Iterator[Data]:
        """PaymentIntents, the latest first."""
        return self._pages(lambda given: self._client.v1.payment_intents.list(given), which)

    def refunds(self, **which: Any) -> Iterator[Data]:
        """Refunds, the latest first."""
        return self._pages(lambda given: self._client.v1.refunds.list(given), which)

    def charges(self, **which: Any) -> Iterator[Data]:
        """Charges, the latest first."""
        return self._pages(lambda given: self._client.v1.charges.list(given), which)

    def disputes(self, **which: Any) -> Iterator[Data]:
        """Disputes, the latest first."""
        return self._pages(lambda given: self._client.v1.disputes.list(given), which)

    @staticmethod
    def _pages(listing: Callable[[Any], Any], which: Mapping[str, Any]) -> Iterator[Data]:
        """All of a list; Retryable "too_much" when it has more pages than anybody asks for."""
        given = {**which, "limit": PAGE}
        for _ in range(PAGES):
            page = _asked(lambda: listing(dict(given)))
            yield from page["data"]
            if not page["has_more"]:
                return
            given["starting_after"] = id_of(page["data"][-1])
        raise Retryable("too_much", f"Stripe lists more than {PAGE * PAGES}", after_s=3600)


def _sent(call: Callable[[], Any]) -> Data:
    """The answer to what changes something; what it raises says whether it was done."""
    try:
        return _data(call())
    except stripe.CardError as error:
        # What Stripe says of a card is meant for its holder.
        said = error.user_message or "the card was declined"
        raise Declined("declined", said, intent=_intent_in(error), reason=error.code or "") from error
    except stripe.InvalidRequestError as error:
        LOG.warning("Stripe refused: %s", error)
        raise Refused("refused_by_gateway", f"Stripe refused it: {error.code or 'invalid request'}") from error
    except stripe.RateLimitError as error:
        raise Refused("gateway_busy", "Stripe is busy: try again in a minute") from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        LOG.exception("Stripe does not take our key")
        raise Permanent("gateway_key", "the payment provider does not accept our credentials") from error
    except stripe.StripeError as error:
        # A key that is in use, or was used for something else, is looked up like an answer that never came.
        raise Retryable("no_answer", f"Stripe: {type(error).__name__}", after_s=30) from error


def _asked(call: Callable[[], Any]) -> Data:
    """The answer to a question; Retryable when there is none. Permanent for a key that Stripe does not take."""
    try:
        return _data(call())
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise Permanent("gateway_key", "Stripe does not accept our credentials") from error
    except stripe.StripeError as error:
        raise Retryable("no_answer", f"Stripe: {type(error).__name__} {error.code or ''}", after_s=30) from error


def _data(answer: Any) -> Data:
    """The answer as plain data; Retryable when it is none of Stripe's."""
    found = answer.to_dict() if isinstance(answer, stripe.StripeObject) else None
    if not isinstance(found, dict) or not (found.get("id") or "data" in found):
        raise Retryable("answer_wrong", "Stripe: the answer cannot be understood", after_s=30)
    return found


def _intent_in(error: stripe.CardError) -> str:
    body = error.json_body
    inside = body.get("error") if isinstance(body, dict) else None
    return id_of(inside.get("payment_intent")) if isinstance(inside, dict) else ""
