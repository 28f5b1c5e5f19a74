"""Meters declared in code reach the table, and never change what events were counted by."""

import pytest

from tollbook.kernel.errors import Refused
from tollbook.metering.models import Aggregation, Meter
from tollbook.metering.sync import DeclaredMeter, sync_meters
from tollbook.site.tests.world import World

LAMPS = DeclaredMeter("lamps.hour", "Lamp hours", "hour", dimensions=("street",))


def test_made_renamed_and_left_alone(world: World) -> None:
    assert sync_meters([LAMPS]) == ["lamps.hour"]
    made = Meter.objects.get()
    assert (made.name, made.unit, made.aggregation, made.dimensions) == ("Lamp hours", "hour", "sum", ["street"])
    assert sync_meters([LAMPS]) == []
    assert sync_meters([DeclaredMeter("lamps.hour", "Hours", "hour", dimensions=("street",))]) == ["lamps.hour"]
    assert (Meter.objects.get().name, Meter.objects.get().pk) == ("Hours", made.pk)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        (DeclaredMeter("lamps.hour", "Lamp hours", "minute", dimensions=("street",)), "unit"),
        (DeclaredMeter("lamps.hour", "Lamp hours", "hour", Aggregation.MAX, ("street",)), "aggregation"),
        (DeclaredMeter("lamps.hour", "Lamp hours", "hour"), "dimensions"),
        (
            DeclaredMeter("lamps.hour", "Lamp hours", "hour", dimensions=("street",), allow_negative=True),
            "allow_negative",
        ),
    ],
)
def test_what_counts_never_changes(world: World, changed: DeclaredMeter, field: str) -> None:
    sync_meters([LAMPS])
    before = Meter.objects.values().get()
    with pytest.raises(Refused) as error:
        sync_meters([DeclaredMeter("other", "Other", "x"), changed])
    assert (error.value.code, error.value.param) == ("meter_changed", field)
    assert Meter.objects.values().get() == before
