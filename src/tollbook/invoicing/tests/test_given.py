"""What promotions took off stands in the ledger, redemption by redemption, with corrections and credit notes."""

from collections.abc import Callable

import pytest
from django.db.models import Sum

from tollbook.kernel.money import plain
from tollbook.ledger.models import Posting, Transaction
from tollbook.promotions.tests.stories import bought, gets, promise
from tollbook.site.tests.world import World


def given() -> dict[str, str]:
    """The balance of each discount account, by owner; '' is the brand's."""
    rows = Posting.objects.filter(account__kind="discount").values("account__owner").annotate(sum=Sum("amount"))
    return {row["account__owner"]: plain(row["sum"]) for row in rows}


def test_each_document_says_what_each_redemption_took_off(world: World) -> None:
    acme = bought(world)
    promise(world, "SUMMER26", cycles=2)
    promise(world, "NINE", "amount", "9", cycles=1)
    summer, nine = gets(acme, "summer26"), gets(acme, "nine")
    world.on("2026-06-01").close()
    # 20 % of 59, and nine of what that leaves.
    assert given() == {summer.public_id: "11.8", nine.public_id: "9", "": "-20.8"}
    world.on("2026-07-01").close()
    assert given() == {summer.public_id: "21.6", nine.public_id: "9", "": "-30.6"}
    world.on("2026-08-01").close()
    entries = Transaction.objects.filter(kind="promotions").order_by("pk")
    assert [(entry.memo, entry.customer_id) for entry in entries] == [
        ("Promotions on HARBOUR-2026-000001", acme.row.pk),
        ("Promotions on HARBOUR-2026-000002", acme.row.pk),
    ]


def test_corrections_and_credit_notes_book_the_difference(world: World) -> None:
    world.meter("sms", negative=True).plan("cloud", world.metered("sms", "0.10"))
    acme = world.customer("acme").buys("cloud")
    promise(world, "USE", "percent", "50", use=True)
    redeemed = gets(acme, "USE").public_id
    acme.uses("sms", 100, "2026-05-02")
    world.on("2026-06-01").close()
    assert given() == {redeemed: "5", "": "-5"}
    acme.uses("sms", 40, "2026-05-03")
    world.on("2026-07-01").close()
    assert given() == {redeemed: "7", "": "-7"}
    acme.uses("sms", -120, "2026-05-04").ends("cloud", "2026-07-02")
    world.on("2026-08-01").close()
    assert world.credits() == 1
    assert given() == {redeemed: "1", "": "-1"}
    assert [str(entry.memo) for entry in Transaction.objects.filter(kind="promotions").order_by("pk")][2:] == [
        "Promotions on HARBOUR-CN-2026-000001"
    ]


def test_without_promotions_nothing_is_booked(world: World) -> None:
    bought(world)
    world.on("2026-06-01").close()
    assert given() == {}


@pytest.mark.broken_books
def test_what_is_broken_is_reported(world: World, breaking: Callable[..., str]) -> None:
    acme = bought(world)
    promise(world, "SUMMER26")
    gets(acme, "summer26")
    world.on("2026-06-01").close()
    off = "(SELECT id FROM ledger_account WHERE kind = 'discount' AND owner <> '')"
    assert {
        "less": breaking(f"UPDATE ledger_posting SET amount = amount - 1 WHERE account_id = {off}"),
        "nothing": breaking("DELETE FROM ledger_posting WHERE account_id IN "
                            "(SELECT id FROM ledger_account WHERE kind = 'discount')"),
        "of another": breaking(f"UPDATE ledger_account SET owner = 'red_x' WHERE id = {off}"),
    } == {"less": "M1 M2 M22", "nothing": "M1 M22", "of another": "M22"}  # fmt: skip
