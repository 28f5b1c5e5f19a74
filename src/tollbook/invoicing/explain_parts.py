"""The parts of an explanation, as the books and the prices have them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count, Max, QuerySet, Sum

from tollbook.catalog.models import Price
from tollbook.charging.behind import events_charged
from tollbook.charging.models import Charge, Draw
from tollbook.invoicing.explanation_parts import (
    ChargeTold,
    DrawTold,
    EventTold,
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
from tollbook.invoicing.models import Debit, Invoice, InvoiceLine, InvoiceTax, LineOff
from tollbook.invoicing.queries import content_of
from tollbook.invoicing.rules import LinePrice
from tollbook.kernel.money import add_up, plain
from tollbook.kernel.words import said
from tollbook.ledger.queries import of_source
from tollbook.metering.models import Aggregation, Meter, UsageEvent
from tollbook.rating import Terms, price_words, words
from tollbook.tax import Code, TaxMode, Treatment
from tollbook.wallets.queries import of_customer

Taxes = dict[tuple[str, Decimal, str], TaxTold]
RESOURCES_SHOWN = 20


class Lowered(NamedTuple):
    """What codes off the whole invoice took off a line: of its price, of its exact amount, and why."""

    amount: Decimal = Decimal(0)
    exact: Decimal = Decimal(0)
    words: tuple[str, ...] = ()


NOTHING_OFF = Lowered()


def lowered_of(lines: Sequence[InvoiceLine]) -> dict[int, Lowered]:
    """What codes off the whole invoice took off these lines, by row id; without the others."""
    found: dict[int, Lowered] = {}
    for off in LineOff.objects.filter(line__in=lines).order_by("pk"):
        before = found.get(off.line_id, NOTHING_OFF)
        found[off.line_id] = Lowered(
            before.amount + off.amount, before.exact + off.exact, (*before.words, off.words)
        )  # fmt: skip
    return found


def asked_of(line: InvoiceLine, off: Lowered = NOTHING_OFF) -> Decimal:
    """What the line rounds: see `rules.LinePrice.asked`; before what codes took `off` the whole invoice."""
    treatment = Treatment(Code(line.tax_code), line.tax_percent, "")
    return LinePrice(line.exact + off.exact, line.tax_included, treatment, None).asked


def price_told(price: Price, currency: str) -> PriceTold:
    """The price in words; `currency` is the invoice's."""
    return PriceTold(
        id=price.public_id,
        code=price.code,
        name=price.name,
        plan=price.version.plan.name,
        version=price.version.number,
        valid_from=price.version.valid_from,
        words=tuple(price_words(Terms.parse(price.terms), currency, price.unit, price.kind)),
    )


def charge_told(charge: Charge, here: bool) -> ChargeTold:
    """A revision; `here`: it is on the line that is explained."""
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


def rating_told(charge: Charge, currency: str) -> RatingTold:
    """The steps of the arithmetic as the charge kept them, in words."""
    rated = charge.rated
    steps = tuple(
        StepTold(words(step, currency, charge.price.unit), Decimal(step["amount"])) for step in rated["lines"]
    )
    amount = add_up(step.amount for step in steps)
    credited = bool(rated.get("credited"))
    return RatingTold(Decimal(rated["quantity"]), rated["share"], credited, steps, -amount if credited else amount)


def rounding_told(line: InvoiceLine, currency: str, off: Lowered = NOTHING_OFF) -> RoundingTold:
    """The one rounding of the line, what codes took off the whole invoice, and how its net follows."""
    told = _rounding(line, currency, off)
    if not off.words:
        return told
    price = line.net if line.gross is None else line.gross
    words_of, left = ". ".join(off.words), money(price, currency)
    why = said("{sentence}. {words}. That leaves {currency}", sentence=told.sentence, words=words_of, currency=left)
    return RoundingTold(line.exact, line.carried, price, why)


def _rounding(line: InvoiceLine, currency: str, off: Lowered) -> RoundingTold:
    price = (line.net if line.gross is None else line.gross) + off.amount
    asked = asked_of(line, off)
    rounded, mode = money(price, currency), said(line.rounding.replace("_", " "))
    if asked == price and not line.carried:
        sentence = said("Rounding: {rounded} is exact", rounded=rounded)
    elif not line.carried:
        whole = money(asked, currency)
        sentence = said("Rounding: {currency} rounded {mode} to {rounded}", currency=whole, mode=mode, rounded=rounded)
    else:
        sentence = said(
            "Rounding: {currency} and {currency2} carried from the lines before are {currency3}, "
            "rounded {mode} to {rounded}",
            currency=money(asked, currency),
            currency2=money(line.carried, currency),
            currency3=money(asked + line.carried, currency),
            mode=mode,
            rounded=rounded,
        )
    return RoundingTold(line.exact, line.carried, price, sentence + _inside(line, asked, currency, off.exact))


def debited_told(line: InvoiceLine, debit: Debit, currency: str) -> RoundingTold:
    """Why a line without charges asks for what it asks for, and its rounding."""
    rounded = rounding_told(line, currency)
    why = f"{line.name}: {' '.join(debit.arithmetic)}"
    return RoundingTold(rounded.exact, rounded.carried, rounded.rounded, f"{why} {rounded.sentence}")


def credited_told(line: InvoiceLine, currency: str) -> RoundingTold:
    """What of which line a credit note gives back."""
    price, of = line.net if line.gross is None else line.gross, line.corrects
    if of is None:
        return rounding_told(line, currency)
    whole = money(of.net if of.gross is None else of.gross, currency)
    sentence = said(
        "Credit: {currency} of the {whole} of line {position} of {label}",
        currency=money(price, currency),
        whole=whole,
        position=of.position,
        label=of.invoice.label,
    )
    inside = "" if line.gross is None else said(", without tax {currency}", currency=money(line.net, currency))
    return RoundingTold(line.exact, line.carried, price, sentence + inside)


def _inside(line: InvoiceLine, asked: Decimal, currency: str, off: Decimal) -> str:
    """How the net follows from a price that includes tax; empty for a price without."""
    if line.gross is None or line.tax_included is None:
        return ""
    due, included = plain(line.tax_percent), plain(line.tax_included)
    told = said(". The price includes {included} % tax", included=included)
    exact = line.exact + off
    if asked != exact:
        told = said(
            ". The price of {currency} includes {included} % tax; with {due} % in its place it is {currency2}",
            currency=money(exact, currency),
            included=included,
            due=due,
            currency2=money(asked, currency),
        )
    return said(
        "{told}: without tax {currency} is {currency2}",
        told=told,
        currency=money(line.gross, currency),
        currency2=money(line.net, currency),
    )


def use_told(charge: Charge, charged: int, shown: int) -> UseTold | None:
    """The use behind a charge, whose revisions up to it count `charged` events."""
    meter = Meter.objects.filter(code=charge.price.meter).first()
    if meter is None:
        return None
    events = events_charged(charge, charged)
    carried = said(", with what was there before,") if meter.carries else ""
    return UseTold(
        meter=meter.code,
        aggregation=f"{said(Aggregation(meter.aggregation).label)}{carried}",
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


def taxes_told(invoice: Invoice) -> Taxes:
    """The tax groups of the invoice, by code, percentage and name."""
    reasons = {(str(tax.code), tax.percent, tax.tax_name): tax.reason for tax in content_of(invoice).taxes}
    found = {}
    for tax in InvoiceTax.objects.filter(invoice=invoice).prefetch_related("parts").order_by("pk"):
        key = (tax.code, tax.percent, tax.name)
        parts = tuple(TaxPartTold(part.name, part.percent, part.tax) for part in tax.parts.order_by("pk"))
        sentence = _tax_words(tax, reasons.get(key, ""), invoice, parts)
        found[key] = TaxTold(tax.code, tax.percent, reasons.get(key, ""), tax.net, tax.tax, sentence, tax.name, parts)
    return found


TAX_ROUNDED = {
    TaxMode.SUM_BY_NET: "rounded half up once for the group",
    TaxMode.KEEP_GROSS: "rounded once for the group, so that prices which include tax stay as they are",
    TaxMode.PER_LINE: "rounded for each line by itself",
}


def _tax_words(tax: InvoiceTax, reason: str, invoice: Invoice, parts: Sequence[TaxPartTold]) -> str:
    currency = invoice.currency
    net, amount = money(tax.net, currency), money(tax.tax, currency)
    if not tax.percent:
        return said(
            "Tax {code}: no tax on {net}{reason}", code=tax.code, net=net, reason=f": {reason}" if reason else ""
        )
    how = said(TAX_ROUNDED[TaxMode(invoice.tax_mode)])
    if len(parts) > 1:
        each = said(" and ").join(f"{part.name} {plain(part.percent)} % {money(part.tax, currency)}" for part in parts)
        return said(
            "Tax {code}: {each} of {net}, the lines of this group, each by itself, {how}: {amount}",
            code=tax.code,
            each=each,
            net=net,
            how=how,
            amount=amount,
        )
    exact = money(tax.net * tax.percent / 100, currency)
    rounded = "" if exact == amount else f" = {exact}, {how}"
    name = f" {tax.name}" if tax.name else ""
    return said(
        "Tax {code}:{name} {percent} % of {net}, the lines of this group{rounded}: {amount}",
        code=tax.code,
        name=name,
        percent=plain(tax.percent),
        net=net,
        rounded=rounded,
        amount=amount,
    )


def postings_told(invoice: Invoice) -> tuple[PostingTold, ...]:
    """What the ledger booked for the invoice."""
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


def payment_told(invoice: Invoice) -> PaymentTold:
    """How the invoice is paid, with the draws on wallets of its charges."""
    wallets = {wallet.pk: wallet.public_id for wallet in of_customer(invoice.customer)}
    draws = Draw.objects.filter(charge__line_charge__line__invoice=invoice).select_related("charge").order_by("pk")
    return PaymentTold(
        state=invoice.state,
        total=invoice.total,
        prepaid=invoice.prepaid,
        # A credit note asks for nothing.
        payable=invoice.total - invoice.prepaid if invoice.demands else Decimal(0),
        due_on=invoice.due_on,
        draws=tuple(
            DrawTold(draw.charge.public_id, wallets[draw.wallet_id], draw.movement_key, draw.amount) for draw in draws
        ),
    )
