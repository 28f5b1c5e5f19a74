"""Finds the price models: every module in `price_models` that defines MODEL."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module

from tollbook.rating import price_models
from tollbook.rating.price_models import PriceModel


@cache
def known_models() -> dict[str, type[PriceModel]]:
    """Models by name, in the order of their files."""
    found: dict[str, type[PriceModel]] = {}
    for module in pkgutil.iter_modules(price_models.__path__, f"{price_models.__name__}."):
        model: type[PriceModel] | None = getattr(import_module(module.name), "MODEL", None)
        if model is None:
            continue
        if model.name in found:
            raise ValueError(f"two price models are called {model.name}")
        found[model.name] = model
    return found
