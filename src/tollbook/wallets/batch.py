"""Holds that one caller asks for together: a gateway that sends a campaign, or takes in what a switch has queued."""

from collections.abc import Sequence

from django.db import connection

from tollbook.kernel.errors import Refused, TollbookError
from tollbook.kernel.money import Money
from tollbook.wallets import holds
from tollbook.wallets.group import Answer, Undecided, Wish, decided

# What one caller may ask for at once: the wallets are locked meanwhile.
BATCH = 100


def hold_many(asked: Sequence[Wish]) -> list[str | TollbookError]:
    """Reserve money for a whole batch, in one statement: the public id of each hold, or why it is refused, in order,
    after the commit.

    Each is decided by what those before it left, so a smaller one may pass after a larger one was refused; what is
    refused keeps nothing of the others back. Each is once per its key, as with `holds.hold`. Refused "batch_size" for
    none or for more than BATCH. RuntimeError within a transaction: there, `holds.hold` makes each a part of it.
    """
    if not 1 <= len(asked) <= BATCH:
        raise Refused("batch_size", f"holds: {len(asked)} are given; give 1 to {BATCH}", param="holds")
    if connection.in_atomic_block:
        raise RuntimeError("hold_many commits by itself")
    answers: list[Answer] = [Undecided.ALONE] * len(asked)
    wishes: dict[int, Wish] = {}
    for place, each in enumerate(asked):
        try:
            key, value = holds.wish(each.amount, each.key)
        except TollbookError as error:
            answers[place] = error
        else:
            wishes[place] = Wish(each.wallet_id, key, Money(value, each.amount.currency), each.expires_at)
    if wishes:
        for place, answer in zip(wishes, decided(list(wishes.values()), waits=True), strict=True):
            answers[place] = answer
    return [_alone(each) if isinstance(a, Undecided) else a for each, a in zip(asked, answers, strict=True)]


def _alone(asked: Wish) -> str | TollbookError:
    """What `holds.hold` makes of a wish that no group can decide."""
    try:
        found: str = holds.hold(asked.wallet_id, asked.amount, key=asked.key, expires_at=asked.expires_at).public_id
    except TollbookError as error:
        return error
    return found
