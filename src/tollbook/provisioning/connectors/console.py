"""A connector to nowhere: it keeps what it is told, in memory or in a file, and tells it to a log. For trials, demos
and tests.

It is a real one in all else: idempotent by key, slow if asked to be, and it refuses what it is told to refuse.
"""

import fcntl
import hashlib
import json
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from tollbook.base.home import home
from tollbook.kernel.errors import NotFound, Refused, Retryable
from tollbook.kernel.states import move
from tollbook.provisioning.connectors.base import Condition, Done, Observed, Outcome, Pending, Ref, Spec
from tollbook.provisioning.connectors.written import spec_from, stored

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
    silent: bool = Field(
        default=False, title="Give no answers", description="Do everything, and let every call but a question time out."
    )
    keep: bool = Field(
        default=False,
        title="Remember",
        description="Keep what is made in a file of this machine, by the name above, for other processes and the next "
        "start.",
    )


@dataclass(slots=True)
class _Thing:
    spec: Spec
    condition: Condition


def _written(spec: Spec) -> tuple[str, object]:
    return spec.kind, stored(spec)


def kept_in(name: str) -> Path:
    """The file in which consoles of that name keep what they made."""
    return home() / "console" / f"{hashlib.sha256(name.encode()).hexdigest()[:16]}.json"


class Console:
    """Keeps things in this process, of which another process, or the next start, knows nothing; or, told to keep them,
    in a file.
    """

    kind: ClassVar[str] = "console"
    title: ClassVar[str] = "Console (trial)"
    Settings: ClassVar[type[BaseModel]] = ConsoleSettings

    def __init__(self, settings: ConsoleSettings) -> None:
        self.settings = settings
        self._things: dict[str, _Thing] = {}
        self._seen: dict[str, tuple[str, Spec]] = {}

    def provision(self, spec: Spec, key: str) -> Outcome:
        """Make it. Refused "key_reused" when the key made something else, "kind_refused" as configured."""
        with self._kept():
            self._available(spec)
            ref = Ref(f"console-{hashlib.sha256(key.encode()).hexdigest()[:16]}")
            if not self._repeated(key, "provision", spec):
                self._things[ref.text] = _Thing(spec, Condition.WORKING if self.settings.slow else Condition.ACTIVE)
                self._tell("provision", ref, spec)
            return self._outcome(ref)

    def change(self, ref: Ref, spec: Spec, key: str) -> Outcome:
        """Change it. Refused as `provision`, and "invalid_transition" for what is gone."""
        with self._kept():
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
        with self._kept():
            return self._move(ref, "suspend")

    def resume(self, ref: Ref) -> Outcome:
        """Resume it."""
        with self._kept():
            return self._move(ref, "resume")

    def terminate(self, ref: Ref) -> Outcome:
        """End it."""
        with self._kept():
            return self._move(ref, "terminate")

    def observe(self, ref: Ref) -> Observed:
        """What it is. A slow console has finished its work when it is asked."""
        with self._kept(acts=False):
            self._available(None)
            thing = self._thing(ref)
            if thing.condition is Condition.WORKING:
                thing.condition = Condition(move(TABLE, thing.condition, "finish"))
            return Observed(thing.condition, None if thing.condition is Condition.GONE else thing.spec)

    @contextmanager
    def _kept(self, *, acts: bool = True) -> Iterator[None]:
        """Around each method: what other processes did is read before, what it did is written after."""
        if self.settings.keep:
            with self._file():
                yield
        else:
            yield
        if acts and self.settings.silent:
            raise TimeoutError("the console is told to give no answers")

    @contextmanager
    def _file(self) -> Iterator[None]:
        path = kept_in(self.settings.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._load(path)
            yield
            self._save(path)

    def _load(self, path: Path) -> None:
        told = json.loads(path.read_text()) if path.exists() else {"things": {}, "seen": {}}
        self._things = {ref: _Thing(spec_from(*spec), Condition(is_)) for ref, (spec, is_) in told["things"].items()}
        self._seen = {key: (act, spec_from(*spec)) for key, (act, spec) in told["seen"].items()}

    def _save(self, path: Path) -> None:
        things = {ref: (_written(thing.spec), thing.condition) for ref, thing in self._things.items()}
        seen = {key: (act, _written(spec)) for key, (act, spec) in self._seen.items()}
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps({"things": things, "seen": seen}))
        draft.replace(path)

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
