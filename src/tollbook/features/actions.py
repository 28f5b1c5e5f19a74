"""Setting features."""

from datetime import datetime
from typing import Any

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.features.models import FeatureValue
from tollbook.features.registry import Level, check_level, feature
from tollbook.identity.audit import SYSTEM, record
from tollbook.kernel.errors import Refused


@action
def set_value(
    key: str,
    value: Any,
    *,
    level: Level = Level.INSTALLATION,
    scope_id: str = "",
    valid_from: datetime | None = None,
    actor: str = SYSTEM,
    door: str = SYSTEM,
    customer_id: int | None = None,
) -> FeatureValue:
    """Set the feature to JSON data `value` for a level (with the public id of its brand, group or customer) from
    `valid_from` (now, if not given) on; None takes the setting back: the level above counts again.

    History stays: a value that was in force is never changed. Raises NotFound "feature_not_found", Refused
    "feature_level_wrong", "scope_id_wrong", "in_the_past", or what `FeatureType.read` says of the value. The caller
    checks that `scope_id` exists. `customer_id` is the row id of the customer concerned, for the audit trail.
    """
    known = feature(key)
    check_level(known, level)
    if bool(scope_id) == (level is Level.INSTALLATION):
        right = "leave it out" if scope_id else f"give the id of the {level}"
        raise Refused("scope_id_wrong", f"scope_id {scope_id!r}: {right}", param="scope_id")
    now = clock.now()
    if valid_from is not None and valid_from < now:
        message = f"valid_from {valid_from.isoformat()}: what was in force until now ({now.isoformat()}) stays"
        raise Refused("in_the_past", message, param="valid_from")
    stored = None if value is None else known.type.write(known.type.read(value, key))
    row = FeatureValue.objects.create(
        key=key, scope=level, scope_id=scope_id, value=stored, valid_from=valid_from or now, set_by=actor[:200]
    )
    detail = {"value": stored, "level": level, "scope_id": scope_id, "valid_from": row.valid_from.isoformat()}
    record("feature.set", key, actor=actor, door=door, customer_id=customer_id, detail=detail, at=now)
    return row
