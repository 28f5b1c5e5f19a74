"""A connector to nowhere: it keeps what it is told in memory and tells it to a log. For trials, demos and tests.

It is a real one in all else: idempotent by key, slow if asked to be, and it refuses what it is told to refuse.
"""

import hashlib
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from tollbook.kernel.errors import NotFound, Refused, Retryable
from tollbook.kernel.states import move
from tollbook.provisioning.connectors.base import Condition, Done, Observed, Outcome, Pending, Ref, Spec

log = logging.getLogger("tollbook.console")

TABLE: dict[str, dict[str, str]] = {
    Condition.WORKING: {"finish": Condition.ACTIVE, "terminate": Condition.GONE},
    Condition.ACTIVE: {"suspend": Condition.SUSPENDED, "terminate": Condition.GONE, "resume": Condition.ACTIVE},
    Condition.SUSPENDED: {"resume": Condition.ACTIVE, "terminate": Condition.GONE, "suspend": Condition.SUSPENDED},
    Condition.GONE: {"terminate": Condition.GONE},
}


class ConsoleSettings(BaseModel):
    """Settings of a connection to the console."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(default="console", min_length=1, max_length=40, description="Stands in every line of the log.")
    slow: bool = Field(
        default=False, title="Work slowly", description="Answer that it is at work; the next question finds it done."
    )
    refuse: str = Field(
        default="", max_length=40, title="Refuse", description="A kind of thing that is always refused."
    )
    busy: bool = Field(default=False, title="Be busy", description="Answer everything with: try again later.")


@dataclass(slots=True)
class _Thing:
    spec: Spec
    condition: Condition


class Console:
    """Keeps things in this process: another process, or the next start, knows nothing of them."""

    kind: ClassVar[str] = "console"
    title: ClassVar[str] = "Console (trial)"
    Settings: ClassVar[type[BaseModel]] = ConsoleSettings

    def __init__(self, settings: ConsoleSettings) -> None:
        self.settings = settings
        self._things: dict[str, _Thing] = {}
        self._seen: dict[str, tuple[str, Spec]] = {}

    def provision(self, spec: Spec, key: str) -> Outcome:
        """Make it. Refused "key_reused" when the key made something else, "kind_refused" as configured."""
        self._available(spec)
        ref = Ref(f"console-{hashlib.sha256(key.encode()).hexdigest()[:16]}")
        if not self._repeated(key, "provision", spec):
            self._things[ref.text] = _Thing(spec, Condition.WORKING if self.settings.slow else Condition.ACTIVE)
            self._tell("provision", ref, spec)
        return self._outcome(ref)

    def change(self, ref: Ref, spec: Spec, key: str) -> Outcome:
        """Change it. Refused as `provision`, and "invalid_transition" for what is gone."""
        self._available(spec)
        thing = self._thing(ref)
        if thing.condition is Condition.GONE:
            raise Refused("invalid_transition", f"{ref.text} is gone and cannot change", param="ref")
        if not self._repeated(key, f"change {ref.text}", spec):
            thing.spec = spec
            self._tell("change", ref, spec)
        return self._outcome(ref)

    def suspend(self, ref: Ref) -> Outcome:
        """Suspend it."""
        return self._move(ref, "suspend")

    def resume(self, ref: Ref) -> Outcome:
        """Resume it."""
        return self._move(ref, "resume")

    def terminate(self, ref: Ref) -> Outcome:
        """End it."""
        return self._move(ref, "terminate")

    def observe(self, ref: Ref) -> Observed:
        """What it is. A slow console has finished its work when it is asked."""
        self._available(None)
        thing = self._thing(ref)
        if thing.condition is Condition.WORKING:
            thing.condition = Condition(move(TABLE, thing.condition, "finish"))
        return Observed(thing.condition, None if thing.condition is Condition.GONE else thing.spec)

    def _available(self, spec: Spec | None) -> None:
        if self.settings.busy:
            raise Retryable("console_busy", "the console is told to be busy", after_s=60)
        if spec is not None and self.settings.refuse and spec.kind == self.settings.refuse:
            raise Refused("kind_refused", f"the console is told to refuse a {spec.kind}", param="kind")

    def _repeated(self, key: str, act: str, spec: Spec) -> bool:
        earlier = self._seen.get(key)
        if earlier is not None and earlier != (act, spec):
            raise Refused("key_reused", f"key {key} was used for something else", param="key")
        self._seen[key] = (act, spec)
        return earlier is not None

    def _move(self, ref: Ref, event: str) -> Outcome:
        self._available(None)
        thing = self._thing(ref)
        thing.condition = Condition(move(TABLE, thing.condition, event))
        self._tell(event, ref, thing.spec)
        return Done(ref)

    def _thing(self, ref: Ref) -> _Thing:
        found = self._things.get(ref.text)
        if found is None:
            raise NotFound("not_known", f"there is no {ref.text}", param="ref")
        return found

    def _outcome(self, ref: Ref) -> Outcome:
        if self._thing(ref).condition is Condition.WORKING:
            return Pending(ref, timedelta(seconds=5))
        return Done(ref)

    def _tell(self, verb: str, ref: Ref, spec: Spec) -> None:
        log.info("%s: %s %s %s %s", self.settings.name, verb, ref.text, spec.kind, dict(spec.properties))
