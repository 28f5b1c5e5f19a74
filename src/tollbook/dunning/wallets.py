"""Services of empty wallets: stopped as the wallet's policy says, and let run again once it is filled."""

from collections.abc import Iterator
from datetime import datetime

from tollbook.base.bulk import WHOLE, Part
from tollbook.base.tasks import action
from tollbook.dunning import stopping, telling
from tollbook.dunning.models import Notice, Stop
from tollbook.dunning.news import notify
from tollbook.dunning.queries import OPEN_STOP
from tollbook.dunning.stepping import USUAL
from tollbook.identity.audit import record
from tollbook.payments.applying import locked_customer
from tollbook.subscriptions.models import Subscription
from tollbook.subscriptions.queries import locked_of
from tollbook.subscriptions.rules import State
from tollbook.wallets.queries import by_row_id, for_use, stopping_empty, used_up
from tollbook.wallets.rules import AtZero, Then, at_zero
from tollbook.web.words import speaking

CHUNK = 500


def empty_wallet_ids(at: datetime, part: Part = WHOLE) -> Iterator[int]:
    """Row ids of the wallets whose services are to be stopped at `at`."""
    last = 0
    while chunk := stopping_empty(CHUNK, last):
        for wallet in chunk:
            mine = part.of_parts == 1 or wallet.customer_id % part.of_parts == part.number
            if mine and at_zero(AtZero(wallet.at_zero), wallet.grace_hours, used_up(wallet), at) is Then.SUSPENDED:
                yield wallet.pk
        last = chunk[-1].pk


@action
def stop_empty(wallet_id: int, at: datetime) -> list[Stop]:
    """Stop the services that draw on a wallet, if nothing is left in it and its policy says so; what was stopped.

    What already stands, what somebody else has stopped and what somebody let run since it became empty is left alone.
    """
    wallet = by_row_id(wallet_id)
    customer = locked_customer(wallet.customer_id)
    since = used_up(wallet)
    if since is None or at_zero(AtZero(wallet.at_zero), wallet.grace_hours, since, at) is not Then.SUSPENDED:
        return []
    # In the order in which charging locks them, before any is stopped.
    list(locked_of([customer.pk]).values_list("pk"))
    made = []
    rows = Subscription.objects.filter(customer=customer, prepaid=True, state__in=[State.ACTIVE, State.SUSPENDED])
    for subscription in rows.select_related("version__plan__product", "book").order_by("pk"):
        draws_on = for_use(customer.pk, subscription.book.currency, subscription.public_id)
        if draws_on is None or draws_on.pk != wallet_id or _left_alone(subscription, since):
            continue
        stop = stopping.stop(subscription, Stop.Because.WALLET, at, wallet_id=wallet_id)
        if stop is not None:
            _tell(stop, subscription, at)
            made.append(stop)
    return made


def _left_alone(subscription: Subscription, since: datetime) -> bool:
    mine = Stop.objects.filter(subscription=subscription, because=Stop.Because.WALLET)
    return mine.filter(OPEN_STOP).exists() or mine.filter(by_hand=True, stopped_at__gte=since).exists()


def _tell(stop: Stop, subscription: Subscription, at: datetime) -> None:
    with speaking(subscription.customer.language):
        title, text = telling.emptied(subscription)
    notify(
        customer_id=stop.customer_id,
        about=Notice.About.SUSPENDED,
        stop=stop,
        channels=list(USUAL),
        title=title[: telling.TITLE_LIMIT],
        text=text,
        created_at=at,
    )
    detail = {"stop": stop.public_id, "because": stop.because}
    record("dunning.suspend", subscription.public_id, customer_id=stop.customer_id, detail=detail, at=at)


def is_filled(stop: Stop) -> bool:
    """Whether something is again in the wallet that a service was stopped for, or its policy lets services run."""
    wallet = by_row_id(stop.wallet_id or 0)
    lets_run = wallet.at_zero not in (AtZero.SUSPEND, AtZero.GRACE)
    return lets_run or used_up(wallet) is None
