"""Features: typed settings that rooms declare in code and staff set per installation, brand, group or customer.

A room's `settings.py` lists them:

FEATURES = [Feature("portal.show_wallet", yes_no(), default=True, title="Show the wallet", help="...")]
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from tollbook.base import discovery
from tollbook.features.types import FeatureType, amount_of, choice, exact, pattern, whole, yes_no
from tollbook.kernel.errors import NotFound, Refused, shown

__all__ = [
    "Feature",
    "FeatureType",
    "Level",
    "amount_of",
    "check_level",
    "choice",
    "declared",
    "exact",
    "feature",
    "pattern",
    "whole",
    "yes_no",
]
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39}){1,2}")


class Level(StrEnum):
    """Where a feature can be set; a later one in this list wins over an earlier one."""

    INSTALLATION = "installation"
    BRAND = "brand"
    GROUP = "group"
    CUSTOMER = "customer"


ALL_LEVELS = tuple(Level)


@dataclass(frozen=True, slots=True)
class Feature:
    """A setting: its key ("room.name"), type, default, what people read about it, and where it can be set."""

    key: str
    type: FeatureType
    default: Any
    title: str
    help: str
    levels: tuple[Level, ...] = ALL_LEVELS

    def __post_init__(self) -> None:
        if not _KEY.fullmatch(self.key):
            raise ValueError(f"feature key {self.key!r}: write room.name in small letters")
        if not self.levels:
            raise ValueError(f"feature {self.key}: name at least one level")
        # A default that its own type refuses is a fault of the declaration.
        self.type.read(self.type.write(self.default), self.key)


def collect(lists: Iterable[Iterable[Feature]]) -> dict[str, Feature]:
    """Features by key, in the order of keys; ValueError when two share one."""
    found: dict[str, Feature] = {}
    for features in lists:
        for each in features:
            if each.key in found:
                raise ValueError(f"two features are called {each.key}")
            found[each.key] = each
    return dict(sorted(found.items()))


@lru_cache(maxsize=1)
def declared() -> dict[str, Feature]:
    """Every feature of the installed rooms, verticals and gateways by key."""
    return collect(getattr(module, "FEATURES", ()) for _, module in discovery.modules("settings"))


def feature(key: str) -> Feature:
    """The feature with that key; NotFound "feature_not_found"."""
    found = declared().get(key)
    if found is None:
        raise NotFound("feature_not_found", f"there is no feature {shown(key)}", param="key")
    return found


def check_level(known: Feature, level: Level) -> None:
    """Refused "feature_level_wrong" when the feature cannot be set there."""
    if level not in known.levels:
        right = f"it can be set for: {', '.join(known.levels)}"
        message = f"scope {level}: {known.key} cannot be set there; {right}"
        raise Refused("feature_level_wrong", message, param="scope", levels=list(known.levels))
