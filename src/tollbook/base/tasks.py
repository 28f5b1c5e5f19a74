"""`@action`, `@outbound` and `later`: the seam between code that decides and the queue that runs it.

An action is one verb and one transaction: called now it runs at once (joining the caller's transaction),
called with `later` it becomes a job of the same name when, and only when, the caller's transaction commits.
Acts do what no reader may: called from a customer's page, they step out of its wall (`walls`).
An outbound function talks to others and refuses to run inside a transaction (DESIGN section 1, decision 8).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import connection, transaction
from procrastinate import exceptions
from procrastinate.contrib.django import app

from tollbook.base import walls

P = ParamSpec("P")
R = TypeVar("R")

TASKS: dict[str, Callable[..., Any]] = {}


def _task(fn: Callable[P, R]) -> Callable[P, R]:
    name = f"{fn.__module__}.{fn.__qualname__}"
    TASKS[name] = fn
    return fn


def action(fn: Callable[P, R]) -> Callable[P, R]:
    """Make `fn` one transaction that can be called now or `later`; nested actions join the outermost."""

    @wraps(fn)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic(), walls.lifted():
            return fn(*args, **kwargs)

    return _task(call)


def outbound(fn: Callable[P, R]) -> Callable[P, R]:
    """Make `fn` a function that talks to other systems: RuntimeError when called inside a transaction."""

    @wraps(fn)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if _in_transaction():
            raise RuntimeError(f"{fn.__qualname__}: network inside a transaction")
        with walls.lifted():
            return fn(*args, **kwargs)

    return _task(call)


def _in_transaction() -> bool:
    """Whether a transaction of ours is open; the one in which a test case wraps a whole test is not, as for Django's
    durable transactions.
    """
    blocks = connection.atomic_blocks
    return connection.in_atomic_block and not (blocks and getattr(blocks[-1], "_from_testcase", False))


def later(fn: Callable[..., Any], *, key: str | None = None, **arguments: Any) -> bool:
    """Queue `fn(**arguments)` for a worker; it exists when this transaction commits.

    `key` names the work: while a job with the same key waits, no second one is queued. Returns whether one
    was queued.
    """
    name = f"{fn.__module__}.{fn.__qualname__}"
    if name not in TASKS:
        raise RuntimeError(f"{name} is neither an @action nor @outbound")
    try:
        # The savepoint keeps a taken key from poisoning the caller's transaction.
        with transaction.atomic(), walls.lifted():
            app.configure_task("tollbook.run", queueing_lock=key).defer(name=name, arguments=arguments)
    except exceptions.AlreadyEnqueued:
        return False
    return True


def run(name: str, arguments: dict[str, Any]) -> None:
    """Run a queued function by its dotted name; LookupError for a name that no longer exists."""
    if name not in TASKS:
        raise LookupError(f"no action is called {name}")
    TASKS[name](**arguments)
