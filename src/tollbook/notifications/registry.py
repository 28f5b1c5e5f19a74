"""Who listens. A room above lists its listeners in `listeners.py`:

LISTENERS = [Listener("webhooks", wants=..., take=...)]
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cache

from tollbook.base import discovery
from tollbook.notifications.models import Fact


@dataclass(frozen=True, slots=True)
class Listener:
    """Somebody who passes facts on.

    wants  which of these customers (row ids) have somebody who wants to hear facts of that kind; asked once for a batch
    take   keeps what is to be sent of these facts, in their order; in the transaction that marks them as handed on, so
           it calls nobody
    go     begins to send; called after that transaction
    """

    name: str
    wants: Callable[[str, Collection[int]], Collection[int]]
    take: Callable[[Sequence[Fact]], None]
    go: Callable[[], object]


@cache
def listeners() -> tuple[Listener, ...]:
    """All listeners of the installed apps, by name."""
    found = [each for _, module in discovery.modules("listeners") for each in getattr(module, "LISTENERS", ())]
    return tuple(sorted(found, key=lambda each: each.name))
