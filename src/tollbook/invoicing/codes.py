"""Codes off whole invoices: what they take off a draft, line by line, and what corrections give up of it."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from tollbook.charging.models import Charge
from tollbook.invoicing.drafting import DraftInvoice, DraftLine, round_draft
from tollbook.invoicing.models import Invoice, LineOff
from tollbook.invoicing.rules import EXACT_PLACES, Off
from tollbook.kernel.money import minor_units, round_to
from tollbook.promotions.actions import use
from tollbook.promotions.queries import whole_codes
from tollbook.promotions.whole import Code, Taken, given_up, given_up_words, part_words, take_off_invoice

_ZERO = Decimal(0)
_Key = tuple[int, int, int, datetime]


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier documents charged of a reading, exact and as priced, and what each code (row id of its redemption)
    took off it, less what was given up since.
    """

    charged: Decimal
    taken: Mapping[int, tuple[str, str, Decimal]]


def lower(drafts: Sequence[DraftInvoice], *, use_codes: bool = True) -> None:
    """Take off drafts of a run what the codes of their customers take off whole invoices, after all that lowered their
    lines. Of a credit note (`use_codes` false) nothing is taken: it only gives less back of what a code had lowered.

    One query for the run; the redemptions that count are locked. A code whose uses are limited counts for one draft
    after another. An invoice never asks for less than nothing: where tax would make it so, no code counts.
    """
    codes = whole_codes(list({found.customer.pk for found in drafts})) if use_codes and drafts else {}
    earlier = _earlier(drafts)
    used: Counter[int] = Counter()
    for found in drafts:
        fitting = [code for code in codes.get(found.customer.pk, ()) if code.currency in ("", found.currency)]
        mine = [code for each in fitting if (code := each.after(used[each.redemption_id]))]
        if mine or earlier:
            _lower(found, mine, earlier)
            used.update(each.code.redemption_id for each in found.taken)


def _lower(found: DraftInvoice, codes: Sequence[Code], earlier: Mapping[_Key, Earlier]) -> None:
    places = minor_units(found.currency)
    gives = [_given_up(line, earlier.get(_key(line)), found, places) for line in found.lines]
    if any(gives):
        _put(found, gives)
    if not codes or found.total <= 0:
        return
    taken = take_off_invoice(codes, [line.price_now for line in found.lines], places)
    _put(found, [(*gives[i], *_parts(line, i, taken, found.currency)) for i, line in enumerate(found.lines)])
    if found.total < 0:
        _put(found, gives)
    else:
        found.taken = taken


def _put(found: DraftInvoice, offs: Sequence[tuple[Off, ...]]) -> None:
    for line, each in zip(found.lines, offs, strict=True):
        line.offs = each
    round_draft(found)


def _parts(line: DraftLine, index: int, taken: Sequence[Taken], currency: str) -> list[Off]:
    """What the codes take off the line at that index."""
    return [_off(line, each, each.parts[index], currency) for each in taken if each.parts[index]]


def _off(line: DraftLine, taken: Taken, part: Decimal, currency: str) -> Off:
    words = part_words(taken, currency, part)
    return Off(taken.code.redemption_id, taken.code.redemption, part, _exact(line, part), words)


def _given_up(line: DraftLine, earlier: Earlier | None, found: DraftInvoice, places: int) -> tuple[Off, ...]:
    """What codes took off the reading that a line gives back (a part of), and give up with it."""
    if earlier is None:
        return ()
    sign = 1 if found.credits else -1
    offs = []
    for redemption_id, (redemption, code, taken) in sorted(earlier.taken.items()):
        part = sign * given_up(taken, earlier.charged, earlier.charged + line.charged, places)
        if part:
            words = given_up_words(code, found.currency, part)
            offs.append(Off(redemption_id, redemption, part, _exact(line, part), words))
    return tuple(offs)


def _exact(line: DraftLine, part: Decimal) -> Decimal:
    """A part of the price as the customer sees it in terms of the exact amount, which may include another tax."""
    if line.included is None or line.included == line.treatment.percent:
        return part
    within, due = 100 + Fraction(line.included), 100 + Fraction(line.treatment.percent)
    return round_to(Fraction(part) * within / due, EXACT_PLACES)


def _key(line: DraftLine) -> _Key:
    first = line.first
    return first.subscription_id, first.phase_id, first.price_id, first.period_start


def _earlier(drafts: Sequence[DraftInvoice]) -> dict[_Key, Earlier]:
    """What codes took off the readings that lines of these drafts give back; one query where they took nothing."""
    lines = [(f, line) for f in drafts for line in f.lines if line.corrects_earlier and line.charged < 0]
    if not lines:
        return {}
    customers = {found.customer.pk for found, _ in lines}
    rows = LineOff.objects.filter(line__customer__in=customers).select_related("line__invoice", "redemption__promotion")
    offs: dict[int, list[LineOff]] = defaultdict(list)
    for row in rows.order_by("pk"):
        offs[row.line_id].append(row)
    if not offs:
        return {}
    keys = {_key(line): line.first.revision for _, line in lines}
    charged: dict[_Key, Decimal] = defaultdict(Decimal)
    on: dict[_Key, set[int]] = defaultdict(set)
    of = Charge.objects.filter(subscription_id__in={key[0] for key in keys}, price_id__in={key[2] for key in keys})
    columns = ("subscription_id", "phase_id", "price_id", "period_start", "revision", "amount", "line_charge__line")
    for *key, revision, amount, line_id in of.filter(line_charge__isnull=False).values_list(*columns):
        if revision < keys.get(tuple(key), 0):
            charged[tuple(key)] += amount
            on[tuple(key)].add(line_id)
    return {key: Earlier(charged[key], _sums([o for pk in sorted(on[key]) for o in offs[pk]])) for key in on}


def _sums(rows: Sequence[LineOff]) -> dict[int, tuple[str, str, Decimal]]:
    found: dict[int, tuple[str, str, Decimal]] = {}
    for row in rows:
        sign = -1 if row.line.invoice.kind == Invoice.Kind.CREDIT_NOTE else 1
        _, _, before = found.get(row.redemption_id, ("", "", _ZERO))
        of = row.redemption
        found[row.redemption_id] = (of.public_id, of.promotion.code, before + sign * row.amount)
    return found


def store_offs(lines: Sequence[tuple[int, DraftLine]]) -> None:
    """Keep what codes took off lines (by row id)."""
    LineOff.objects.bulk_create(
        LineOff(line_id=pk, redemption_id=off.redemption_id, amount=off.amount, exact=off.exact, words=off.words)
        for pk, line in lines
        for off in line.offs
    )


def store_uses(documents: Sequence[tuple[Invoice, DraftInvoice]], at: datetime) -> None:
    """Count the invoices that codes took something off; refused by the database where one was used up since."""
    found = [(each, i.public_id, i.currency) for i, draft in documents for each in draft.taken]
    if found:
        use(found, at)
