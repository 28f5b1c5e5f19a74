"""What staff read about invoices."""

from typing import Any

from tollbook.invoicing.models import Invoice, InvoiceLine


def test_the_list_says_what_is_overdue(busy: Any, portal: Any) -> None:
    see = portal()
    first = Invoice.objects.get(number=1)
    assert first.due_on is not None and first.due_on < busy.now.date()
    assert f"{first.label}" in see.read("/staff/invoices/?state=overdue")
    assert "Invoices are overdue." in see.read("/staff/")
    assert "Nothing matches" in see.read("/staff/invoices/?state=draft")
    assert "Nothing matches" in see.read("/staff/invoices/?state=credit")
    assert "Nothing matches" in see.read("/staff/invoices/?q=nosuch")


def test_an_invoice_with_lines_tax_postings_and_hash(busy: Any, portal: Any) -> None:
    see = portal()
    first = Invoice.objects.get(number=1)
    text = see.read(f"/staff/invoices/{first.public_id}/")
    assert f"Net €{first.net:.2f} Tax €{first.tax:.2f} Total €{first.total:.2f}" in text
    assert first.content_hash in text
    assert "23 % S" in text and "Tax payable S:23" in text
    rows = see.csv(f"/staff/invoices/{first.public_id}/")
    assert len(rows) == 1 + first.lines.count()


def test_a_line_is_explained_down_to_its_events(busy: Any, portal: Any) -> None:
    see = portal()
    line = InvoiceLine.objects.filter(name="Sms").order_by("pk").first()
    assert line is not None
    text = see.read(f"/staff/invoices/lines/{line.public_id}/")
    assert "Check the steps add up to the amount" in text
    assert "1,500 sms" in text
    assert "twice test" in text
    assert "Tax payable" in text


def test_documents_are_downloads(busy: Any, portal: Any) -> None:
    see = portal()
    first = Invoice.objects.get(number=1)
    response = see.staff.get(f"/staff/invoices/{first.public_id}/document.xml")
    assert response.headers["Content-Type"] == "application/xml"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{first.label}.xml"'
    assert response.content.startswith(b"<?xml")
    for wrong in ("document.exe", "document.", "document.pdf/"):
        assert see.staff.get(f"/staff/invoices/{first.public_id}/{wrong}").status_code == 404
    assert see.owner.get(f"/staff/invoices/{first.public_id}/document.xml").status_code == 404
