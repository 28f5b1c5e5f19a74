from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="DisputeIn")


@_attrs_define
class DisputeIn:
    """Money that the payer calls back."""

    amount: int | str
    """ How much of the payment, in its currency. """
    reference: str
    """ The gateway's; a dispute is noted once by it. """
    reason: str
    """ What the payer says. """

    def to_dict(self) -> dict[str, Any]:
        amount: int | str
        amount = self.amount

        reference = self.reference

        reason = self.reason

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "amount": amount,
                "reference": reference,
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

        reference = d.pop("reference")

        reason = d.pop("reason")

        dispute_in = cls(
            amount=amount,
            reference=reference,
            reason=reason,
        )

        return dispute_in
