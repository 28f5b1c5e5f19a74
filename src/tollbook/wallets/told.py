"""What wallets say about themselves in words; pages and the API share them."""

from collections.abc import Iterator

from tollbook.kernel.money import Money
from tollbook.wallets.models import GrantPlan, Wallet
from tollbook.wallets.rules import AtZero
from tollbook.web.templatetags.web import exact


def rhythm(plan: GrantPlan) -> str:
    """How often a plan gives: "every month", "every 14 days"."""
    one = {GrantPlan.Unit.MONTHS: "month", GrantPlan.Unit.DAYS: "day"}[GrantPlan.Unit(plan.unit)]
    return f"every {one}" if plan.every == 1 else f"every {plan.every} {one}s"


def rest(plan: GrantPlan) -> str:
    """What becomes of what a cycle leaves."""
    return "; ".join(_rest(plan))


def _rest(plan: GrantPlan) -> Iterator[str]:
    currency = plan.wallet.currency
    if plan.at_most is None:
        yield "what is left stays"
    elif not plan.at_most:
        yield "what is left ends when the next begins"
    else:
        yield f"of what is left at most {exact(Money(plan.at_most, currency))} goes on"
    if plan.at_least:
        yield f"at least {exact(Money(plan.at_least, currency))} does"
    if plan.life_days is not None:
        yield f"each lives for {plan.life_days} day{'' if plan.life_days == 1 else 's'}"


def when_empty(wallet: Wallet) -> str:
    """What becomes of the services when nothing is left."""
    return {
        AtZero.REFUSE: "New use is refused.",
        AtZero.SUSPEND: "Services are suspended at once.",
        AtZero.GRACE: f"Services go on for {wallet.grace_hours} hours, then they are suspended.",
        AtZero.OVERAGE: "Use goes on; the next invoice asks for what the wallet does not cover.",
    }[AtZero(wallet.at_zero)]
