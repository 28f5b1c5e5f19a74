"""Credit notes that fall due: charges that give money back, where no later charge will outweigh them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection

from tollbook.base import clock
from tollbook.base.bulk import copy_rows, next_ids
from tollbook.base.tasks import action
from tollbook.brands.queries import tax_rates
from tollbook.catalog.models import Price
from tollbook.charging.models import Charge
from tollbook.charging.queries import Waiting, billed, waiting
from tollbook.customers.features import value_for
from tollbook.customers.models import Customer
from tollbook.invoicing import news
from tollbook.invoicing.booking import claim
from tollbook.invoicing.codes import lower, store_offs
from tollbook.invoicing.credit_drafting import taken_of, treatments_of
from tollbook.invoicing.crediting import BLANK, blank_note, number, on_day, take_off
from tollbook.invoicing.drafting import DraftInvoice, DraftLine, draft, quantity, round_draft
from tollbook.invoicing.given import entries_given
from tollbook.invoicing.models import Invoice, InvoiceLine
from tollbook.invoicing.queries import content_of
from tollbook.invoicing.rules import State, Worth
from tollbook.invoicing.settings import CREDIT_AFTER
from tollbook.invoicing.settling import give_back_all
from tollbook.invoicing.storing import LINE_COLUMNS, line_columns, store_taxes
from tollbook.invoicing.telling import content
from tollbook.kernel.ids import new_id
from tollbook.kernel.times import zone_info
from tollbook.ledger.actions import post_many
from tollbook.subscriptions.queries import lives_on

_ZERO = Decimal(0)


def credit_due(until: datetime | None = None) -> int:
    """Issue a credit note over every customer's waiting charges that sum below nothing and that nothing will outweigh;
    returns how many were issued. Run beside `bill_due`, up to `until` (now, if not given).

    Nothing will outweigh them where all of the customer's subscriptions have ended, or where the oldest that gives
    money back has waited for as many days as the feature `invoicing.credit_after_days` says. A charge stands on one
    line of one document, for ever: running twice, or two runs at once, credits nothing twice. Each customer is one
    transaction.
    """
    until = until or clock.now()
    return sum(len(credit_customer(customer_id, until)) for customer_id in _candidates(until))


def _candidates(until: datetime) -> list[int]:
    """Row ids of customers with waiting charges in some currency that sum below nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT customer_id FROM (
                SELECT u.customer_id FROM charging_unbilled u JOIN charging_charge c ON c.id = u.charge_id
                WHERE u.bill_at <= %s GROUP BY u.customer_id, c.currency HAVING sum(c.amount) < 0
            ) found ORDER BY customer_id
            """,
            [until],
        )
        return [row[0] for row in cursor.fetchall()]


@action
def credit_customer(customer_id: int, until: datetime, subscription_ids: Sequence[int] | None = None) -> list[Invoice]:
    """Issue the credit notes that are due for this customer, one for each currency; see `credit_due`. With row ids of
    subscriptions, over what those give back, at once, whatever else the customer owes.
    """
    charges = waiting([customer_id], until, subscription_ids)
    customer = Customer.objects.select_related("brand", "profile").get(pk=customer_id)
    prices = Price.objects.select_related("version__plan__product", "book").in_bulk({c.price_id for c in charges})
    by_currency: dict[str, list[Waiting]] = defaultdict(list)
    for charge in charges:
        by_currency[charge.currency].append(charge)
    rates = tax_rates()
    on = until.astimezone(zone_info(customer.brand.zone)).date()
    made = []
    for currency, found in sorted(by_currency.items()):
        if _is_due(customer, found, until, at_once=subscription_ids is not None):
            note = _turned(draft(customer, currency, found, prices, on, rates))
            if note.lines and note.total > 0:
                made.append(_issue(note, until))
    return made


def _is_due(customer: Customer, charges: Sequence[Waiting], until: datetime, *, at_once: bool) -> bool:
    if sum((charge.amount for charge in charges), _ZERO) >= 0:
        return False
    if at_once or not lives_on(customer, until):
        return True
    giving = Charge.objects.filter(pk__in=[charge.pk for charge in charges if charge.amount < 0])
    oldest = min(giving.values_list("created_at", flat=True))
    return bool(oldest + timedelta(days=value_for(customer, CREDIT_AFTER, until)) <= until)


def _turned(found: DraftInvoice) -> DraftInvoice:
    """The draft of an invoice over charges as a credit note over them, its amounts positive where they give back.

    What corrects a line of an invoice is taxed as that line was. A charge whose line staff has credited by hand, so
    that less is left of it than the charge would give back, stays waiting: it would be given back twice.
    """
    found.credits = True
    earlier = {id(line): earlier_lines(line) for line in found.lines}
    for line in found.lines:
        line.exact = -line.exact
        if len(earlier[id(line)]) == 1:
            tax_as(line, earlier[id(line)][0])
    lower([found], use_codes=False)
    round_draft(found)
    kept = [line for line in found.lines if not _given_already(line, earlier[id(line)])]
    if len(kept) < len(found.lines):
        found.lines = kept
        round_draft(found)
    _name_corrected(found, earlier)
    return found


def earlier_lines(line: DraftLine) -> list[InvoiceLine]:
    """The lines on which earlier revisions of the reading stand, locked with their documents, the oldest first."""
    if not line.corrects_earlier:
        return []
    first = line.first
    before = Charge.objects.filter(
        subscription_id=first.subscription_id,
        price_id=first.price_id,
        period_start=first.period_start,
        revision__lt=first.revision,
    )
    rows = InvoiceLine.objects.filter(line_charges__charge__in=before).order_by("pk").values_list("pk", "invoice_id")
    lines = dict(rows)
    list(Invoice.objects.select_for_update().filter(pk__in=lines.values()).order_by("pk"))
    return list(InvoiceLine.objects.select_related("invoice").filter(pk__in=lines).order_by("pk"))


def tax_as(line: DraftLine, earlier: InvoiceLine) -> None:
    """Tax a line as an issued line was taxed."""
    treatments = treatments_of(content_of(earlier.invoice))
    line.treatment = treatments[earlier.tax_code, earlier.tax_percent, earlier.tax_name]
    line.included = earlier.tax_included


def _given_already(line: DraftLine, earlier: Sequence[InvoiceLine]) -> bool:
    """Whether credit notes by hand left less of what was invoiced than the line would give back."""
    invoiced = [each for each in earlier if each.invoice.demands]
    by_hand = InvoiceLine.objects.filter(corrects__in=invoiced, line_charges__isnull=True)
    taken = sum(by_hand.values_list("net", flat=True), _ZERO)
    if line.net <= 0 or not taken:
        return False
    by_itself = InvoiceLine.objects.filter(pk__in=[e.pk for e in earlier], invoice__kind=Invoice.Kind.CREDIT_NOTE)
    left = sum((each.net for each in invoiced), _ZERO) - taken - sum(by_itself.values_list("net", flat=True), _ZERO)
    return line.net > left


def _name_corrected(found: DraftInvoice, earlier: dict[int, list[InvoiceLine]]) -> None:
    """Name the invoice that the note corrects, where it is one and has that much left, line by line."""
    giving = [line for line in found.lines if line.net > 0]
    lines = [earlier[id(line)] for line in giving]
    if not giving or any(len(each) != 1 or not each[0].invoice.demands for each in lines):
        return
    invoices = {each[0].invoice_id: each[0].invoice for each in lines}
    corrected = [each[0] for each in lines]
    taken = taken_of(corrected)
    fits = all(
        Worth(e.exact, e.net, e.gross).covers(taken[e.pk].plus(Worth(line.exact_owed, line.net, line.gross)))
        for line, e in zip(giving, corrected, strict=True)
    )
    if len(invoices) != 1 or len({e.pk for e in corrected}) < len(corrected) or not fits:
        return
    (invoice,) = invoices.values()
    if invoice.credited + found.total > invoice.total or invoice.state == State.VOID:
        return
    found.corrects = invoice
    for line, each in zip(giving, corrected, strict=True):
        line.corrects = each


def _issue(found: DraftInvoice, until: datetime) -> Invoice:
    """Number, freeze, store and book the note."""
    note = blank_note(found.brand, until)
    note.customer, note.currency, note.tax_mode = found.customer, found.currency, found.tax_mode.value
    note.corrects = found.corrects
    note.period_start = min(line.first.period_start for line in found.lines)
    note.period_end = max(line.last.period_end for line in found.lines)
    note.net, note.tax, note.total = found.net, found.tax, found.total
    give_back_all(found, until)
    number(note, content(found, BLANK, on_day(note), None))
    note.save(force_insert=True)
    news.credited(note)
    _store_lines(note, found)
    store_taxes([(note, found.taxes)])
    revenue = [(line.product.public_id, line.owed.exact_net) for line in found.lines]
    entries = claim(note, found.customer, revenue, found.taxes, f"Credit note {note.label}")
    post_many(entries + entries_given([(note, found)]), until)
    if found.corrects is not None:
        take_off(found.corrects, note.total)
    return note


def _store_lines(note: Invoice, found: DraftInvoice) -> None:
    ids = next_ids("invoicing_line", len(found.lines))
    rows: list[tuple[object, ...]] = []
    charges: list[tuple[int, int]] = []
    for row_id, (position, line) in zip(ids, enumerate(found.lines, 1), strict=True):
        corrects = line.corrects.pk if line.corrects else None
        section, name, _, *rest = line_columns(line)
        whose = (row_id, new_id("lin"), note.pk, note.customer_id, position, corrects)
        rows.append((*whose, section, name, -quantity(line), *rest))
        charges += [(charge.pk, row_id) for charge in line.charges]
    copy_rows("invoicing_line", LINE_COLUMNS, rows)
    copy_rows("invoicing_line_charge", ("charge_id", "line_id"), charges)
    store_offs([(row_id, line) for row_id, line in zip(ids, found.lines, strict=True) if line.offs])
    billed([charge_id for charge_id, _ in charges])
