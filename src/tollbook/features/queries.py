"""What a feature is set to, for whom, at an instant."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from tollbook.base import clock
from tollbook.features.models import FeatureValue
from tollbook.features.registry import Feature, Level, declared, feature


@dataclass(frozen=True, slots=True)
class Scope:
    """Whom a question is about, by public ids: features lie below brands and customers and cannot look them up."""

    brand: str = ""
    group: str = ""
    customer: str = ""

    def levels(self) -> Iterator[tuple[Level, str]]:
        """The levels that this scope touches, the nearest first, the whole installation last."""
        for level, name in ((Level.CUSTOMER, self.customer), (Level.GROUP, self.group), (Level.BRAND, self.brand)):
            if name:
                yield level, name
        yield Level.INSTALLATION, ""


EVERYWHERE = Scope()


@dataclass(frozen=True, slots=True)
class Effective:
    """A feature's value in a scope, and the level that it comes from (None: the default declared in code)."""

    feature: Feature
    value: Any
    level: Level | None

    def data(self) -> Any:
        """The value as JSON data."""
        return self.feature.type.write(self.value)


def value(key: str, scope: Scope = EVERYWHERE, at: datetime | None = None) -> Any:
    """The typed value of the feature for `scope` at `at` (now, if not given): the customer's, else its group's, the
    brand's, the installation's, the default. NotFound "feature_not_found"."""
    return values_of([key], scope, at)[0]


def values_of(keys: Sequence[str], scope: Scope = EVERYWHERE, at: datetime | None = None) -> list[Any]:
    """The typed values of these features as `value` tells them, in one query."""
    return [each.value for each in _resolve([feature(key) for key in keys], scope, at or clock.now())]


def values(scope: Scope = EVERYWHERE, at: datetime | None = None) -> list[Effective]:
    """Every declared feature as it is effective for `scope` at `at`, by key, in one query."""
    return _resolve(list(declared().values()), scope, at or clock.now())


def history(key: str) -> QuerySet[FeatureValue]:
    """Every value that the feature was ever set to, the latest one first."""
    return FeatureValue.objects.filter(key=key).order_by("-valid_from", "-pk")


def _resolve(features: list[Feature], scope: Scope, at: datetime) -> list[Effective]:
    found = _stored(features, scope, at)
    return [_effective(each, scope, found) for each in features]


def _stored(features: Sequence[Feature], scope: Scope, at: datetime) -> dict[tuple[str, str], Any]:
    """What is stored of the features in the places that `scope` touches, by key and level."""
    places = Q()
    for level, name in scope.levels():
        places |= Q(scope=level, scope_id=name)
    rows = (
        FeatureValue.objects.filter(places, key__in=[each.key for each in features], valid_from__lte=at)
        .order_by("key", "scope", "scope_id", "-valid_from", "-pk")
        .distinct("key", "scope", "scope_id")
        .values_list("key", "scope", "value")
    )
    # A row whose value is null says "as the level above" from that instant on.
    return {(key, place): given for key, place, given in rows if given is not None}


def resolve(
    keys: Sequence[str], scope: Scope, at: datetime, change: tuple[str, Level, str, Any] | None = None
) -> dict[str, Any]:
    """The typed values of these features for `scope` at `at`, by key, as if `change` (key, level, public id there,
    typed value or None to take it back) had been made.
    """
    found = _stored([feature(key) for key in keys], scope, at)
    if change is not None:
        key, level, name, given = change
        if key in keys and (level, name) in list(scope.levels()):
            found.pop((key, level), None)
            if given is not None:
                found[key, level] = feature(key).type.write(given)
    return {key: _effective(feature(key), scope, found).value for key in keys}


def value_each(key: str, scopes: Mapping[int, Scope], at: datetime | None = None) -> dict[int, Any]:
    """The feature's typed value for each scope, by the same names, in one query."""
    known = feature(key)
    rows = (
        FeatureValue.objects.filter(key=key, valid_from__lte=at or clock.now())
        .order_by("scope", "scope_id", "-valid_from", "-pk")
        .distinct("scope", "scope_id")
        .values_list("scope", "scope_id", "value")
    )
    stored = {(Level(place), name): given for place, name, given in rows if given is not None}
    found = {}
    for number, scope in scopes.items():
        mine = [(level, name) for level, name in scope.levels() if (level, name) in stored]
        here: dict[tuple[str, str], Any] = {(key, level): stored[level, name] for level, name in mine}
        found[number] = _effective(known, scope, here).value
    return found


def own_values(key: str, at: datetime) -> set[tuple[Level, str]]:
    """Where the feature has a value of its own at `at`: levels and public ids."""
    rows = (
        FeatureValue.objects.filter(key=key, valid_from__lte=at)
        .order_by("scope", "scope_id", "-valid_from", "-pk")
        .distinct("scope", "scope_id")
        .values_list("scope", "scope_id", "value")
    )
    return {(Level(place), name) for place, name, given in rows if given is not None}


def before(row: FeatureValue) -> FeatureValue | None:
    """The row that counted on the same level just before `row` did; None: nothing was set."""
    rows = FeatureValue.objects.filter(key=row.key, scope=row.scope, scope_id=row.scope_id)
    earlier = Q(valid_from__lt=row.valid_from) | Q(valid_from=row.valid_from, pk__lt=row.pk)
    return rows.filter(earlier).order_by("-valid_from", "-pk").first()


def latest(row: FeatureValue) -> FeatureValue:
    """The row of the same feature and place that was entered last."""
    return FeatureValue.objects.filter(key=row.key, scope=row.scope, scope_id=row.scope_id).latest("pk")


def _effective(each: Feature, scope: Scope, found: dict[tuple[str, str], Any]) -> Effective:
    for level, _ in scope.levels():
        if (each.key, level) in found and level in each.levels:
            return Effective(each, each.type.read(found[each.key, level], each.key), level)
    return Effective(each, each.default, None)
