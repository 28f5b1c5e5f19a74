from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.line_in_options import LineInOptions


T = TypeVar("T", bound="LineIn")


@_attrs_define
class LineIn:
    """A plan that is wanted."""

    plan: str
    """ The plan, in the version that is sold now. """
    quantity: int | Unset = 1
    """ How many of it. """
    months: int | Unset = 1
    """ Length of a period; other than 1: staff only. """
    code: str | Unset = ""
    """ A promotion's code. """
    options: LineInOptions | Unset = UNSET
    """ What the plan asks for, by name. """

    def to_dict(self) -> dict[str, Any]:
        plan = self.plan

        quantity = self.quantity

        months = self.months

        code = self.code

        options: dict[str, Any] | Unset = UNSET
        if not isinstance(self.options, Unset):
            options = self.options.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "plan": plan,
            }
        )
        if quantity is not UNSET:
            field_dict["quantity"] = quantity
        if months is not UNSET:
            field_dict["months"] = months
        if code is not UNSET:
            field_dict["code"] = code
        if options is not UNSET:
            field_dict["options"] = options

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.line_in_options import LineInOptions  # noqa: PLC0415

        d = dict(src_dict)
        plan = d.pop("plan")

        quantity = d.pop("quantity", UNSET)

        months = d.pop("months", UNSET)

        code = d.pop("code", UNSET)

        _options = d.pop("options", UNSET)
        options: LineInOptions | Unset
        if isinstance(_options, Unset):
            options = UNSET
        else:
            options = LineInOptions.from_dict(_options)

        line_in = cls(
            plan=plan,
            quantity=quantity,
            months=months,
            code=code,
            options=options,
        )

        return line_in
