"""Transfers between accounts of the ledger."""

from typing import Any

from tollbook.kernel.ids import new_id
from tollbook.kernel.text import clean_text
from tollbook.ledger import queries
from tollbook.ledger.actions import transfer_all
from tollbook.ledger.rules import AccountKind, Slot, Transfer
from tollbook.site.conformance.given import Given
from tollbook.site.conformance.kinds import kind
from tollbook.site.conformance.trial import START, trial
from tollbook.site.conformance.units import SOME_CURRENCY

_PARTS = ("from", "to", "amount")
_NAME_LIMIT = 80
_KIND = AccountKind.CLEARING


@kind("ledger.transfers")
def transfers(given: Given) -> dict[str, Any]:
    booked = [_transfer(given, found) for found in given.listed("transfers")]
    names = dict.fromkeys(slot.owner for transfer in booked for slot in (transfer.source, transfer.target))
    with trial() as customer:
        brand_id = customer.brand_id
        transfer_all(brand_id, new_id("trf"), booked, START.date(), START)
        balances = {name: queries.balance_of(brand_id, _KIND, SOME_CURRENCY, name) for name in names}
        sums = [row["balance"] for row in queries.totals(brand_id)]
    # One kind of account in one currency has one sum, or none where nothing was ever moved.
    return {"balances": balances, "sum": sums[0] if sums else 0}


def _transfer(given: Given, found: object) -> Transfer:
    if not isinstance(found, list) or len(found) != len(_PARTS):
        raise given.wrong("transfers", "give lists of from, to and amount")
    item = Given(dict(zip(_PARTS, found, strict=True)), "input.transfers")
    return Transfer(_slot(item, "from"), _slot(item, "to"), item.stored("amount"))


def _slot(item: Given, end: str) -> Slot:
    return Slot(_KIND, SOME_CURRENCY, clean_text(item.text(end), end, _NAME_LIMIT))
