from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="RefundIn")


@_attrs_define
class RefundIn:
    """A refund to be made."""

    amount: int | str
    """ How much, in the currency that was captured. """
    reason: str
    """ Why; the customer sees it. """

    def to_dict(self) -> dict[str, Any]:
        amount: int | str
        amount = self.amount

        reason = self.reason

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "amount": amount,
                "reason": reason,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_amount(data: object) -> int | str:
            return cast(int | str, data)

        amount = _parse_amount(d.pop("amount"))

        reason = d.pop("reason")

        refund_in = cls(
            amount=amount,
            reason=reason,
        )

        return refund_in
