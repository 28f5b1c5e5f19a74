"""The proforma of an order: the estimate as a document, as long as it is to be paid first and is not."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from tollbook.api.tests.conftest import customer_key, staff_key
from tollbook.identity.models import StaffRole
from tollbook.invoicing.documents.stored import from_json
from tollbook.invoicing.models import Invoice
from tollbook.kernel.money import Money
from tollbook.orders import actions, drafting
from tollbook.orders.models import Order
from tollbook.orders.papers import offers_paper, paper_of
from tollbook.orders.tests.conftest import OLGA, Shopper
from tollbook.payments.actions import receive
from tollbook.payments.models import Proforma

Make = Callable[..., Shopper]


def test_it_says_what_the_estimate_and_then_the_invoice_say(shop: Make) -> None:
    acme = shop()
    order = acme.drafts({"server": 2})
    told = paper_of(order)
    assert (told.kind, told.number, told.net, told.tax, told.total, str(told.due_on)) == (
        "proforma", order.public_id, 262, Decimal("60.26"), Decimal("322.26"), "2026-05-15",
    )  # fmt: skip
    assert told.payment and told.payment.reference == order.public_id
    # It books nothing, and no number is used up.
    assert not Invoice.objects.exists() and not Proforma.objects.exists()
    order = actions.place(order.public_id, by=OLGA)
    invoice = acme.again(order).invoice
    assert invoice
    said, invoiced = paper_of(acme.again(order)), from_json(invoice.content)
    assert [(line.name, line.net) for line in said.lines] == [(line.name, line.net) for line in invoiced.lines]
    assert (said.taxes, said.total) == (invoiced.taxes, invoiced.total)
    with pytest.raises(IntegrityError, match="orders_order_promised"), transaction.atomic():
        Order.objects.update(paper="")


def test_it_follows_the_estimate(shop: Make) -> None:
    acme = shop()
    order = acme.drafts()
    acme.world.on("2026-05-20")
    assert paper_of(acme.again(order)).net == 131
    drafting.estimate_again(order.public_id, by=OLGA)
    assert (paper_of(acme.again(order)).net, str(paper_of(acme.again(order)).issued_on)) == (112, "2026-05-20")


def test_there_is_none_where_nothing_is_to_be_paid_first(shop: Make) -> None:
    acme = shop()
    assert not offers_paper(acme.drafts({"support": 1}))  # nothing is due at once
    paid = acme.places()
    acme.pays(acme.again(paid).invoice)
    assert not offers_paper(acme.again(paid))
    gone = acme.drafts()
    actions.cancel(gone.public_id, reason="no", by=OLGA)
    assert not offers_paper(acme.again(gone))
    bolt = shop("bolt", payment="on_account")
    assert not offers_paper(bolt.drafts())


def test_who_pays_by_it_before_ordering_has_paid_the_order(shop: Make) -> None:
    acme = shop()
    order = acme.drafts()
    receive(acme.party.row, Money(paper_of(order).total, "EUR"), "manual", "bank-1")
    actions.place(order.public_id, by=OLGA)
    acme.goes_on()
    assert acme.became(order) == ("done", ["active"], ["active"])
    assert acme.again(order).pay_by is None


def test_portal_staff_and_api(shop: Make, portal: Any) -> None:
    acme, bolt = shop(), shop("bolt")
    order = acme.drafts()
    see, path = portal(acme.party.row), f"orders/{order.public_id}/proforma"
    assert "Proforma (PDF)" in see.owner.get(f"/portal/orders/{order.public_id}/").content.decode()
    assert "Download proforma" in see.read(f"/staff/orders/{order.public_id}/")
    mine, clerk = customer_key(acme.party.row.pk), staff_key(StaffRole.BILLING)
    for file in (see.owner.get(f"/portal/{path}.pdf"), see.staff.get(f"/staff/{path}.pdf"), mine.get(f"/{path}"),
                 clerk.get(f"/{path}")):  # fmt: skip
        assert (file.status_code, file.content[:4], file["Content-Type"]) == (200, b"%PDF", "application/pdf")
    other = customer_key(bolt.party.row.pk)
    assert other.get(f"/{path}").json()["code"] == "order_not_found"
    actions.cancel(order.public_id, reason="no", by=OLGA)
    assert [see.owner.get(f"/portal/{path}.pdf").status_code, see.staff.get(f"/staff/{path}.pdf").status_code] == [
        404, 404,
    ]  # fmt: skip
    assert mine.get(f"/{path}").json()["code"] == "no_proforma"
    assert "Proforma (PDF)" not in see.owner.get(f"/portal/orders/{order.public_id}/").content.decode()
