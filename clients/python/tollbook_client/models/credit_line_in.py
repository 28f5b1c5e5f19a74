from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="CreditLineIn")


@_attrs_define
class CreditLineIn:
    """How much to credit of a line."""

    line: str
    """ The line. """
    amount: int | None | str | Unset = UNSET
    """ How much of its price, as the line says it: with tax where it has a `gross`. All that is left. """

    def to_dict(self) -> dict[str, Any]:
        line = self.line

        amount: int | None | str | Unset
        if isinstance(self.amount, Unset):
            amount = UNSET
        else:
            amount = self.amount

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "line": line,
            }
        )
        if amount is not UNSET:
            field_dict["amount"] = amount

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        line = d.pop("line")

        def _parse_amount(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        amount = _parse_amount(d.pop("amount", UNSET))

        credit_line_in = cls(
            line=line,
            amount=amount,
        )

        return credit_line_in
