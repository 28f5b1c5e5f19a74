"""A customer whose use is corrected, and the cancelling of one of its events."""

import pytest

from tollbook.metering.corrections import cancel
from tollbook.site.tests.world import Party, World


@pytest.fixture
def acme(world: World) -> Party:
    world.meter("sms").meter("vm", "unique").plan("cloud", world.metered("sms", "0.10"), world.metered("vm", "5"))
    party: Party = world.customer().buys("cloud")
    return party


def gone(party: Party, event_id: str, reason: str = "sent twice") -> bool:
    return cancel(party.row, "test", event_id, reason=reason, door="test", actor="ada")
