"""Stripe behaves as a gateway must, against the stricter fake."""

from tollbook.gateways.stripe.gateway import Stripe
from tollbook.gateways.stripe.models import Account
from tollbook.gateways.stripe.tests.fake import Fake
from tollbook.payments import conformance
from tollbook.payments.conformance import Case, check_all
from tollbook.payments.protocol import Intent, Progress
from tollbook.payments.registry import seller
from tollbook.site.tests.world import World


def test_conformance(world: World, account: Account, fake: Fake) -> None:
    def pay(intent: Intent) -> tuple[str, str]:
        reference = Stripe().start(intent).reference
        fake.pays(reference)
        facts = Stripe().read(intent.key, reference)
        assert facts is not None and facts.progress is Progress.SUCCEEDED
        return intent.key, reference

    case = Case(Stripe, seller(world.brand), "EUR", pay)
    assert check_all(case) == [check.__name__ for check in conformance.CHECKS]
    assert fake.balance("eur") == 1230 * 2 - 230
