"""Corrections of amounts already written."""

from typing import Any

from tollbook.rating.corrections import Style, correction
from tollbook.site.conformance.given import Given
from tollbook.site.conformance.kinds import kind


@kind("correction.rows")
def rows(given: Given) -> dict[str, Any]:
    found = correction(given.decimal("original"), given.decimal("corrected"), given.choice("style", Style))
    return {"rows": found.rows, "net": found.net}
