"""Which role has which page, as the pages themselves declare it: the tables of docs/roles.md."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tollbook.base import discovery
from tollbook.customers.models import Membership
from tollbook.identity.models import StaffRole

#: The roles of each portal, in the order of the tables.
ROLES: dict[str, Sequence[str]] = {
    "portal": [role.value for role in Membership.Role],
    "staff": [role.value for role in StaffRole if role is not StaffRole.NONE],
}
_HEAD = """# Who may see and do what

Made from what each page declares; a test holds it to that. Everybody who may not see a page is told that there is none.
After a page was added: `TOLLBOOK_WRITE_ROLES=1 pytest src/tollbook/site/tests/test_roles.py`.
"""
_TITLES = {
    "portal": "## Customer portal\n\nParts of the people of an account. All may read; what acts names its parts.",
    "staff": "## Staff portal\n\nRoles of staff. Reading is open to all of them; what acts names its roles.",
}


@dataclass(frozen=True, slots=True)
class Route:
    """A page of a portal: its name ("invoicing:page"), its address below the portal's, who may have it."""

    name: str
    address: str
    pattern: Any
    allowed: frozenset[str]


def routes(portal: str) -> Iterator[Route]:
    """Every page of "portal" or "staff", in the order of the rooms."""
    for label, module in discovery.modules(portal):
        for pattern in module.urls:
            allowed = frozenset(str(role) for role in pattern.callback.policy[1])
            yield Route(f"{label}:{pattern.name}", str(pattern.pattern), pattern, allowed)


def document() -> str:
    """docs/roles.md as it should be."""
    return "\n".join([_HEAD, *(_table(portal) for portal in ROLES)])


def _table(portal: str) -> str:
    roles = ROLES[portal]
    rows = [
        f"| {route.name} | {'all' if route.allowed == set(roles) else ''} | "
        + " | ".join("x" if role in route.allowed and route.allowed != set(roles) else "" for role in roles)
        + " |"
        for route in routes(portal)
    ]
    heads = [role.replace("_", " ") for role in roles]
    head = f"| page | | {' | '.join(heads)} |\n|---|---|{'---|' * len(roles)}"
    return "\n".join([_TITLES[portal], "", head, *rows, ""])
