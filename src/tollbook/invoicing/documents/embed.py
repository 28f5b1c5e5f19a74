"""The e-invoice inside the PDF: one file for people and machines (Factur-X 1.0, ZUGFeRD 2).

Written as an incremental update (ISO 32000-1, 7.5.6): the bytes of the PDF stay as they are, and the
attachment, the widened metadata and the new catalog follow. factur-x can do this too, but rewrites the whole
file, which takes longer than making it, and stamps it with the time of day.
"""

from __future__ import annotations

import hashlib
import re
import zlib

FILENAME = "factur-x.xml"
NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_TRAILER = re.compile(rb"trailer\s*<<(.*?)>>\s*startxref\s+(\d+)\s+%%EOF\s*\Z", re.DOTALL)
_TABLE = re.compile(rb"xref\s+0 (\d+)\s+")
_SIZE = re.compile(rb"/Size (\d+)")
_ROOT = re.compile(rb"/Root (\d+) 0 R")
_INFO = re.compile(rb"/Info \d+ 0 R")
_METADATA = re.compile(rb"/Metadata (\d+) 0 R")
_MADE = re.compile(rb"/CreationDate\((D:\d{14}Z)\)")
_BAG = "<pdfaExtension:schemas><rdf:Bag>"
_END = "</rdf:RDF>"

_PROPERTIES = (
    ("DocumentFileName", "The name of the embedded XML document", FILENAME),
    ("DocumentType", "The type of the hybrid document in capital letters", "INVOICE"),
    ("Version", "The version of the standard that the embedded XML document follows", "1.0"),
    ("ConformanceLevel", "The conformance level of the embedded XML document", "EN 16931"),
)


def embed(pdf: bytes, xml: bytes) -> bytes:
    """`pdf` (from `render_pdf`) with `xml` (from `render_xml`) attached; the same input gives the same bytes.

    ValueError when `pdf` is not laid out as typst writes it, or has attachments or names already.
    """
    trailer = _match(_TRAILER.search(pdf), "trailer")
    head, previous = trailer.group(1), int(trailer.group(2))
    size = int(_match(_SIZE.search(head), "/Size").group(1))
    root = int(_match(_ROOT.search(head), "/Root").group(1))
    info = _match(_INFO.search(head), "/Info").group()
    catalog = _object(pdf, previous, root)
    if b"/Names" in catalog or b"/AF" in catalog:
        raise ValueError("the PDF has names or attachments already")
    metadata = int(_match(_METADATA.search(catalog), "/Metadata").group(1))
    file, spec = size, size + 1
    made = _match(_MADE.search(pdf), "/CreationDate").group(1)
    objects = {
        file: _attachment(xml, made),
        spec: _specification(file),
        metadata: _metadata(_object(pdf, previous, metadata)),
        root: _catalog(catalog, spec),
    }
    kept = b"/Root %d 0 R%s" % (root, info)
    digest = hashlib.sha256(pdf + xml).hexdigest()[:32].encode()
    return _appended(pdf, objects, previous, b"<</Size %d%s/ID[<%s><%s>]" % (size + 2, kept, digest, digest))


def _match(found: re.Match[bytes] | None, what: str) -> re.Match[bytes]:
    if found is None:
        raise ValueError(f"the PDF has no {what} where typst writes it")
    return found


def _object(pdf: bytes, table: int, number: int) -> bytes:
    """The body of an object of the one classic cross-reference table at offset `table`."""
    entries = _match(_TABLE.match(pdf, table), "cross-reference table")
    if number >= int(entries.group(1)):
        raise ValueError("the PDF has been updated since typst wrote it")
    place = entries.end() + 20 * number
    offset = int(pdf[place : place + 10])
    opening = b"%d 0 obj\n" % number
    if not pdf.startswith(opening, offset):
        raise ValueError(f"the PDF has no object {number} where its table says")
    return pdf[offset + len(opening) : pdf.index(b"\nendobj", offset)]


def _attachment(xml: bytes, made: bytes) -> bytes:
    checksum = hashlib.md5(xml, usedforsecurity=False).hexdigest().encode()
    packed = zlib.compress(xml, 9)
    head = b"<</Type/EmbeddedFile/Subtype/text#2Fxml/Filter/FlateDecode/Length %d" % len(packed)
    facts = b"/Params<</Size %d/ModDate(%s)/CheckSum<%s>>>>>" % (len(xml), made, checksum)
    return head + facts + b"\nstream\n" + packed + b"\nendstream"


def _specification(file: int) -> bytes:
    name = FILENAME.encode()
    head = b"<</Type/Filespec/F(%s)/UF(%s)/Desc(Invoice as structured data, EN 16931)/AFRelationship/Alternative"
    return head % (name, name) + b"/EF<</F %d 0 R/UF %d 0 R>>>>" % (file, file)


def _catalog(catalog: bytes, spec: int) -> bytes:
    names = b"/AF[%d 0 R]/Names<</EmbeddedFiles<</Names[(%s)%d 0 R]>>>>>>" % (spec, FILENAME.encode(), spec)
    return catalog.rstrip().removesuffix(b">>") + names


def _metadata(stream: bytes) -> bytes:
    """The XMP with the Factur-X properties and the schema that PDF/A wants for unknown properties."""
    text = stream.partition(b"stream\n")[2].rpartition(b"\nendstream")[0].decode()
    if text.count(_BAG) != 1 or text.count(_END) != 1:
        raise ValueError("the PDF has no XMP metadata as typst writes it")
    text = text.replace(_BAG, _BAG + _schema()).replace(_END, _values() + _END)
    body = text.encode()
    return b"<</Type/Metadata/Subtype/XML/Length %d>>\nstream\n" % len(body) + body + b"\nendstream"


def _schema() -> str:
    properties = "".join(
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{meaning}</pdfaProperty:description></rdf:li>"
        for name, meaning, _ in _PROPERTIES
    )
    return (
        '<rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{NAMESPACE}</pdfaSchema:namespaceURI>"
        "<pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )


def _values() -> str:
    values = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, _, value in _PROPERTIES)
    return f'<rdf:Description rdf:about="" xmlns:fx="{NAMESPACE}">{values}</rdf:Description>'


def _appended(pdf: bytes, objects: dict[int, bytes], previous: int, trailer: bytes) -> bytes:
    out = bytearray(pdf if pdf.endswith(b"\n") else pdf + b"\n")
    rows = [b"0 1\n0000000000 65535 f\r\n"]
    for number in sorted(objects):
        rows.append(b"%d 1\n%010d 00000 n\r\n" % (number, len(out)))
        out += b"%d 0 obj\n" % number + objects[number] + b"\nendobj\n"
    start = len(out)
    out += (
        b"xref\n"
        + b"".join(rows)
        + b"trailer\n"
        + trailer
        + b"/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (previous, start)
    )
    return bytes(out)
