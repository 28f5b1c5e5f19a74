"""Setting features."""

from datetime import datetime
from typing import Any

from django.db import connection

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.features.checks import clashes, refuse
from tollbook.features.models import FeatureValue
from tollbook.features.queries import before, latest
from tollbook.features.registry import Level, check_level, feature
from tollbook.identity.audit import SYSTEM, record
from tollbook.kernel.errors import NotFound, Refused


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
    "feature_level_wrong", "scope_id_wrong", "in_the_past", "settings_contradict" (see `checks`), or what
    `FeatureType.read` says of the value. The caller checks that `scope_id` exists. `customer_id` is the
    row id of the customer concerned, for the audit trail.
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
    typed = None if value is None else known.type.read(value, key)
    stored = None if value is None else known.type.write(typed)
    # Of two changes that contradict each other, the second one must see the first.
    _one_at_a_time()
    refuse(clashes(key, typed, level, scope_id, valid_from or now))
    row = FeatureValue.objects.create(
        key=key, scope=level, scope_id=scope_id, value=stored, valid_from=valid_from or now, set_by=actor[:200]
    )
    detail = {"value": stored, "level": level, "scope_id": scope_id, "valid_from": row.valid_from.isoformat()}
    record("feature.set", key, actor=actor, door=door, customer_id=customer_id, detail=detail, at=now)
    return row


def _one_at_a_time() -> None:
    """Hold off every other change of a setting until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tollbook.features.change'))")


@action
def undo(row_id: int, *, actor: str = SYSTEM, door: str = SYSTEM, customer_id: int | None = None) -> FeatureValue:
    """Let what counted before the change with that row id count again, from now on (from when the change was to begin,
    if that is still to come); as a change of its own, which can be undone too.

    Raises NotFound "change_not_found", Refused "not_the_latest" when the setting was changed there since, and whatever
    `set_value` refuses.
    """
    row = FeatureValue.objects.filter(pk=row_id).first()
    if row is None:
        raise NotFound("change_not_found", f"there is no change {row_id} of a setting", param="change")
    _one_at_a_time()
    last = latest(row)
    if last.pk != row.pk:
        message = f"change {row_id}: {row.key} was set there again (change {last.pk}); undo that one first"
        raise Refused("not_the_latest", message, param="change")
    earlier = before(row)
    return set_value(
        row.key,
        earlier.value if earlier else None,
        level=Level(row.scope),
        scope_id=row.scope_id,
        valid_from=row.valid_from if row.valid_from > clock.now() else None,
        actor=actor,
        door=door,
        customer_id=customer_id,
    )
