"""Features that the code asks for do what they say."""

import pytest

from tollbook.features.actions import set_value
from tollbook.features.registry import Level
from tollbook.site.tests.world import World


@pytest.mark.parametrize("issued", [True, False])
def test_invoices_of_nothing(world: World, issued: bool) -> None:
    world.meter("sms")
    world.plan("cloud", world.metered("sms", "0.50", allowance="10"))
    acme, bolt = world.customer("acme").buys("cloud"), world.customer("bolt").buys("cloud")
    set_value("invoicing.issue_zero", issued, level=Level.CUSTOMER, scope_id=acme.row.public_id)
    for each in (acme, bolt):
        each.uses("sms", 4, "2026-05-03")
    world.on("2026-06-01").close()
    assert (acme.totals, bolt.totals) == (["0"] if issued else [], ["0"])
    acme.uses("sms", 12, "2026-06-03")
    world.on("2026-07-01").close()
    # What waited is on the next invoice: 2 of 12 messages are beyond the allowance, 1.00 and 23 % tax.
    assert acme.totals == (["0", "1.23"] if issued else ["1.23"])
    assert acme.invoices[-1].lines.count() == (1 if issued else 2)
