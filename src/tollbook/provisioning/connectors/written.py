"""A spec as JSON: text, whole numbers and switches as they are, decimals by their digits."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tollbook.provisioning.connectors.base import Scalar, Spec

_DECIMAL = "decimal"


def stored(spec: Spec) -> dict[str, Any]:
    """The properties of a spec as JSON keeps them."""
    return {name: {_DECIMAL: str(v)} if isinstance(v, Decimal) else v for name, v in sorted(spec.properties.items())}


def spec_from(kind: str, properties: Mapping[str, Any]) -> Spec:
    """The spec that `stored` kept."""
    found: dict[str, Scalar] = {
        name: Decimal(value[_DECIMAL]) if isinstance(value, dict) else value for name, value in properties.items()
    }
    return Spec(kind, found)
