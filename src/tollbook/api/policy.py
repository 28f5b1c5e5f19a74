"""Who is asking, and what a route demands of who asks."""

from dataclasses import dataclass
from enum import StrEnum

from django.http import HttpRequest

from tollbook.api.bodies import JSON
from tollbook.api.errors import HttpRefused
from tollbook.api.limits import Allowance
from tollbook.identity.models import ApiKey, StaffRole, User
from tollbook.identity.rules import covers

DEFAULT_BODY = 256 * 1024


class KeyRule(StrEnum):
    """Whether a request must name itself with an Idempotency-Key."""

    NONE = "none"
    OPTIONAL = "optional"
    REQUIRED = "required"
    # Required, and the effect itself is once for each key (`once.effect_key`): the door opens no transaction and keeps
    # no answer, so the view decides what is committed together.
    EFFECT = "effect"

    @property
    def is_required(self) -> bool:
        """Whether a request without a key is refused."""
        return self in (KeyRule.REQUIRED, KeyRule.EFFECT)


@dataclass(frozen=True, slots=True)
class Principal:
    """The holder of the key that a request came with: one customer (by row id), or a staff user."""

    key: ApiKey
    customer_id: int | None
    user: User | None

    @property
    def name(self) -> str:
        """Whose requests these are, whichever key they use: idempotency keys and limits are counted by this."""
        return f"customer:{self.customer_id}" if self.user is None else f"staff:{self.user.public_id}"

    @property
    def actor(self) -> str:
        """Who did it, for the audit trail."""
        return f"key:{self.key.public_id}" if self.user is None else f"{self.user.email} (key:{self.key.public_id})"


class ApiRequest(HttpRequest):
    """A request that has passed the door. `json` is the parsed body, `raw` its bytes; empty where there is none."""

    principal: Principal
    request_id: str
    allowance: Allowance
    idempotency_key: str
    json: object
    raw: bytes


@dataclass(frozen=True, slots=True)
class Policy:
    """What a route demands: a scope and, unless `roles` is None, a staff key of one of them (administrators always)."""

    scope: str
    roles: frozenset[StaffRole] | None = None
    key: KeyRule = KeyRule.NONE
    body_limit: int = 0
    # The view reads the body itself, from `request.raw`.
    reads_raw: bool = False
    body_kinds: tuple[str, ...] = (JSON,)

    def check(self, principal: Principal) -> None:
        """HttpRefused 403: "staff_only", "role_missing", "scope_missing"."""
        if self.roles is not None and principal.user is None:
            raise HttpRefused(403, "staff_only", "this needs the key of a staff user")
        if self.roles and principal.user is not None:
            role = principal.user.staff_role
            if role not in self.roles and role != StaffRole.ADMINISTRATOR:
                needed = ", ".join(sorted(self.roles))
                raise HttpRefused(403, "role_missing", f"the role {role} may not do this; one of: {needed}")
        if not covers(principal.key.scopes, self.scope):
            message = f"the key has not the scope {self.scope}"
            raise HttpRefused(403, "scope_missing", message, scope=self.scope)
