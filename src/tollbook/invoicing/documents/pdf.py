"""A content as PDF/A-3b, by typst. Text of users is data for the template, never part of its source.

The template and the fonts are loaded once for each thread. The same content gives the same bytes.
"""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, time
from pathlib import Path

import typst

from tollbook.invoicing.documents.content import Content
from tollbook.invoicing.documents.glyphs import FONTS
from tollbook.invoicing.documents.view import view

TEMPLATE = Path(__file__).parent / "invoice.typ"
_local = threading.local()


def render_pdf(content: Content) -> bytes:
    """The document as PDF/A-3b (checked by typst, not by an independent validator), tagged, fonts embedded.

    Never fails for what a text says: see `glyphs` for characters that no font has.
    """
    made_at = datetime.combine(content.issued_on, time(), tzinfo=UTC)
    data = json.dumps(view(content), ensure_ascii=False)
    pdf = _compiler().compile(sys_inputs={"document": data}, format="pdf", pdf_standards="a-3b", timestamp=made_at)
    if not isinstance(pdf, bytes):
        raise TypeError(f"typst gave {type(pdf).__name__} instead of one PDF")
    return pdf


def _compiler() -> typst.Compiler:
    # A compiler holds the inputs of its last run, so threads must not share one.
    compiler: typst.Compiler | None = getattr(_local, "compiler", None)
    if compiler is None:
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
        compiler = typst.Compiler(str(TEMPLATE), root=str(TEMPLATE.parent), font_paths=fonts, ignore_system_fonts=True)
        _local.compiler = compiler
    return compiler
