"""The European Commission's service VIES over HTTP: whether a VAT number exists. Nothing is stored here."""

import json
import os
import urllib.request
from dataclasses import dataclass
from typing import Any

from tollbook.base.tasks import outbound
from tollbook.kernel.errors import Retryable

ADDRESS = "https://ec.europa.eu/taxation_customs/vies/rest-api/check-vat-number"
TIMEOUT_S = 15
MOST_BYTES = 65_536
AGAIN_S = 3600


@dataclass(frozen=True, slots=True)
class Answer:
    """What VIES says of a number: whether it exists, the number of the consultation (where the asker named itself), and
    the name and address that it tells, if it tells them.
    """

    valid: bool
    consultation: str = ""
    name: str = ""
    address: str = ""


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows nobody elsewhere: what the service says is the answer."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


@outbound
def ask(number: str, requester: str = "") -> Answer:
    """Whether a VAT number (with its country's prefix) exists, asked in the name of `requester` (another such number).

    The address is that of the environment's TOLLBOOK_VIES_ADDRESS, else the Commission's. Retryable "vies_unavailable"
    where there is no answer: the service, or that of the country, is often away.
    """
    body = {"countryCode": number[:2], "vatNumber": number[2:]}
    if requester:
        body |= {"requesterMemberStateCode": requester[:2], "requesterNumber": requester[2:]}
    request = urllib.request.Request(  # noqa: S310  # the operator's own address
        os.environ.get("TOLLBOOK_VIES_ADDRESS", ADDRESS),
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Accept": "application/json"},
    )
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=TIMEOUT_S) as response:
            told = json.loads(response.read(MOST_BYTES))
    except (OSError, ValueError) as error:
        raise _unavailable(type(error).__name__) from error
    return _read(told)


def _read(told: Any) -> Answer:
    """The answer in the service's JSON; what is none is an outage, never a verdict."""
    if not isinstance(told, dict) or not isinstance(told.get("valid"), bool):
        errors = told.get("errorWrappers") if isinstance(told, dict) else None
        first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
        raise _unavailable(str(first.get("error", "no answer"))[:60])

    def text(name: str, most: int) -> str:
        value = told.get(name)
        # Countries that do not tell say "---".
        return value.strip()[:most] if isinstance(value, str) and value.strip("- \n") else ""

    return Answer(told["valid"], text("requestIdentifier", 40), text("name", 200), text("address", 400))


def _unavailable(why: str) -> Retryable:
    return Retryable("vies_unavailable", f"VIES gave no answer: {why}", after_s=AGAIN_S)
