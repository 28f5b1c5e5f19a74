"""Two plans to change between, and what a customer owes over all charges."""

from decimal import Decimal

from tollbook.kernel.money import plain
from tollbook.site.tests.world import Party, World


def plans(world: World, *, ahead: bool = True, **semantics: str) -> Party:
    """A customer, and the plans "small" at 31 and "large" at 62 a month."""
    for code, amount in (("small", "31"), ("large", "62")):
        world.plan(code, world.monthly(amount, code, in_advance=ahead, semantics=semantics))
    return world.customer()


def owed(party: Party) -> dict[str, str]:
    """What is charged of each price, over all its charges."""
    sums: dict[str, Decimal] = {}
    for code, _, amount in party.charges:
        sums[code] = sums.get(code, Decimal(0)) + Decimal(amount)
    return {code: plain(amount) for code, amount in sorted(sums.items())}
