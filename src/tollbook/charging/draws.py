"""Prepaid charges take their money from the wallet at once, tax included; the invoice follows at the period's
end.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from tollbook.charging.models import Draw
from tollbook.customers.queries import included_percent, treatment
from tollbook.kernel.allocate import allocate
from tollbook.kernel.money import POSTING_PLACES, Money, round_to
from tollbook.rating import CreditOrder
from tollbook.subscriptions.models import Subscription
from tollbook.tax import due_of_price
from tollbook.wallets.actions import draw
from tollbook.wallets.queries import for_use


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
    amounts = [_gross(row, subscription, at) for row in owed]
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
    """What the charge costs, tax included: a price that includes tax is that already."""
    brand, customer = subscription.customer.brand, subscription.customer
    category = row["price"].version.plan.product.tax_category
    found = treatment(brand, customer, category, at.date())
    included = Decimal(0)
    if subscription.book.includes_tax:
        included = included_percent(brand, found, category, at.date())
    return round_to(due_of_price(row["amount"], included, found.percent)[1], POSTING_PLACES)
