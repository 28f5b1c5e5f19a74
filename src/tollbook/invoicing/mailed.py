"""What is attached to mails about invoices and credit notes: their PDF."""

from tollbook.invoicing.models import Document, Invoice
from tollbook.invoicing.rendering import document


def pdf(public_id: str) -> list[tuple[str, str, bytes]]:
    """The document as a PDF: (file name, content type, content)."""
    invoice = Invoice.objects.get(public_id=public_id)
    return [(f"{invoice.label}.pdf", "application/pdf", bytes(document(invoice, Document.Format.PDF).body))]


ATTACHMENTS = {"invoice.issued": pdf, "credit_note.issued": pdf}
