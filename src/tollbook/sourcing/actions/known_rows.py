"""Which rows of a bill are new: a row is known by its supplier and id, and must not come back changed."""

import hashlib
from collections.abc import Sequence

from tollbook.kernel.errors import Invalid, Problem, shown
from tollbook.sourcing.connectors.focus import FocusRow
from tollbook.sourcing.models import ImportedRow, Supplier
from tollbook.sourcing.rules import Verdict


def digest_of(row: FocusRow) -> bytes:
    """128 bits over everything in the row that decides what is billed to whom."""
    body = (
        row.account_id,
        row.account_name,
        row.sku,
        row.category,
        row.unit,
        row.quantity,
        row.unit_cost,
        row.at,
    )
    return hashlib.blake2b(repr((*body, row.resource)).encode(), digest_size=16).digest()


def fresh_rows(
    suppliers: dict[str, Supplier], rows: Sequence[FocusRow], verdicts: dict[str, Verdict]
) -> list[FocusRow]:
    """The rows that were never imported; Invalid when a row id comes again with another content."""
    known: dict[tuple[int, str], bytes] = {}
    for supplier in suppliers.values():
        kept = ImportedRow.objects.filter(supplier=supplier, row_id__in=list(verdicts))
        known.update({(supplier.pk, i): bytes(d) for i, d in kept.values_list("row_id", "digest")})
    fresh, changed = [], []
    for row in rows:
        digest = known.get((suppliers[row.provider].pk, row.id))
        if digest is None:
            fresh.append(row)
        elif digest != digest_of(row):
            reason = "this row was imported before with another content; send a correction row with an id of its own"
            changed.append(Problem(row.row, "Id", shown(row.id), "row_changed", reason))
    if changed:
        raise Invalid(changed)
    return fresh
