"""Reading a file of cases: one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tollbook.kernel.errors import NotFound, Refused, shown

LONGEST_LINE = 1_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """A case as it stands in the file, at line `row`; `fault` says why it is none, where it is none."""

    row: int
    id: str
    kind: str
    input: dict[str, Any]
    expected: dict[str, Any]
    fault: str = ""


def read(path: Path) -> list[Case]:
    """All cases of a file, blank lines aside.

    NotFound "file_not_found"; Refused "not_text" and "not_json", which name the line. A number with a point is read as
    an exact decimal, never as a binary fraction.
    """
    try:
        return [_case(row, line) for row, line in _lines(path)]
    except OSError as error:
        raise NotFound("file_not_found", f"{path}: {error.strerror}", param="file") from None
    except UnicodeDecodeError:
        raise Refused("not_text", f"{path} is not UTF-8 text", param="file") from None


def _lines(path: Path) -> Iterator[tuple[int, Any]]:
    with path.open(encoding="utf-8-sig") as file:
        for row, line in enumerate(file, 1):
            if not line.strip():
                continue
            if len(line) > LONGEST_LINE:
                reason = f"longer than {LONGEST_LINE} characters"
            else:
                try:
                    yield row, json.loads(line, parse_float=Decimal, parse_constant=_no_number)
                    continue
                except RecursionError:
                    reason = "too deeply nested"
                except ValueError as error:
                    reason = str(error)
            raise Refused("not_json", f"{path}, line {row} is not JSON: {reason}", param="file", line=row)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not a number of JSON")


def _case(row: int, found: Any) -> Case:
    if not isinstance(found, dict):
        return Case(row, f"line {row}", "(no kind)", {}, {}, f"a case is an object, not {shown(found)}")
    name = found.get("id") if isinstance(found.get("id"), str) else f"line {row}"
    kind = found.get("kind") if isinstance(found.get("kind"), str) else "(no kind)"
    faults = [field for field in ("id", "kind") if not isinstance(found.get(field), str)]
    faults += [field for field in ("input", "expected") if not isinstance(found.get(field), dict)]
    if faults:
        return Case(row, str(name), str(kind), {}, {}, f"the case lacks a proper {faults[0]}")
    return Case(row, str(name), str(kind), found["input"], found["expected"])
