"""PDF and e-invoice of an issued invoice: made once from the frozen content, then kept."""

import hashlib

from tollbook.base import clock
from tollbook.base.tasks import action
from tollbook.invoicing.documents import einvoice, embed, pdf, required
from tollbook.invoicing.documents.content import Content
from tollbook.invoicing.models import Document, Invoice
from tollbook.invoicing.queries import content_of


@action
def document(invoice: Invoice, format: str) -> Document:
    """The invoice's PDF (with the e-invoice embedded) or XML, made if it was never made before.

    A document that EN 16931 has no place for (see `no_einvoice`) is a PDF without e-invoice, and its XML is refused
    with Invalid, which says why. Invalid too where the e-invoice lacks data.
    """
    kept = invoice.documents.filter(format=format).first()
    if kept is not None:
        return kept
    content = content_of(invoice)
    if format == Document.Format.PDF and required.never(content):
        body = pdf.render_pdf(content)
    else:
        xml = einvoice.render_xml(content)
        body = xml if format == Document.Format.XML else embed.embed(pdf.render_pdf(content), xml)
    made, _ = Document.objects.get_or_create(
        invoice=invoice,
        format=format,
        defaults={"body": body, "sha256": hashlib.sha256(body).hexdigest(), "created_at": clock.now()},
    )
    return made


def no_einvoice(content: Content) -> str:
    """Why this document can never be an EN 16931 e-invoice, in a sentence; empty where it can."""
    return "; ".join(problem.reason for problem in required.never(content))
