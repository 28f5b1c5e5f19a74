"""A content as PDF/A-3b, by typst. Text of users is data for the template, never part of its source.

The template and the fonts are loaded once for each thread. The same content gives the same bytes.
"""

from __future__ import annotations

import json
import threading
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

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
    return rendered(TEMPLATE, view(content), content.issued_on)


def rendered(template: Path, strings: dict[str, Any], on: date) -> bytes:
    """What a template of this folder makes of its strings, stamped with the day `on`; always the same bytes."""
    made_at = datetime.combine(on, time(), tzinfo=UTC)
    data = json.dumps(strings, ensure_ascii=False)
    pdf = _compiler(template).compile(
        sys_inputs={"document": data}, format="pdf", pdf_standards="a-3b", timestamp=made_at
    )
    if not isinstance(pdf, bytes):
        raise TypeError(f"typst gave {type(pdf).__name__} instead of one PDF")
    return pdf


def _compiler(template: Path) -> typst.Compiler:
    # A compiler holds the inputs of its last run, so threads must not share one.
    compiler: typst.Compiler | None = getattr(_local, template.stem, None)
    if compiler is None:
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])
        compiler = typst.Compiler(str(template), root=str(template.parent), font_paths=fonts, ignore_system_fonts=True)
        setattr(_local, template.stem, compiler)
    return compiler
