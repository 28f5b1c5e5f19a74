"""Wallets over the API."""

from functools import partial

from django.db.models import QuerySet

from tollbook.api.fields import money
from tollbook.api.once import effect_key
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest, KeyRule
from tollbook.api.routes import Routes
from tollbook.base import clock
from tollbook.customers.features import value_for
from tollbook.customers.models import Customer
from tollbook.customers.reach import chosen, own
from tollbook.identity.audit import record
from tollbook.kernel.errors import NotFound, Refused
from tollbook.kernel.money import POSTING_PLACES, Money, round_to
from tollbook.wallets import group
from tollbook.wallets.actions import top_up
from tollbook.wallets.batch import hold_many
from tollbook.wallets.holds import capture, release
from tollbook.wallets.models import GrantPlan, Hold, Wallet
from tollbook.wallets.plan_api import (
    KEEPERS,
    GrantPlanIn,
    GrantPlanOut,
    GrantPlanStopIn,
    LevelIn,
    LevelOut,
    add_plan,
    level_out,
    plan_out,
    set_level,
    stop_plan,
)
from tollbook.wallets.queries import forecast
from tollbook.wallets.rules import shown_balance
from tollbook.wallets.settings import SHOW_NEGATIVE
from tollbook.wallets.shapes import (
    CaptureIn,
    ForecastOut,
    HoldIn,
    HoldOut,
    HoldResultOut,
    HoldsIn,
    HoldsOut,
    MovementOut,
    ReleaseIn,
    TopUpIn,
    WalletOut,
    hold_out,
    movement_out,
    wallet_out,
)

routes = Routes("Wallets")
ROUTERS = [("", routes)]


def _hold(request: ApiRequest, public_id: str) -> Hold:
    mine = own(request)
    rows: QuerySet[Hold] = Hold.objects.select_related("wallet__customer").filter(public_id=public_id)
    found = (rows.filter(wallet__customer=mine) if mine else rows).first()
    if found is None:
        raise NotFound("hold_not_found", f"there is no hold {public_id}", param="hold")
    return found


def _wallet(request: ApiRequest, public_id: str) -> Wallet:
    mine = own(request)
    rows: QuerySet[Wallet] = Wallet.objects.select_related("customer").filter(public_id=public_id)
    found = (rows.filter(customer=mine) if mine else rows).first()
    if found is None:
        raise NotFound("wallet_not_found", f"there is no wallet {public_id}", param="wallet")
    return found


@routes.reads("/wallets", "wallets:read", answer=Page[WalletOut])
def list_wallets(
    request: ApiRequest, customer: str = "", cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[WalletOut]:
    """Wallets, in the order in which they were opened; of one customer, if named."""
    whose = chosen(request, customer)
    rows = Wallet.objects.select_related("customer")
    return page(rows.filter(customer=whose) if whose else rows, Order(), cursor, limit, partial(_as_seen, own(request)))


@routes.reads("/wallets/{wallet_id}", "wallets:read", answer=WalletOut)
def get_wallet(request: ApiRequest, wallet_id: str) -> WalletOut:
    """A wallet."""
    return _as_seen(own(request), _wallet(request, wallet_id))


def _as_seen(mine: Customer | None, wallet: Wallet) -> WalletOut:
    """The wallet as its customer sees it; staff see it as it is (`mine` None)."""
    found = wallet_out(wallet)
    if mine is not None and wallet.balance < 0:
        shown = shown_balance(wallet.balance, show_negative=value_for(mine, SHOW_NEGATIVE))
        found.balance = money(shown, wallet.currency)
    return found


@routes.reads("/wallets/{wallet_id}/movements", "wallets:read", answer=Page[MovementOut])
def list_movements(
    request: ApiRequest, wallet_id: str, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[MovementOut]:
    """Movements of a wallet, the latest first."""
    wallet = _wallet(request, wallet_id)
    rows = wallet.movements.prefetch_related("burns__grant")
    order = Order(descending=True, names=("kind", "key"))
    return page(rows, order, cursor, limit, lambda movement: movement_out(movement, wallet.currency))


@routes.reads("/wallets/{wallet_id}/forecast", "wallets:read", answer=ForecastOut)
def forecast_wallet(request: ApiRequest, wallet_id: str) -> ForecastOut:
    """When a wallet will be empty if use goes on as it does."""
    wallet = _wallet(request, wallet_id)
    found = forecast(wallet, clock.now())
    if found is None:
        return ForecastOut(empty_at=None, per_day=None, basis_days=None)
    per_day = money(round_to(found.per_day, POSTING_PLACES), wallet.currency)
    return ForecastOut(empty_at=found.empty_at, per_day=per_day, basis_days=found.basis_days)


@routes.reads("/wallets/{wallet_id}/level", "wallets:read", answer=LevelOut)
def get_level(request: ApiRequest, wallet_id: str) -> LevelOut:
    """What a wallet does when it is low or empty, and the top-up that it asks for."""
    return level_out(_wallet(request, wallet_id))


@routes.replaces("/wallets/{wallet_id}/level", "wallets:write", answer=LevelOut, roles=KEEPERS)
def put_level(request: ApiRequest, wallet_id: str, level_in: LevelIn) -> LevelOut:
    """Set what a wallet does when it is low or empty.

    Refused with `threshold_incomplete`, `amount_not_positive` or `grace_hours_wrong`.
    """
    return level_out(set_level(request, _wallet(request, wallet_id), level_in))


@routes.reads("/wallets/{wallet_id}/grant-plans", "wallets:read", answer=Page[GrantPlanOut])
def list_grant_plans(
    request: ApiRequest, wallet_id: str, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[GrantPlanOut]:
    """Credit of a wallet that comes again, the latest plan first."""
    rows = _wallet(request, wallet_id).grant_plans.select_related("wallet")
    return page(rows, Order(descending=True), cursor, limit, plan_out)


@routes.adds("/wallets/{wallet_id}/grant-plans", "wallets:write", answer=GrantPlanOut, roles=KEEPERS)
def add_grant_plan(request: ApiRequest, wallet_id: str, plan_in: GrantPlanIn) -> GrantPlanOut:
    """Give credit in every cycle, once for each Idempotency-Key.

    Refused with `currency_mismatch`, `amount_not_positive`, `every_wrong`, `rollover_wrong`, `life_wrong`,
    `priority_wrong` or `nothing_recurs`.
    """
    return plan_out(add_plan(request, _wallet(request, wallet_id), plan_in))


@routes.adds("/grant-plans/{grant_plan_id}/stop", "wallets:write", answer=GrantPlanOut, status=200, roles=KEEPERS)
def stop_grant_plan(request: ApiRequest, grant_plan_id: str, stop_in: GrantPlanStopIn) -> GrantPlanOut:
    """Begin no further cycle of a plan; what it has given stays."""
    found = GrantPlan.objects.select_related("wallet").filter(public_id=grant_plan_id).first()
    if found is None:
        raise NotFound("grant_plan_not_found", f"there is no grant plan {grant_plan_id}", param="grant_plan")
    return plan_out(stop_plan(request, found, stop_in.reason))


@routes.reads("/wallets/{wallet_id}/holds", "holds:read", answer=Page[HoldOut])
def list_holds(request: ApiRequest, wallet_id: str, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT) -> Page[HoldOut]:
    """Holds of a wallet, the latest first."""
    rows = _wallet(request, wallet_id).holds.select_related("wallet")
    return page(rows, Order(descending=True), cursor, limit, hold_out)


@routes.reads("/holds/{hold_id}", "holds:read", answer=HoldOut)
def get_hold(request: ApiRequest, hold_id: str) -> HoldOut:
    """A hold."""
    return hold_out(_hold(request, hold_id))


@routes.adds("/wallets/{wallet_id}/holds", "holds:write", answer=HoldOut, roles=KEEPERS, key=KeyRule.EFFECT)
def hold_money(request: ApiRequest, wallet_id: str, hold_in: HoldIn) -> HoldOut:
    """Reserve money of a wallet, once for each Idempotency-Key; repeated, it answers with that hold as it stands.

    Requests that wait for the same wallet are decided together, in order, each by what the ones before left. Refused
    with `wallet_short`, `currency_mismatch`, `amount_not_positive`, `already_expired` or `wallet_key_conflict` (the key
    reserved another amount).
    """
    wallet = _wallet(request, wallet_id)
    _check_expiry(hold_in)
    amount = Money(hold_in.amount, hold_in.currency)
    made = group.hold(wallet.pk, amount, key=effect_key(request), expires_at=hold_in.expires_at)
    return hold_out(_hold(request, made))


def _check_expiry(hold_in: HoldIn) -> None:
    now = clock.now()
    if hold_in.expires_at is not None and hold_in.expires_at <= now:
        message = f"expires_at: {hold_in.expires_at} is not after {now}"
        raise Refused("already_expired", message, param="expires_at")


@routes.adds(
    "/wallets/{wallet_id}/holds/batch", "holds:write", answer=HoldsOut, roles=KEEPERS, key=KeyRule.EFFECT, status=200
)
def hold_batch(request: ApiRequest, wallet_id: str, holds_in: HoldsIn) -> HoldsOut:
    """Reserve money of a wallet up to 100 times at once, in order, each by what the ones before left.

    Once for each Idempotency-Key and place in the batch: repeated, what is held answers with the same hold, and what
    was refused is tried again. Refused as a whole, with nothing held, with `already_expired`.
    """
    wallet, key = _wallet(request, wallet_id), effect_key(request)
    for each in holds_in.holds:
        _check_expiry(each)
    answers = hold_many(
        [
            group.Wish(wallet.pk, f"{key}:{place}", Money(each.amount, each.currency), each.expires_at)
            for place, each in enumerate(holds_in.holds)
        ]
    )
    results = [
        HoldResultOut(id=answer, code=None, message=None)
        if isinstance(answer, str)
        else HoldResultOut(id=None, code=answer.code, message=answer.message)
        for answer in answers
    ]
    held = sum(result.id is not None for result in results)
    return HoldsOut(held=held, refused=len(results) - held, results=results)


@routes.adds("/holds/{hold_id}/capture", "holds:write", answer=HoldOut, status=200, roles=KEEPERS)
def capture_hold(request: ApiRequest, hold_id: str, capture_in: CaptureIn) -> HoldOut:
    """Take what was used of a hold and free the rest, once for each Idempotency-Key.

    Refused with `hold_closed` when it was captured or released before, or has expired, and with `more_than_held`.
    """
    found = _hold(request, hold_id)
    amount = None if capture_in.amount is None else Money(capture_in.amount, found.wallet.currency)
    captured = capture(found.public_id, amount, memo=capture_in.memo, repeats=False).captured
    _note(request, "hold.capture", found, {"amount": str(captured), "currency": found.wallet.currency})
    return hold_out(_hold(request, hold_id))


def _note(request: ApiRequest, verb: str, found: Hold, detail: dict[str, str]) -> None:
    actor, customer_id = request.principal.actor, found.wallet.customer_id
    record(verb, found.public_id, actor=actor, door="api", customer_id=customer_id, detail=detail)


@routes.adds("/holds/{hold_id}/release", "holds:write", answer=HoldOut, status=200, roles=KEEPERS)
def release_hold(request: ApiRequest, hold_id: str, release_in: ReleaseIn) -> HoldOut:
    """Free what is held, once for each Idempotency-Key; refused with `hold_closed` when it has ended already."""
    found = _hold(request, hold_id)
    release(found.public_id, repeats=False)
    _note(request, "hold.release", found, {"reason": release_in.reason})
    return hold_out(_hold(request, hold_id))


@routes.adds(
    "/wallets/{wallet_id}/top-ups",
    "wallets:write",
    answer=MovementOut,
    roles=KEEPERS,
)
def top_up_wallet(request: ApiRequest, wallet_id: str, money_in: TopUpIn) -> MovementOut:
    """Put paid money into a wallet, once for each Idempotency-Key.

    Refused with `currency_mismatch` or `amount_not_positive`.
    """
    wallet = _wallet(request, wallet_id)
    amount = Money(money_in.amount, money_in.currency)
    movement = top_up(wallet.pk, amount, key=effect_key(request), gateway=money_in.gateway)
    record(
        "wallet.top_up",
        wallet.public_id,
        actor=request.principal.actor,
        door="api",
        customer_id=wallet.customer_id,
        detail={"amount": str(movement.amount), "currency": wallet.currency, "gateway": money_in.gateway},
    )
    return movement_out(movement, wallet.currency)
