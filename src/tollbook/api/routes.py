"""The route registry: how a room's `api.py` declares its routes, each with its policy.

routes = Routes("Wallets")

@routes.reads("/wallets", "wallets:read", answer=Page[WalletOut])
def wallets(request: ApiRequest, ...) -> ...

ROUTERS = [("", routes)]
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from ninja import Router

from tollbook.api.bodies import JSON
from tollbook.api.policy import DEFAULT_BODY, KeyRule, Policy
from tollbook.identity.models import StaffRole

View = TypeVar("View", bound=Callable[..., Any])


class Routes(Router):
    """A room's routes under one heading of the reference."""

    def __init__(self, heading: str) -> None:
        super().__init__(tags=[heading])

    def reads(
        self, path: str, scope: str, *, answer: Any, roles: Iterable[StaffRole] | None = None, **extra: Any
    ) -> Callable[[View], View]:
        """GET: changes nothing. `roles` None: customers' keys too; empty: staff of any role."""
        return self._declare("GET", path, Policy(scope, _roles(roles)), {200: answer}, extra)

    def adds(
        self,
        path: str,
        scope: str,
        *,
        answer: Any,
        status: int = 201,
        roles: Iterable[StaffRole] | None = None,
        key: KeyRule = KeyRule.REQUIRED,
        body_limit: int = DEFAULT_BODY,
        reads_raw: bool = False,
        body_kinds: tuple[str, ...] = (JSON,),
        **extra: Any,
    ) -> Callable[[View], View]:
        """POST: one transaction, in which the answer is kept under its Idempotency-Key."""
        policy = Policy(scope, _roles(roles), key, body_limit, reads_raw, body_kinds)
        return self._declare("POST", path, policy, {status: answer}, extra)

    def replaces(
        self, path: str, scope: str, *, answer: Any, roles: Iterable[StaffRole] | None = None, **extra: Any
    ) -> Callable[[View], View]:
        """PUT: one transaction; sent twice it ends the same way."""
        policy = Policy(scope, _roles(roles), KeyRule.OPTIONAL, DEFAULT_BODY)
        return self._declare("PUT", path, policy, {200: answer}, extra)

    def _declare(
        self, method: str, path: str, policy: Policy, answers: dict[int, Any], extra: dict[str, Any]
    ) -> Callable[[View], View]:
        def declare(view: View) -> View:
            view.policy = policy  # type: ignore[attr-defined]  # read by the shell, which starts no route without
            # The first line of the docstring is the summary, the rest the description.
            summary, _, rest = (view.__doc__ or "").strip().partition("\n")
            known = {"operation_id": view.__name__, "summary": summary.rstrip("."), "description": rest.strip()}
            self.api_operation([method], path, response=answers, **{**known, **extra})(view)
            return view

        return declare


def _roles(roles: Iterable[StaffRole] | None) -> frozenset[StaffRole] | None:
    return None if roles is None else frozenset(roles)
