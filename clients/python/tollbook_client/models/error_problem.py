from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="ErrorProblem")


@_attrs_define
class ErrorProblem:
    row: int | None
    """ Counts from 1; null where there are no rows. """
    field: str
    """ The field at fault. """
    value: str
    """ What stood there, shortened. """
    code: str
    """ Stable name of the fault. """
    reason: str
    """ What is wrong and what would be right. """

    def to_dict(self) -> dict[str, Any]:
        row: int | None
        row = self.row

        field = self.field

        value = self.value

        code = self.code

        reason = self.reason

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "row": row,
                "field": field,
                "value": value,
                "code": code,
                "reason": reason,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_row(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        row = _parse_row(d.pop("row"))

        field = d.pop("field")

        value = d.pop("value")

        code = d.pop("code")

        reason = d.pop("reason")

        error_problem = cls(
            row=row,
            field=field,
            value=value,
            code=code,
            reason=reason,
        )

        return error_problem
