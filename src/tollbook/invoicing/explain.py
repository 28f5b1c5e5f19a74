"""Why an amount is what it is: from an invoice line down to the price, the arithmetic, the rounding and the usage
events, and up to tax, postings and payment."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from tollbook.charging.models import Charge
from tollbook.charging.rules import owe_again
from tollbook.invoicing.explain_parts import (
    NOTHING_OFF,
    Lowered,
    Taxes,
    asked_of,
    charge_told,
    credited_told,
    debited_told,
    lowered_of,
    payment_told,
    postings_told,
    price_told,
    rating_told,
    rounding_told,
    taxes_told,
    use_told,
)
from tollbook.invoicing.explanation import InvoiceExplained, LineExplained
from tollbook.invoicing.explanation_parts import (
    PaymentTold,
    PostingTold,
)
from tollbook.invoicing.models import Debit, Invoice, InvoiceLine
from tollbook.kernel.money import Rounding, add_up, minor_units, round_to
from tollbook.rating import Terms

Shared = tuple[Taxes, tuple[PostingTold, ...], PaymentTold]
EVENTS_SHOWN = 20
EXACT_PLACES = 20


def explain_line(line: InvoiceLine, events: int = EVENTS_SHOWN) -> LineExplained:
    """The explanation of one line of an issued invoice, with the first `events` usage events in full.

    Amounts are in the invoice's currency; periods are half-open instants. `check` is false when the price, rated again,
    does not give the line to the last digit: then the books are wrong.
    """
    return _lines(line.invoice, [line], events)[0]


def explain_invoice(invoice: Invoice) -> InvoiceExplained:
    """The explanation of an issued invoice: every line (without its usage events: `explain_line` has them), the taxes,
    the postings and the payment."""
    lines = _lines(invoice, list(invoice.lines.select_related("corrects__invoice").order_by("position")), None)
    taxes = tuple(taxes_told(invoice).values())
    adds_up = (
        add_up(line.net for line in lines) == invoice.net == add_up(tax.net for tax in taxes)
        and add_up(tax.tax for tax in taxes) == invoice.tax
        and invoice.net + invoice.tax == invoice.total
    )
    return InvoiceExplained(
        id=invoice.public_id,
        label=invoice.label,
        customer=invoice.customer.name,
        currency=invoice.currency,
        issued_on=invoice.issued_on,
        net=invoice.net,
        tax=invoice.tax,
        total=invoice.total,
        lines=tuple(lines),
        taxes=taxes,
        postings=postings_told(invoice),
        payment=payment_told(invoice),
        check=adds_up and all(line.check for line in lines),
    )


def _lines(invoice: Invoice, lines: Sequence[InvoiceLine], events: int | None) -> list[LineExplained]:
    charges = _charges(lines)
    # A line of a credit note without charges of its own gives back what those of the line that it corrects cost.
    corrected = {line.pk: line.corrects for line in lines if line.corrects and line.pk not in charges}
    before = _charges(list(corrected.values()))
    charges |= {pk: (before[of.pk][0], set()) for pk, of in corrected.items() if of.pk in before}
    shared = (taxes_told(invoice), postings_told(invoice), payment_told(invoice))
    bare = {line.pk: line.corrects_id or line.pk for line in lines if line.pk not in charges}
    none: tuple[list[Charge], set[int]] = ([], set())
    # Only where charges do not add up to it, codes off the whole invoice came off a line.
    own = [line for line in lines if charges.get(line.pk, none)[1]]
    lower = [line for line in own if not _sums(line, *charges[line.pk])]
    offs = lowered_of(lower) if lower else {}
    debits = {debit.line_id: debit for debit in Debit.objects.filter(line__in=bare.values())} if bare else {}
    return [
        _debited(line, debits[bare[line.pk]], shared)
        if bare.get(line.pk) in debits
        else _line(line, charges.get(line.pk, none), shared, events, offs.get(line.pk, NOTHING_OFF))
        for line in lines
    ]


def _debited(line: InvoiceLine, debit: Debit, shared: Shared) -> LineExplained:
    """A line without charges, or one of a credit note that takes it back: what it was for, and how it is rounded."""
    plain = _line(line, ([], set()), shared, None)
    if line.corrects:
        return replace(plain, check=_within(line))
    amount, currency = debit.amount, debit.currency
    same = (amount, currency, debit.customer_id) == (line.exact, line.invoice.currency, line.customer_id)
    return replace(plain, rounding=debited_told(line, debit, currency), check=same and _rounded(line))


def _charges(lines: Sequence[InvoiceLine]) -> dict[int, tuple[list[Charge], set[int]]]:
    """By line row id: all revisions of what the line charges, up to its last, and the row ids of those on it."""
    mine: dict[int, list[Charge]] = defaultdict(list)
    rows = Charge.objects.filter(line_charge__line__in=lines).select_related("price__version__plan", "line_charge")
    for charge in rows.order_by("revision"):
        mine[charge.line_charge.line_id].append(charge)
    keys = {(c.phase_id, c.price_id) for found in mine.values() for c in found}
    revisions: dict[tuple[object, ...], list[Charge]] = defaultdict(list)
    before = Charge.objects.filter(phase_id__in={k[0] for k in keys}, price_id__in={k[1] for k in keys}).select_related(
        "price__version__plan", "corrects"
    )
    for charge in before.order_by("revision"):
        revisions[charge.phase_id, charge.price_id, charge.period_start].append(charge)
    found: dict[int, tuple[list[Charge], set[int]]] = {}
    for line_id, here in mine.items():
        last = here[-1]
        same = revisions[last.phase_id, last.price_id, last.period_start]
        found[line_id] = ([c for c in same if c.revision <= last.revision], {c.pk for c in here})
    return found


def _line(
    line: InvoiceLine,
    charges: tuple[Sequence[Charge], set[int]],
    shared: Shared,
    events: int | None,
    off: Lowered = NOTHING_OFF,
) -> LineExplained:
    invoice, (revisions, here) = line.invoice, charges
    last = revisions[-1] if revisions else None
    taxes, postings, payment = shared
    rounding = (
        credited_told(line, invoice.currency)
        if line.corrects and not here
        else rounding_told(line, invoice.currency, off)
    )
    return LineExplained(
        id=line.public_id,
        invoice=invoice.public_id,
        label=invoice.label,
        customer=invoice.customer.public_id,
        position=line.position,
        name=line.name,
        unit=line.unit,
        currency=invoice.currency,
        quantity=line.quantity,
        net=line.net,
        period_start=last.period_start if last else None,
        period_end=last.period_end if last else None,
        price=price_told(last.price, invoice.currency) if last else None,
        charges=tuple(charge_told(c, c.pk in here) for c in revisions),
        rating=rating_told(last, invoice.currency) if last else None,
        rounding=rounding,
        use=use_told(last, sum(c.events for c in revisions), events) if last and events is not None else None,
        tax=taxes[line.tax_code, line.tax_percent, line.tax_name],
        postings=postings,
        payment=payment,
        check=_adds_up(line, revisions, here, off) and (_rounded(line, off) if here else _within(line)),
    )


def _sums(line: InvoiceLine, revisions: Sequence[Charge], here: set[int], off: Lowered = NOTHING_OFF) -> bool:
    """Whether the charges on the line are its exact amount before codes off the whole invoice."""
    # A credit note says what it gives back.
    sign = -1 if line.invoice.kind == Invoice.Kind.CREDIT_NOTE else 1
    return add_up(c.amount for c in revisions if c.pk in here) == sign * (line.exact + off.exact)


def _adds_up(line: InvoiceLine, revisions: Sequence[Charge], here: set[int], off: Lowered) -> bool:
    """Whether the price rated again, the stored steps, the revisions and the line all say the same."""
    if not revisions:
        return False
    last = revisions[-1]
    told = rating_told(last, line.invoice.currency)
    again = owe_again(Terms.parse(last.price.terms), last.rated)
    charged = add_up(c.amount for c in revisions)
    return (
        round_to(again, EXACT_PLACES) == round_to(told.amount, EXACT_PLACES) == round_to(charged, EXACT_PLACES)
        and add_up(c.quantity for c in revisions) == told.quantity
        # Without charges of its own, the line that a credit note corrects was charged.
        and (not here or _sums(line, revisions, here, off))
    )


def _within(line: InvoiceLine) -> bool:
    """Whether a line of a credit note gives back no more than the line that it corrects, at the same tax."""
    of = line.corrects
    if of is None:
        return False
    same = (of.tax_code, of.tax_percent, of.tax_name, of.tax_included)
    return (
        same == (line.tax_code, line.tax_percent, line.tax_name, line.tax_included)
        and abs(line.net) <= abs(of.net)
        and abs(line.exact) <= abs(of.exact)
        and line.net * of.net >= 0
    )


def _rounded(line: InvoiceLine, off: Lowered = NOTHING_OFF) -> bool:
    """Whether the price is rounded as it says, and the net in it is less than a minor unit off."""
    places = minor_units(line.invoice.currency)
    price = line.net if line.gross is None else line.gross
    if price + off.amount != round_to(asked_of(line, off) + line.carried, places, Rounding(line.rounding)):
        return False
    if line.gross is None:
        return True
    inside = Fraction(line.gross) * 100 / (100 + Fraction(line.tax_percent))
    return bool(abs(Fraction(line.net) - inside) * 10**places < 1)
