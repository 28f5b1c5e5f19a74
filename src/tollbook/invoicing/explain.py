"""Why an amount is what it is: from an invoice line down to the price, the arithmetic, the rounding and the usage
events, and up to tax, postings and payment."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from django.db.models import Count, Max, QuerySet, Sum

from tollbook.catalog.models import Price
from tollbook.charging.behind import events_charged
from tollbook.charging.models import Charge, Draw
from tollbook.charging.rules import owe_again
from tollbook.invoicing.explanation import (
    ChargeTold,
    DrawTold,
    EventTold,
    InvoiceExplained,
    LineExplained,
    PaymentTold,
    PostingTold,
    PriceTold,
    RatingTold,
    ResourceTold,
    RoundingTold,
    StepTold,
    TaxPartTold,
    TaxTold,
    UseTold,
    money,
)
from tollbook.invoicing.models import Invoice, InvoiceLine, InvoiceTax
from tollbook.invoicing.queries import content_of
from tollbook.invoicing.rules import LinePrice
from tollbook.kernel.money import Rounding, add_up, minor_units, plain, round_to
from tollbook.ledger.queries import of_source
from tollbook.metering.models import Aggregation, Meter, UsageEvent
from tollbook.rating import Terms, price_words, words
from tollbook.tax import Code, TaxMode, Treatment
from tollbook.wallets.queries import of_customer

Taxes = dict[tuple[str, Decimal, str], TaxTold]
EVENTS_SHOWN = 20
RESOURCES_SHOWN = 20
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
    taxes = tuple(_taxes(invoice).values())
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
        postings=_postings(invoice),
        payment=_payment(invoice),
        check=adds_up and all(line.check for line in lines),
    )


def _lines(invoice: Invoice, lines: Sequence[InvoiceLine], events: int | None) -> list[LineExplained]:
    charges = _charges(lines)
    # A line of a credit note without charges of its own gives back what those of the line that it corrects cost.
    corrected = {line.pk: line.corrects for line in lines if line.corrects and line.pk not in charges}
    before = _charges(list(corrected.values()))
    charges |= {pk: (before[of.pk][0], set()) for pk, of in corrected.items() if of.pk in before}
    shared = (_taxes(invoice), _postings(invoice), _payment(invoice))
    none: tuple[list[Charge], set[int]] = ([], set())
    return [_line(line, charges.get(line.pk, none), shared, events) for line in lines]


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
    shared: tuple[Taxes, tuple[PostingTold, ...], PaymentTold],
    events: int | None,
) -> LineExplained:
    invoice, (revisions, here) = line.invoice, charges
    last = revisions[-1] if revisions else None
    taxes, postings, payment = shared
    rounding = _credited(line, invoice.currency) if line.corrects and not here else _rounding(line, invoice.currency)
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
        price=_price(last.price, invoice.currency) if last else None,
        charges=tuple(_charge(c, c.pk in here) for c in revisions),
        rating=_rating(last, invoice.currency) if last else None,
        rounding=rounding,
        use=_use(last, sum(c.events for c in revisions), events) if last and events is not None else None,
        tax=taxes[line.tax_code, line.tax_percent, line.tax_name],
        postings=postings,
        payment=payment,
        check=_adds_up(line, revisions, here) and (_rounded(line) if here else _within(line)),
    )


def _adds_up(line: InvoiceLine, revisions: Sequence[Charge], here: set[int]) -> bool:
    """Whether the price rated again, the stored steps, the revisions and the line all say the same."""
    if not revisions:
        return False
    last = revisions[-1]
    told = _rating(last, line.invoice.currency)
    again = owe_again(Terms.parse(last.price.terms), last.rated)
    charged = add_up(c.amount for c in revisions)
    # A credit note says what it gives back; without charges of its own, the line that it corrects was charged.
    sign = -1 if line.invoice.kind == Invoice.Kind.CREDIT_NOTE else 1
    return (
        round_to(again, EXACT_PLACES) == round_to(told.amount, EXACT_PLACES) == round_to(charged, EXACT_PLACES)
        and add_up(c.quantity for c in revisions) == told.quantity
        and (not here or add_up(c.amount for c in revisions if c.pk in here) == sign * line.exact)
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


def _asked(line: InvoiceLine) -> Decimal:
    """What the line rounds: see `rules.LinePrice.asked`."""
    treatment = Treatment(Code(line.tax_code), line.tax_percent, "")
    return LinePrice(line.exact, line.tax_included, treatment, None).asked


def _rounded(line: InvoiceLine) -> bool:
    """Whether the price is rounded as it says, and the net in it is less than a minor unit off."""
    places = minor_units(line.invoice.currency)
    price = line.net if line.gross is None else line.gross
    if price != round_to(_asked(line) + line.carried, places, Rounding(line.rounding)):
        return False
    if line.gross is None:
        return True
    inside = Fraction(line.gross) * 100 / (100 + Fraction(line.tax_percent))
    return bool(abs(Fraction(line.net) - inside) * 10**places < 1)


def _price(price: Price, currency: str) -> PriceTold:
    return PriceTold(
        id=price.public_id,
        code=price.code,
        name=price.name,
        plan=price.version.plan.name,
        version=price.version.number,
        valid_from=price.version.valid_from,
        words=tuple(price_words(Terms.parse(price.terms), currency, price.unit, price.kind)),
    )


def _charge(charge: Charge, here: bool) -> ChargeTold:
    return ChargeTold(
        id=charge.public_id,
        revision=charge.revision,
        corrects=charge.corrects.public_id if charge.corrects else None,
        reason=charge.reason,
        quantity=charge.quantity,
        amount=charge.amount,
        events=charge.events,
        charged_at=charge.created_at,
        here=here,
    )


def _rating(charge: Charge, currency: str) -> RatingTold:
    rated = charge.rated
    steps = tuple(
        StepTold(words(step, currency, charge.price.unit), Decimal(step["amount"])) for step in rated["lines"]
    )
    amount = add_up(step.amount for step in steps)
    credited = bool(rated.get("credited"))
    return RatingTold(Decimal(rated["quantity"]), rated["share"], credited, steps, -amount if credited else amount)


def _rounding(line: InvoiceLine, currency: str) -> RoundingTold:
    price, asked = line.net if line.gross is None else line.gross, _asked(line)
    rounded, mode = money(price, currency), line.rounding.replace("_", " ")
    if asked == price and not line.carried:
        sentence = f"Rounding: {rounded} is exact"
    elif not line.carried:
        sentence = f"Rounding: {money(asked, currency)} rounded {mode} to {rounded}"
    else:
        sentence = (
            f"Rounding: {money(asked, currency)} and {money(line.carried, currency)} carried from the lines "
            f"before are {money(asked + line.carried, currency)}, rounded {mode} to {rounded}"
        )
    return RoundingTold(line.exact, line.carried, price, sentence + _inside(line, asked, currency))


def _credited(line: InvoiceLine, currency: str) -> RoundingTold:
    """What of which line a credit note gives back."""
    price, of = line.net if line.gross is None else line.gross, line.corrects
    if of is None:
        return _rounding(line, currency)
    whole = money(of.net if of.gross is None else of.gross, currency)
    sentence = f"Credit: {money(price, currency)} of the {whole} of line {of.position} of {of.invoice.label}"
    inside = "" if line.gross is None else f", without tax {money(line.net, currency)}"
    return RoundingTold(line.exact, line.carried, price, sentence + inside)


def _inside(line: InvoiceLine, asked: Decimal, currency: str) -> str:
    """How the net follows from a price that includes tax; empty for a price without."""
    if line.gross is None or line.tax_included is None:
        return ""
    due, included = plain(line.tax_percent), plain(line.tax_included)
    told = f". The price includes {included} % tax"
    if asked != line.exact:
        told = (
            f". The price of {money(line.exact, currency)} includes {included} % tax; with {due} % in its place it is "
            f"{money(asked, currency)}"
        )
    return f"{told}: without tax {money(line.gross, currency)} is {money(line.net, currency)}"


def _use(charge: Charge, charged: int, shown: int) -> UseTold | None:
    """The use behind a charge, whose revisions up to it count `charged` events."""
    meter = Meter.objects.filter(code=charge.price.meter).first()
    if meter is None:
        return None
    events = events_charged(charge, charged)
    carried = ", with what was there before," if meter.carries else ""
    return UseTold(
        meter=meter.code,
        aggregation=f"{Aggregation(meter.aggregation).label}{carried}",
        events=events.count(),
        quantity=Decimal(charge.rated["quantity"]),
        first=tuple(EventTold(e.event_id, e.source, e.at, e.quantity, e.dims, e.resource) for e in events[:shown]),
        resources=_resources(events, meter),
    )


def _resources(events: QuerySet[UsageEvent], meter: Meter) -> tuple[ResourceTold, ...]:
    # A meter that counts different resources counts each once, however often it was added and taken away.
    quantity = Max("quantity") if meter.aggregation == Aggregation.UNIQUE else Sum("quantity")
    rows = events.order_by().values_list("resource").annotate(events=Count("event_id"), quantity=quantity)
    return tuple(ResourceTold(*row) for row in rows.order_by("-quantity", "resource")[:RESOURCES_SHOWN])


def _taxes(invoice: Invoice) -> Taxes:
    reasons = {(str(tax.code), tax.percent, tax.tax_name): tax.reason for tax in content_of(invoice).taxes}
    found = {}
    for tax in InvoiceTax.objects.filter(invoice=invoice).prefetch_related("parts").order_by("pk"):
        key = (tax.code, tax.percent, tax.name)
        parts = tuple(TaxPartTold(part.name, part.percent, part.tax) for part in tax.parts.order_by("pk"))
        sentence = _tax_words(tax, reasons.get(key, ""), invoice, parts)
        found[key] = TaxTold(tax.code, tax.percent, reasons.get(key, ""), tax.net, tax.tax, sentence, tax.name, parts)
    return found


_ROUNDED = {
    TaxMode.SUM_BY_NET: "rounded half up once for the group",
    TaxMode.KEEP_GROSS: "rounded once for the group, so that prices which include tax stay as they are",
    TaxMode.PER_LINE: "rounded for each line by itself",
}


def _tax_words(tax: InvoiceTax, reason: str, invoice: Invoice, parts: Sequence[TaxPartTold]) -> str:
    currency = invoice.currency
    net, amount = money(tax.net, currency), money(tax.tax, currency)
    if not tax.percent:
        return f"Tax {tax.code}: no tax on {net}{f': {reason}' if reason else ''}"
    how = _ROUNDED[TaxMode(invoice.tax_mode)]
    if len(parts) > 1:
        each = " and ".join(f"{part.name} {plain(part.percent)} % {money(part.tax, currency)}" for part in parts)
        return f"Tax {tax.code}: {each} of {net}, the lines of this group, each by itself, {how}: {amount}"
    exact = money(tax.net * tax.percent / 100, currency)
    rounded = "" if exact == amount else f" = {exact}, {how}"
    name = f" {tax.name}" if tax.name else ""
    return f"Tax {tax.code}:{name} {plain(tax.percent)} % of {net}, the lines of this group{rounded}: {amount}"


def _postings(invoice: Invoice) -> tuple[PostingTold, ...]:
    return tuple(
        PostingTold(
            transaction=entry.public_id,
            memo=entry.memo,
            booked_on=entry.booked_on,
            account=posting.account.kind,
            owner=posting.account.owner,
            amount=posting.amount,
            currency=posting.currency,
        )
        for entry in of_source("invoice", invoice.public_id)
        for posting in entry.postings.all()
    )


def _payment(invoice: Invoice) -> PaymentTold:
    wallets = {wallet.pk: wallet.public_id for wallet in of_customer(invoice.customer)}
    draws = Draw.objects.filter(charge__line_charge__line__invoice=invoice).select_related("charge").order_by("pk")
    return PaymentTold(
        state=invoice.state,
        total=invoice.total,
        prepaid=invoice.prepaid,
        # A credit note asks for nothing.
        payable=invoice.total - invoice.prepaid if invoice.kind == Invoice.Kind.INVOICE else Decimal(0),
        due_on=invoice.due_on,
        draws=tuple(
            DrawTold(draw.charge.public_id, wallets[draw.wallet_id], draw.movement_key, draw.amount) for draw in draws
        ),
    )
