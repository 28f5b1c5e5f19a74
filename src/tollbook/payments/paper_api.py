"""Receipts and proformas over the API. Served by `api`."""

from datetime import date
from typing import Annotated, Any

from django.http import HttpResponse
from pydantic import BaseModel, Field

from tollbook.api.fields import Body, MoneyOut, code, example, money
from tollbook.api.once import effect_key
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.customers.reach import chosen, own
from tollbook.invoicing.documents import einvoice, pdf
from tollbook.invoicing.documents.stored import from_json
from tollbook.payments import actions, queries, receipts
from tollbook.payments.applying import By
from tollbook.payments.models import Proforma
from tollbook.payments.portal_papers import document_response

routes = Routes("Payments")
_MONEY = {"amount": "123.00", "currency": "EUR"}
_PROFORMA = {
    "id": "pfm_aaaaaaaaaaaaaaaaaaaaaaaa",
    "customer": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
    "number": "ACME-PF-2026-000042",
    "state": "open",
    "issued_on": "2026-06-01",
    "due_on": "2026-06-15",
    "net": {"amount": "100.00", "currency": "EUR"},
    "tax": {"amount": "23.00", "currency": "EUR"},
    "total": _MONEY,
    "top_up": None,
    "invoice": None,
    "content_hash": "9f2c5f1f4d0f0a86b0d1b4d44a8e3b6f0f0c0c6b7e3f5a0f7a3a5d2c1b0e9d8c",
}


class ProformaOut(BaseModel):
    """What is asked for before it is invoiced; no tax document."""

    model_config = example(_PROFORMA)
    id: str = Field(description="Its id.")
    customer: str = Field(description="Who is asked.")
    number: str = Field(description="The number on the document.")
    state: str = Field(description="open, paid or withdrawn.")
    issued_on: date = Field(description="Day of issue, in the brand's zone.")
    due_on: date = Field(description="Day by which it is to be paid.")
    net: MoneyOut = Field(description="Sum of the lines.")
    tax: MoneyOut = Field(description="Sum of the taxes.")
    total: MoneyOut = Field(description="net + tax.")
    top_up: str | None = Field(description="The top-up that a wallet asks for; null: charges.")
    invoice: str | None = Field(description="The invoice that it became.")
    content_hash: str = Field(description="SHA-256 of the frozen content.")


class PayProformaIn(Body):
    """A payment of a proforma."""

    model_config = example({"gateway": "test"})
    gateway: Annotated[str, code(40)] = Field(description="Through which gateway.")


class ProformaPaymentOut(BaseModel):
    """A payment that was begun."""

    model_config = example({"payment": "pay_aaaaaaaaaaaaaaaaaaaaaaaa", "state": "started"})
    payment: str = Field(description="Its id: read the payment for `redirect`, where the payer goes on.")
    state: str = Field(description="Its state.")


def _out(found: Proforma) -> ProformaOut:
    return ProformaOut(
        id=found.public_id,
        customer=found.customer.public_id,
        number=found.label,
        state=found.state,
        issued_on=found.issued_on,
        due_on=found.due_on,
        net=money(found.net, found.currency),
        tax=money(found.tax, found.currency),
        total=money(found.total, found.currency),
        top_up=found.request or None,
        invoice=found.invoice.public_id if found.invoice else None,
        content_hash=found.content_hash,
    )


def file_answer(content_type: str) -> dict[str, Any]:
    content = {content_type: {"schema": {"type": "string", "format": "binary"}}}
    return {"responses": {200: {"description": "The document.", "content": content}}}


@routes.reads("/proformas", "payments:read", answer=Page[ProformaOut])
def list_proformas(
    request: ApiRequest, customer: str = "", cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[ProformaOut]:
    """Proformas, the latest first; of one customer, if named."""
    whose = chosen(request, customer)
    rows = Proforma.objects.select_related("customer", "invoice").defer("content")
    rows = rows.filter(customer=whose) if whose else rows
    return page(rows, Order(descending=True), cursor, limit, _out)


@routes.reads("/proformas/{proforma_id}", "payments:read", answer=ProformaOut)
def get_proforma(request: ApiRequest, proforma_id: str) -> ProformaOut:
    """A proforma."""
    return _out(queries.proforma_by_public_id(proforma_id, own(request)))


@routes.reads(
    "/proformas/{proforma_id}/pdf", "payments:read", answer=None, openapi_extra=file_answer("application/pdf")
)
def get_proforma_pdf(request: ApiRequest, proforma_id: str) -> HttpResponse:
    """The proforma as PDF."""
    found = queries.proforma_by_public_id(proforma_id, own(request))
    return document_response(found.label, pdf.render_pdf(from_json(found.content)), "pdf")


@routes.reads(
    "/proformas/{proforma_id}/xml", "payments:read", answer=None, openapi_extra=file_answer("application/xml")
)
def get_proforma_xml(request: ApiRequest, proforma_id: str) -> HttpResponse:
    """The proforma as EN 16931 XML of type 325; refused with what it lacks where it cannot be one."""
    found = queries.proforma_by_public_id(proforma_id, own(request))
    return document_response(found.label, einvoice.render_xml(from_json(found.content)), "xml")


@routes.adds("/proformas/{proforma_id}/payments", "payments:write", answer=ProformaPaymentOut)
def pay_a_proforma(request: ApiRequest, proforma_id: str, pay_in: PayProformaIn) -> ProformaPaymentOut:
    """Begin to pay a proforma, of exactly what it asks for, once for each Idempotency-Key.

    Refused with `portal_payment_off`, `proforma_not_open`, `gateway_not_offered`, `gateway_by_hand`.
    """
    queries.check_portal_payment(own(request))
    found = queries.proforma_by_public_id(proforma_id, own(request))
    by, key = By(request.principal.actor, "api"), effect_key(request)
    made = actions.pay_proforma(found.customer, proforma_id, pay_in.gateway, key=key, by=by)
    return ProformaPaymentOut(payment=made.public_id, state=made.state)


@routes.reads(
    "/payments/{payment_id}/receipt", "payments:read", answer=None, openapi_extra=file_answer("application/pdf")
)
def get_receipt(request: ApiRequest, payment_id: str) -> HttpResponse:
    """The receipt of a payment that came, as PDF. Refused with `payment_not_paid`."""
    payment = queries.by_public_id(payment_id, own(request))
    found = receipts.issue(payment.public_id)
    return document_response(found.label, pdf.render_pdf(from_json(found.content)), "pdf")
