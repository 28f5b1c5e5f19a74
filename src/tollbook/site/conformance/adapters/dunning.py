"""What follows when an invoice is not paid."""

from typing import Any

from tollbook.dunning.rules import Overdue, Unpaid, overdue_state, retry_days
from tollbook.site.conformance.given import Given
from tollbook.site.conformance.kinds import kind

# How Kill Bill calls the absence of a state.
_NONE = "CLEAR"


@kind("dunning.retries")
def retries(given: Given) -> dict[str, Any]:
    # A gap is a number of days in a list, so each is read as the field of its own.
    gaps = [Given({"gap": gap}, "input.gaps_days").whole("gap") for gap in given.listed("gaps_days")]
    return {"attempts": retry_days(given.day("first_failure"), gaps)}


@kind("dunning.state")
def state(given: Given) -> dict[str, Any]:
    invoices = [Unpaid(item.day("date"), item.optional_day("paid_on")) for item in given.items("unpaid_invoices")]
    states = [Overdue(item.text("state"), item.whole("days")) for item in given.items("states")]
    return {"state": overdue_state(invoices, states, given.day("on")) or _NONE}
