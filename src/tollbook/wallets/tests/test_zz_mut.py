import pytest
from tollbook.wallets import actions, rules
from tollbook.wallets.models import Wallet
from tollbook.wallets.tests.test_wallet import *
from tollbook.wallets.tests import test_wallet as tw
from tollbook.wallets.tests import test_machine as tm

@pytest.mark.broken_books
@pytest.mark.django_db(transaction=True)
def test_nolock(world, at_once, monkeypatch):
    monkeypatch.setattr(actions, "locked", lambda i: Wallet.objects.select_related("customer").get(pk=i))
    tw.test_fifty_threads_draw_exactly_what_the_wallet_affords(world, at_once, "0")

@pytest.mark.broken_books
def test_oldburn(world, monkeypatch):
    def burn(credits, amount, at):
        return rules.burn([c for c in credits if c.expires_at is None or c.expires_at > at], amount, at)
    monkeypatch.setattr(actions, "burn", burn)
    tm.test_no_order_of_things_breaks_a_wallet(world)
