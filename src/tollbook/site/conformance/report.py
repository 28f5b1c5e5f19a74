"""The table by kind, the last line, and the same as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from tollbook.site.conformance.running import Result, Status


def summary(results: Sequence[Result]) -> str:
    """'258 passed, 0 failed, 20 unsupported'."""
    counts = Counter(result.status for result in results)
    return ", ".join(f"{counts[status]} {status}" for status in Status)


def table(results: Iterable[Result]) -> str:
    """A row for each kind, by name."""
    rows = [("kind", *map(str, Status)), *((kind, *map(str, counts)) for kind, counts in _by_kind(results))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_row(row, widths) for row in rows)


def _row(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
    return "  ".join(cells)


def _by_kind(results: Iterable[Result]) -> list[tuple[str, list[int]]]:
    found: dict[str, Counter[Status]] = {}
    for result in results:
        found.setdefault(result.case.kind, Counter())[result.status] += 1
    return [(kind, [counts[status] for status in Status]) for kind, counts in sorted(found.items())]


def notes(results: Iterable[Result]) -> list[str]:
    """A line for each case that did not pass."""
    return [
        f"{result.status}: {result.case.id} ({result.case.kind}): {result.reason}"
        for result in results
        if result.status is not Status.PASSED
    ]


def data(results: Sequence[Result]) -> dict[str, Any]:
    """Counts, kinds and every case with its answer."""
    counts = Counter(result.status for result in results)
    kinds = [{"kind": kind, **dict(zip(map(str, Status), n, strict=True))} for kind, n in _by_kind(results)]
    return {
        **{str(status): counts[status] for status in Status},
        "kinds": kinds,
        "cases": [result.data() for result in results],
    }
