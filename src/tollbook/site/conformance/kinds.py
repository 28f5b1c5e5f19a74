"""Which adapter answers which kind: `@kind("charge.unit")` declares one, and its file is found by its name.

The kinds of a family, the word before the point, live in `adapters/<family>.py`, or in `adapters/stored/<family>.py`
where they move real rows: these need the database, and every case of theirs is undone.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from tollbook.site.conformance import adapters
from tollbook.site.conformance.adapters import stored
from tollbook.site.conformance.given import Given, Unsupported

Adapter = Callable[[Given], Mapping[str, Any]]
_KINDS: dict[str, Adapter] = {}


def kind(name: str) -> Callable[[Adapter], Adapter]:
    """Declare the adapter of a kind."""

    def declare(adapter: Adapter) -> Adapter:
        if name in _KINDS:
            raise ValueError(f"two adapters for {name}")
        _KINDS[name] = adapter
        return adapter

    return declare


def needs_database(name: str) -> bool:
    """Whether cases of this kind move real rows."""
    return _family(name) in {module.name for module in pkgutil.iter_modules(stored.__path__)}


def adapter_of(name: str) -> Adapter:
    """The adapter of a kind; Unsupported where there is none."""
    for package in (adapters, stored):
        known = {module.name for module in pkgutil.iter_modules(package.__path__) if not module.ispkg}
        if _family(name) in known:
            import_module(f"{package.__name__}.{_family(name)}")
    if name not in _KINDS:
        raise Unsupported(f"no adapter for kind {name}")
    return _KINDS[name]


def _family(name: str) -> str:
    return name.partition(".")[0]
