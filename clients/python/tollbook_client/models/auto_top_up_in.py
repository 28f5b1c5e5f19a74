from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="AutoTopUpIn")


@_attrs_define
class AutoTopUpIn:
    """How a wallet shall be topped up by itself, in its currency."""

    threshold: int | str
    """ Top it up when no more than this is available. """
    amount: int | str
    """ By how much. """
    daily_cap: int | str
    """ For at most so much in a day of the customer's zone. """

    def to_dict(self) -> dict[str, Any]:
        threshold: int | str
        threshold = self.threshold

        amount: int | str
        amount = self.amount

        daily_cap: int | str
        daily_cap = self.daily_cap

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "threshold": threshold,
                "amount": amount,
                "daily_cap": daily_cap,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_threshold(data: object) -> int | str:
            return cast(int | str, data)

        threshold = _parse_threshold(d.pop("threshold"))

        def _parse_amount(data: object) -> int | str:
            return cast(int | str, data)

        amount = _parse_amount(d.pop("amount"))

        def _parse_daily_cap(data: object) -> int | str:
            return cast(int | str, data)

        daily_cap = _parse_daily_cap(d.pop("daily_cap"))

        auto_top_up_in = cls(
            threshold=threshold,
            amount=amount,
            daily_cap=daily_cap,
        )

        return auto_top_up_in
