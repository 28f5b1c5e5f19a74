"""What can go wrong, in four kinds, told so that the caller knows what to do.

TollbookError
    Refused    409  a rule says no; the same request will be refused again until something changes
        Invalid    422  the data given is wrong; `problems` lists every fault, not only the first
    NotFound   404  no such thing, or not yours
    Retryable  503  try again after `after_s` seconds
    Permanent  502  another system refused for good; retrying is useless

`code` is stable and for programs, `message` is for people, `param` names the field that is at fault.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

SHOWN_VALUE = 60


class TollbookError(Exception):
    """Root of all errors that are part of a contract; raise one of its kinds.

    `details` are JSON-able facts about the case (amounts as strings), never secrets.
    """

    status = 500

    def __init__(self, code: str, message: str, *, param: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param
        self.details = details

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions cross process borders (workers, test runners), and the default loses keyword-only
        # arguments.
        return _rebuild, (type(self), self.args, dict(self.__dict__))

    def data(self) -> dict[str, Any]:
        """The error as the API's one shape, without `request_id`."""
        body: dict[str, Any] = {"code": self.code, "message": self.message, "param": self.param}
        if self.details:
            body["details"] = self.details
        return body


def _rebuild(kind: type[TollbookError], args: tuple[Any, ...], state: dict[str, Any]) -> TollbookError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class Refused(TollbookError):
    """A rule says no."""

    status = 409


class NotFound(TollbookError):
    """No such thing, or not yours: the two look the same from outside."""

    status = 404


class Retryable(TollbookError):
    """It may work later: try again after `after_s` seconds."""

    status = 503

    def __init__(self, code: str, message: str, *, after_s: int, param: str | None = None, **details: Any) -> None:
        super().__init__(code, message, param=param, **details)
        self.after_s = after_s


class Permanent(TollbookError):
    """Another system refused for good."""

    status = 502


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in given data: where it is, what stood there, and what would be right.

    `row` counts from 1 and is None where there are no rows; `value` is the text shown to the reader.
    """

    row: int | None
    field: str
    value: str
    code: str
    reason: str

    def __str__(self) -> str:
        where = f"row {self.row}, {self.field}" if self.row is not None else self.field
        return f"{where}: {self.reason}"

    def data(self) -> dict[str, Any]:
        """The problem as a JSON-able dict."""
        return {
            "row": self.row,
            "field": self.field,
            "value": self.value,
            "code": self.code,
            "reason": self.reason,
        }


class Invalid(Refused):
    """Given data has faults; all of them are in `problems`."""

    status = 422

    def __init__(self, problems: Iterable[Problem]) -> None:
        found = tuple(problems)
        if not found:
            raise ValueError("Invalid needs at least one problem")
        rest = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        super().__init__("invalid", f"{found[0]}{rest}", param=found[0].field)
        self.problems = found

    def data(self) -> dict[str, Any]:
        """The error's shape with the list of problems."""
        return {**super().data(), "problems": [problem.data() for problem in self.problems]}


def problem(error: TollbookError, *, row: int | None = None, value: object = None) -> Problem:
    """The problem that `error` reports, to be collected while data is being checked."""
    text = error.details.get("value", "" if value is None else shown(value))
    return Problem(row, error.param or "", str(text), error.code, error.message)


def shown(value: object) -> str:
    """`value` as short printable text for a message: bounded, however long or odd the value is."""
    if isinstance(value, int) and value.bit_length() > 4 * SHOWN_VALUE:
        # Python refuses to spell integers of more than 4,300 digits.
        return f"an integer of {value.bit_length()} bits"
    text = ascii(value[: SHOWN_VALUE + 1]) if isinstance(value, str) else ascii(value)
    return text if len(text) <= SHOWN_VALUE else text[: SHOWN_VALUE - 3] + "..."
