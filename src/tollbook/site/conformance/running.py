"""Running cases, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tollbook.kernel.errors import TollbookError
from tollbook.site.conformance.cases import Case
from tollbook.site.conformance.comparing import REMARK, agrees, spelled
from tollbook.site.conformance.given import Given, Unsupported
from tollbook.site.conformance.kinds import adapter_of, needs_database


class Status(StrEnum):
    """What became of a case."""

    PASSED = "passed"
    FAILED = "failed"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Result:
    """A case with its answer as JSON (None where there is none) and, unless it passed, the reason."""

    case: Case
    status: Status
    answer: Mapping[str, Any] | None = None
    reason: str = ""

    def data(self) -> dict[str, Any]:
        """As one JSON object."""
        found: dict[str, Any] = {"id": self.case.id, "kind": self.case.kind, "status": str(self.status)}
        found["answer"] = self.answer
        return {**found, "reason": self.reason} if self.reason else found


def run(cases: Iterable[Case], open_database: Callable[[], None]) -> Iterator[Result]:
    """Run each case; `open_database` is called before the first one that moves real rows, and only then."""
    opened = False
    for case in cases:
        if not opened and needs_database(case.kind):
            open_database()
            opened = True
        yield run_case(case)


def run_case(case: Case) -> Result:
    """The result of one case. What the product refuses is unsupported, with the refusal as the reason."""
    if case.fault:
        return Result(case, Status.UNSUPPORTED, reason=case.fault)
    given = Given(case.input)
    try:
        answer = adapter_of(case.kind)(given)
        given.close()
    except Unsupported as error:
        return Result(case, Status.UNSUPPORTED, reason=str(error))
    except TollbookError as error:
        return Result(case, Status.UNSUPPORTED, reason=f"refused ({error.code}): {error.message}")
    except ArithmeticError as error:
        return Result(case, Status.UNSUPPORTED, reason=f"cannot be calculated: {type(error).__name__}")
    return _compared(case, answer)


def _compared(case: Case, answer: Mapping[str, Any]) -> Result:
    told = spelled(answer)
    wanted = {name: value for name, value in case.expected.items() if not name.startswith(REMARK)}
    unknown = [name for name in wanted if name not in answer]
    if unknown or not wanted:
        what = f"field {unknown[0]}" if unknown else "field at all"
        return Result(case, Status.UNSUPPORTED, told, f"expected: {what} is not part of this kind's answer")
    wrong = [name for name, value in wanted.items() if not agrees(answer[name], value)]
    if wrong:
        reason = "; ".join(f"{name} is {told[name]}, not {_short(case.expected[name])}" for name in wrong)
        return Result(case, Status.FAILED, told, reason)
    return Result(case, Status.PASSED, told)


def _short(expected: object) -> str:
    return str(spelled(expected))
