from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="DisputeOut")


@_attrs_define
class DisputeOut:
    """Money that the payer calls back."""

    id: str
    """ Its id. """
    payment: str
    """ The payment. """
    state: str
    """ open, won or lost. """
    amount: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    reference: str
    """ The gateway's. """
    reason: str
    """ What the payer says. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        payment = self.payment

        state = self.state

        amount = self.amount.to_dict()

        reference = self.reference

        reason = self.reason

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "payment": payment,
                "state": state,
                "amount": amount,
                "reference": reference,
                "reason": reason,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        payment = d.pop("payment")

        state = d.pop("state")

        amount = MoneyOut.from_dict(d.pop("amount"))

        reference = d.pop("reference")

        reason = d.pop("reason")

        dispute_out = cls(
            id=id,
            payment=payment,
            state=state,
            amount=amount,
            reference=reference,
            reason=reason,
        )

        dispute_out.additional_properties = d
        return dispute_out

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
