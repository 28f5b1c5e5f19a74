"""Contradictions between settings, declared by rooms and looked for whenever one of them is set.

A room's `settings.py` lists them:

CHECKS = [Check((LEAST, MOST), least_over_most)]

`find` is a pure function of the typed values as they would be, by key, and returns a sentence for people or an empty
text. It is asked for each place that a change can reach: where it is made, and every brand, group and customer below
that has a value of its own for one of the keys.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tollbook.base import discovery
from tollbook.features.models import FeatureValue
from tollbook.features.queries import EVERYWHERE, Scope, resolve
from tollbook.features.registry import Level, declared, feature
from tollbook.kernel.errors import Refused

Values = Mapping[str, Any]


class Answer(StrEnum):
    """What becomes of a change that contradicts another setting."""

    REFUSE = "refuse"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Check:
    """`keys` that `find` looks at, and whether what it finds is refused or only told."""

    keys: tuple[str, ...]
    find: Callable[[Values], str]
    answer: Answer = Answer.REFUSE


@dataclass(frozen=True, slots=True)
class Fact:
    """A check of `key` against what is stored elsewhere: `find(value, scope)` may read the database."""

    key: str
    find: Callable[[Any, Scope], str]


@dataclass(frozen=True, slots=True)
class Clash:
    """What a change would contradict, and for whom (the public id of the brand, group or customer; empty: all)."""

    keys: tuple[str, ...]
    message: str
    answer: Answer
    scope_id: str = ""


def checks() -> Iterator[Check]:
    """Every declared check whose settings are all declared here."""
    known = declared()
    for _, module in discovery.modules("settings"):
        for each in getattr(module, "CHECKS", ()):
            if all(key in known for key in each.keys):
                yield each


def place(level: Level, scope_id: str) -> Scope:
    """The whole scope of a brand, group or customer, with what is above it, from the room that knows them."""
    if level is Level.INSTALLATION:
        return EVERYWHERE
    for _, module in discovery.modules("settings"):
        if find := getattr(module, "SCOPE_OF", None):
            found: Scope = find(level, scope_id)
            return found
    return Scope(**{level.value: scope_id})


def clashes(key: str, value: Any, level: Level, scope_id: str, at: datetime) -> list[Clash]:
    """What setting `key` to the typed `value` (None: taken back) from `at` on would contradict, then or when a value
    that is set ahead begins to count; each sentence once, refusals first.
    """
    asked = [each for each in checks() if key in each.keys]
    keys = tuple(dict.fromkeys(k for each in asked for k in each.keys))
    change = (key, level, scope_id, value)
    found: dict[str, Clash] = {}
    scopes = list(_reached(keys, level, scope_id)) if asked else []
    own = FeatureValue.objects.filter(key=key, scope=level, scope_id=scope_id, valid_from__gt=at)
    until = own.order_by("valid_from").values_list("valid_from", flat=True).first()
    for when in _instants(keys, at):
        if until is not None and when >= until:
            break
        for scope, name in scopes:
            values = resolve(keys, scope, when, change)
            for each in asked:
                message = each.find(values)
                if message and message not in found:
                    found[message] = Clash(each.keys, message, each.answer, name)
    for message in _facts(key, value, level, scope_id, at):
        found[message] = Clash((key,), message, Answer.REFUSE, scope_id)
    return sorted(found.values(), key=lambda clash: clash.answer is not Answer.REFUSE)


def refuse(found: Iterable[Clash]) -> None:
    """Refused "settings_contradict" for the first of the clashes that is not only told."""
    for clash in found:
        if clash.answer is Answer.REFUSE:
            where = f" ({clash.scope_id})" if clash.scope_id else ""
            raise Refused("settings_contradict", clash.message + where, param="value", keys=list(clash.keys))


def _reached(keys: tuple[str, ...], level: Level, scope_id: str) -> Iterator[tuple[Scope, str]]:
    """The place of the change, and every place below it with a value of its own, with its public id."""
    here = place(level, scope_id)
    yield here, scope_id
    rows = FeatureValue.objects.filter(key__in=keys).exclude(scope=Level.INSTALLATION).order_by("scope", "scope_id")
    for scope, name in rows.values_list("scope", "scope_id").distinct():
        below = place(Level(scope), name)
        if name != scope_id and (level is Level.INSTALLATION or (level, scope_id) in list(below.levels())):
            yield below, name


def _instants(keys: tuple[str, ...], at: datetime) -> list[datetime]:
    later = FeatureValue.objects.filter(key__in=keys, valid_from__gt=at).order_by("valid_from")
    return [at, *later.values_list("valid_from", flat=True).distinct()]


def _facts(key: str, value: Any, level: Level, scope_id: str, at: datetime) -> Iterator[str]:
    asked = [
        each for _, module in discovery.modules("settings") for each in getattr(module, "FACTS", ()) if each.key == key
    ]
    if not asked:
        return
    scope = place(level, scope_id)
    counts = resolve((feature(key).key,), scope, at, (key, level, scope_id, value))[key]
    for each in asked:
        if message := each.find(counts, scope):
            yield message
