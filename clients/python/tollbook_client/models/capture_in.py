from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="CaptureIn")


@_attrs_define
class CaptureIn:
    """What is taken of a hold."""

    amount: int | None | str | Unset = UNSET
    """ Up to what is held; the rest is freed. Null: all, 0: nothing. """
    memo: str | Unset = ""
    """ What it was for. """

    def to_dict(self) -> dict[str, Any]:
        amount: int | None | str | Unset
        if isinstance(self.amount, Unset):
            amount = UNSET
        else:
            amount = self.amount

        memo = self.memo

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if amount is not UNSET:
            field_dict["amount"] = amount
        if memo is not UNSET:
            field_dict["memo"] = memo

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_amount(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        amount = _parse_amount(d.pop("amount", UNSET))

        memo = d.pop("memo", UNSET)

        capture_in = cls(
            amount=amount,
            memo=memo,
        )

        return capture_in
