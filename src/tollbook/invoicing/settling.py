"""Prepaid use is already paid when its invoice is issued: what was drawn settles the invoice, to the last
minor unit.
"""

from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from tollbook.catalog.models import Price
from tollbook.charging.models import Draw
from tollbook.customers.models import Customer
from tollbook.customers.rules import draws_on_wallet
from tollbook.invoicing.drafting import DraftInvoice
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Money, Rounding, minor_units, round_to
from tollbook.wallets.actions import draw, give_back

# Draws are cut to posting scale, each charge by itself.
_CUT = Fraction(1, 10**9)


def may_have_drawn(customer: Customer, price: Price) -> bool:
    """Whether charges for the price may have drawn on a wallet: they do under the customer's billing plan, or it was
    another one before. Spares those who pay in arrears a question.
    """
    return customer.plan_since is not None or draws_on_wallet(customer.billing_plan, price.mode)


def draws_of(found: DraftInvoice) -> list[Draw]:
    """What the invoice's charges drew from wallets, in the order in which it was drawn."""
    lines = [line for line in found.lines if may_have_drawn(found.customer, line.price)]
    charges = [c.pk for line in lines for c in line.charges]
    if not charges:
        return []
    return list(Draw.objects.filter(charge_id__in=charges).order_by("pk"))


def settle(found: DraftInvoice, at: datetime) -> Decimal:
    """How much of a draft invoice is prepaid, in whole minor units; makes the wallet agree with it.

    Draws were exact, the document is rounded: a missing part of a minor unit is drawn when the wallet has it,
    else the odd part goes back to the wallet, as does all that was drawn beyond the invoice's total.
    """
    drawn = draws_of(found)
    total = sum((d.amount for d in drawn), Decimal(0))
    if not total:
        return Decimal(0)
    places = minor_units(found.currency)
    target = found.total if _covered(found, total) else min(round_to(total, places), found.total)
    # A run draws once for several charges, which may end up on several invoices: the charge is what is unique.
    key = f"settle:{drawn[-1].charge_id}"
    if target > total:
        try:
            missing = Money(target - total, found.currency)
            draw(drawn[-1].wallet_id, missing, key=key, memo="Rounding of the invoice", at=at)
        except Refused as error:
            if error.code != "wallet_short":
                raise
            target = round_to(total, places, Rounding.DOWN)
    _return(drawn, total - target, key, found.currency, at)
    return target


def give_back_all(found: DraftInvoice, at: datetime) -> None:
    """Give back to the wallets all that the charges of a credit note drew: the note itself settles them."""
    drawn = draws_of(found)
    total = sum((d.amount for d in drawn), Decimal(0))
    if total:
        _return(drawn, total, f"credit:{drawn[-1].charge_id}", found.currency, at)


def _covered(found: DraftInvoice, drawn: Decimal) -> bool:
    """Whether everything on the invoice is prepaid and was drawn in full: then it is paid, whichever way it rounds."""
    if not all(may_have_drawn(found.customer, line.price) for line in found.lines):
        return False
    gross = sum(line.owed.due[1] for line in found.lines)
    return Fraction(drawn) >= gross - len(found.lines) * _CUT


def _return(drawn: list[Draw], surplus: Decimal, key: str, currency: str, at: datetime) -> None:
    """Give back what was drawn beyond the invoice, the latest draws first."""
    for made in reversed(drawn):
        if surplus <= 0:
            return
        part = min(surplus, made.amount)
        give_back(
            made.wallet_id,
            Money(part, currency),
            key=f"{key}:{made.charge_id}",
            draw_key=made.movement_key,
            at=at,
        )
        surplus -= part
