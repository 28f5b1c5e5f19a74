"""Prepaid charges take their money from the wallet at once, tax included; the invoice follows at the period's
end.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from tollbook.charging.models import Draw
from tollbook.customers.queries import treatment
from tollbook.kernel.allocate import allocate
from tollbook.kernel.money import POSTING_PLACES, Money, round_to
from tollbook.rating import CreditOrder
from tollbook.subscriptions.models import Subscription
from tollbook.wallets.actions import draw
from tollbook.wallets.queries import for_use

_HUNDRED = Decimal(100)


def draw_prepaid(rows: Sequence[dict[str, Any]], at: datetime) -> None:
    """Draw what these new charges cost, one wallet movement for each subscription, as far as the wallet
    reaches.

    What the wallet cannot cover stays on the invoice as money to pay. Charges that give money back draw
    nothing: the invoice settles them.
    """
    draws: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["amount"] > 0:
            draws[row["subscription_id"], row["price"].terms["semantics"]["credit_order"]].append(row)
    for (_, order), owed in draws.items():
        _draw(owed[0]["subscription"], owed, CreditOrder(order), at)


def _draw(subscription: Subscription, owed: Sequence[dict[str, Any]], order: CreditOrder, at: datetime) -> None:
    currency = owed[0]["currency"]
    wallet = for_use(subscription.customer_id, currency, subscription.public_id)
    if wallet is None:
        return
    amounts = [round_to(_gross(row, subscription, at), POSTING_PLACES) for row in owed]
    total = sum(amounts, Decimal(0))
    if not total:
        return
    key = f"{subscription.public_id}:{owed[0]['public_id']}"
    memo = f"{subscription.version.plan.name}: use up to {at:%Y-%m-%d %H:%M}"
    movement = draw(wallet.pk, Money(total, currency), key=key, partly=True, memo=memo, order=order, at=at)
    if movement is None:
        return
    parts = amounts if -movement.amount == total else allocate(-movement.amount, amounts, POSTING_PLACES)
    Draw.objects.bulk_create(
        Draw(charge_id=row["id"], wallet_id=wallet.pk, movement_key=key, amount=part)
        for row, part in zip(owed, parts, strict=True)
        if part
    )


def _gross(row: dict[str, Any], subscription: Subscription, at: datetime) -> Decimal:
    customer = subscription.customer
    category = row["price"].version.plan.product.tax_category
    percent = treatment(customer.brand, customer, category, at.date()).percent
    return Decimal(row["amount"] * (_HUNDRED + percent) / _HUNDRED)
