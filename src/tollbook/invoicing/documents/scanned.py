"""The code by which banking apps fill in a transfer."""

from __future__ import annotations

import io
from decimal import Decimal

import segno

from tollbook.invoicing.documents.content import Content
from tollbook.kernel.money import round_to

#: Kinds that ask for money.
DEMANDS = ("invoice", "debit_note")
MASK = 2
"""Each of the eight masks can be read; trying all of them takes a third of the time of a page."""
MOST = Decimal("999999999.99")


def transfer(content: Content) -> str:
    """The bank transfer as banking apps scan it (EPC069-12, version 002); empty where that has no place."""
    info = content.payment
    if info is None or not info.iban or content.kind not in DEMANDS or content.currency != "EUR":
        return ""
    if not 0 < content.payable <= MOST:
        return ""
    name = " ".join((info.account_name or content.seller.name).split())[:70]
    reference = " ".join((info.reference or content.number).split())[:140]
    iban = "".join(info.iban.split())
    amount = f"EUR{round_to(content.payable, 2):f}"
    return "\n".join(["BCD", "002", "1", "SCT", info.bic, name, iban, amount, "", "", reference])


def svg(scanned: str) -> str:
    """A text as a QR code."""
    code = segno.make(scanned, error="m", encoding="utf-8", mask=MASK, micro=False, boost_error=False)
    out = io.BytesIO()
    code.save(out, kind="svg", border=0, xmldecl=False, svgclass=None, lineclass=None)
    return out.getvalue().decode()
