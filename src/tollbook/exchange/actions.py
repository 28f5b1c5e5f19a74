"""Storing rates of exchange: from the files of the ECB, and by hand."""

from collections.abc import Sequence
from dataclasses import dataclass

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.exchange.models import Rate
from tollbook.exchange.rules import Quote, check_quote
from tollbook.identity.audit import SYSTEM, record
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import check_currency, plain

CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Imported:
    """How many rates were new, and how many were known."""

    added: int
    known: int


@action
def import_ecb(quotes: Sequence[Quote], *, by: str) -> Imported:
    """Store the rates of a file of the ECB, all or none; twice changes nothing.

    Refused "rate_conflict" where one differs from what is stored of its day: what was converted with it stays.
    """
    wanted = {(quote.quote, quote.on): quote for quote in quotes}
    days = {on for _, on in wanted}
    if not days:
        return Imported(0, 0)
    stored = Rate.objects.filter(source=Rate.Source.ECB, on__gte=min(days), on__lte=max(days))
    known = {(rate.quote, rate.on): rate.rate for rate in stored.iterator()}
    for key, quote in wanted.items():
        if key in known and known[key] != quote.rate:
            message = f"rate: {quote.words} is stored as {plain(known[key])}: enter a correction by hand"
            raise Refused("rate_conflict", message, param="rate")
    now = clock.now()
    new = [
        Rate(
            base=quote.base, quote=quote.quote, on=quote.on, rate=quote.rate, source=Rate.Source.ECB,
            entered_by=by[:200], entered_at=now,
        )
        for key, quote in sorted(wanted.items(), key=lambda item: (item[0][1], item[0][0]))
        if key not in known
    ]  # fmt: skip
    # Two imports at once: the second one finds the rows of the first.
    before = Rate.objects.count()
    Rate.objects.bulk_create(new, batch_size=CHUNK, ignore_conflicts=True)
    added = Rate.objects.count() - before
    return Imported(added, len(wanted) - added)


@action
def enter(quote: Quote, *, by: str, door: str = SYSTEM) -> Rate:
    """Enter a rate by hand; it counts from its day on, in place of others of that day. Refused "bad_rate", and the
    kernel's codes for what is no currency.
    """
    check_currency(quote.base, "base")
    check_currency(quote.quote, "quote")
    check_quote(quote)
    made = Rate.objects.create(
        base=quote.base, quote=quote.quote, on=quote.on, rate=quote.rate, source=Rate.Source.MANUAL,
        entered_by=by[:200], entered_at=clock.now(),
    )  # fmt: skip
    detail = {"base": made.base, "quote": made.quote, "on": made.on.isoformat(), "rate": plain(quote.rate)}
    record("exchange_rate.add", made.public_id, actor=by, door=door, detail=detail)
    return made
