from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.error_details import ErrorDetails
    from ..models.error_problem import ErrorProblem


T = TypeVar("T", bound="Error")


@_attrs_define
class Error:
    """What every refused or failed request answers."""

    code: str
    """ Stable name of what is wrong, for programs. """
    message: str
    """ What is wrong and what would be right, for people. """
    param: None | str
    """ The field, parameter or header at fault. """
    request_id: str
    """ The X-Request-Id of this answer; quote it when you ask us. """
    details: ErrorDetails | Unset = UNSET
    """ Facts about the case; amounts are text. """
    problems: list[ErrorProblem] | Unset = UNSET
    """ Every fault of the data given. """

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        message = self.message

        param: None | str
        param = self.param

        request_id = self.request_id

        details: dict[str, Any] | Unset = UNSET
        if not isinstance(self.details, Unset):
            details = self.details.to_dict()

        problems: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.problems, Unset):
            problems = []
            for problems_item_data in self.problems:
                problems_item = problems_item_data.to_dict()
                problems.append(problems_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "code": code,
                "message": message,
                "param": param,
                "request_id": request_id,
            }
        )
        if details is not UNSET:
            field_dict["details"] = details
        if problems is not UNSET:
            field_dict["problems"] = problems

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.error_details import ErrorDetails  # noqa: PLC0415
        from ..models.error_problem import ErrorProblem  # noqa: PLC0415

        d = dict(src_dict)
        code = d.pop("code")

        message = d.pop("message")

        def _parse_param(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        param = _parse_param(d.pop("param"))

        request_id = d.pop("request_id")

        _details = d.pop("details", UNSET)
        details: ErrorDetails | Unset
        if isinstance(_details, Unset):
            details = UNSET
        else:
            details = ErrorDetails.from_dict(_details)

        _problems = d.pop("problems", UNSET)
        problems: list[ErrorProblem] | Unset = UNSET
        if _problems is not UNSET:
            problems = []
            for problems_item_data in _problems:
                problems_item = ErrorProblem.from_dict(problems_item_data)

                problems.append(problems_item)

        error = cls(
            code=code,
            message=message,
            param=param,
            request_id=request_id,
            details=details,
            problems=problems,
        )

        return error
