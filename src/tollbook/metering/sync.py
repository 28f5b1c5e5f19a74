"""Meters that verticals declare in code: `meters.py` lists them in `METERS`, and this writes them into the table."""

from collections.abc import Iterable
from dataclasses import dataclass

from tollbook.base import discovery
from tollbook.base.tasks import action
from tollbook.kernel.errors import Refused
from tollbook.kernel.money import Rounding
from tollbook.metering.models import Aggregation, Meter

FIXED = ("unit", "aggregation", "dimensions", "allow_negative", "carries", "round_to", "round_mode")


@dataclass(frozen=True, slots=True)
class DeclaredMeter:
    """A meter as code declares it: what is counted, in what unit, how, and by which dimensions a reading is split."""

    code: str
    name: str
    unit: str
    aggregation: Aggregation = Aggregation.SUM
    dimensions: tuple[str, ...] = ()
    allow_negative: bool = False
    carries: bool = False
    round_to: int | None = None
    round_mode: Rounding = Rounding.HALF_UP


def declared() -> list[DeclaredMeter]:
    """The meters of all installed apps; RuntimeError when two declare one code."""
    found: dict[str, DeclaredMeter] = {}
    for label, module in discovery.modules("meters"):
        for meter in getattr(module, "METERS", ()):
            if meter.code in found:
                raise RuntimeError(f"{label}: meter {meter.code} is declared twice")
            found[meter.code] = meter
    return [found[code] for code in sorted(found)]


@action
def sync_meters(meters: Iterable[DeclaredMeter] | None = None) -> list[str]:
    """Make the declared meters that are missing, and rename those whose name has changed; returns the codes touched.

    What decides how events are counted never changes under events that came in: Refused "meter_changed" tells to
    declare a meter with a new code.
    """
    touched = []
    for wanted in declared() if meters is None else meters:
        columns = {
            "name": wanted.name,
            "unit": wanted.unit,
            "aggregation": wanted.aggregation,
            "dimensions": list(wanted.dimensions),
            "allow_negative": wanted.allow_negative,
            "carries": wanted.carries,
            "round_to": wanted.round_to,
            "round_mode": wanted.round_mode.value,
        }
        meter, made = Meter.objects.get_or_create(code=wanted.code, defaults=columns)
        changed = [name for name in FIXED if getattr(meter, name) != columns[name]]
        if changed:
            message = f"meter {wanted.code}: {', '.join(changed)} cannot change; declare a meter with a new code"
            raise Refused("meter_changed", message, param=changed[0])
        if not made and meter.name != wanted.name:
            meter.name = wanted.name
            meter.save(update_fields=["name"])
        elif not made:
            continue
        touched.append(wanted.code)
    return touched
