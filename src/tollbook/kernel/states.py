"""State machines as tables: {state: {event: next state}}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from tollbook.kernel.errors import Refused

S = TypeVar("S", bound=str)


def move(table: Mapping[S, Mapping[str, S]], state: S, event: str) -> S:
    """The state that follows `state` on `event`, or Refused 'invalid_transition' naming what is possible."""
    possible = table.get(state, {})
    if event in possible:
        return possible[event]
    choices = ", ".join(sorted(possible)) or "nothing: it is final"
    raise Refused(
        "invalid_transition",
        f"cannot {event} while {state}: possible is {choices}",
        state=str(state),
        event=event,
        possible=sorted(possible),
    )
