"""What wallets say about themselves in words; pages and the API share them."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tollbook.kernel.money import Money
from tollbook.wallets.models import GrantPlan, Wallet
from tollbook.wallets.rules import AtZero
from tollbook.web.templatetags.web import exact


def rhythm(plan: GrantPlan) -> str:
    """How often a plan gives: "every month", "every 14 days"."""
    if GrantPlan.Unit(plan.unit) == GrantPlan.Unit.DAYS:
        return ngettext("every day", "every {every} days", plan.every).format(every=plan.every)
    return ngettext("every month", "every {every} months", plan.every).format(every=plan.every)


def rest(plan: GrantPlan) -> str:
    """What becomes of what a cycle leaves."""
    return "; ".join(_rest(plan))


def _rest(plan: GrantPlan) -> Iterator[str]:
    currency = plan.wallet.currency
    if plan.at_most is None:
        yield _("what is left stays")
    elif not plan.at_most:
        yield _("what is left ends when the next begins")
    else:
        yield _("of what is left at most {currency} goes on").format(currency=exact(Money(plan.at_most, currency)))
    if plan.at_least:
        yield _("at least {currency} does").format(currency=exact(Money(plan.at_least, currency)))
    if plan.life_days is not None:
        yield ngettext("each lives for {count} day", "each lives for {count} days", plan.life_days).format(
            count=plan.life_days
        )


def when_empty(wallet: Wallet) -> str:
    """What becomes of the services when nothing is left."""
    return {
        AtZero.REFUSE: _("New use is refused."),
        AtZero.SUSPEND: _("Services are suspended at once."),
        AtZero.GRACE: _("Services go on for {grace_hours} hours, then they are suspended.").format(
            grace_hours=wallet.grace_hours
        ),
        AtZero.OVERAGE: _("Use goes on; the next invoice asks for what the wallet does not cover."),
    }[AtZero(wallet.at_zero)]
