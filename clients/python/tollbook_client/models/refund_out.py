from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="RefundOut")


@_attrs_define
class RefundOut:
    """A part of a payment that is given back."""

    id: str
    """ Its id. """
    payment: str
    """ Of which payment. """
    state: str
    """ started, pending, unknown, succeeded or failed. """
    amount: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    reason: str
    """ Why. """
    created_at: datetime.datetime
    """ When it was ordered. """
    ended_at: datetime.datetime | None
    """ When its outcome was known. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        payment = self.payment

        state = self.state

        amount = self.amount.to_dict()

        reason = self.reason

        created_at = self.created_at.isoformat()

        ended_at: None | str
        if isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "payment": payment,
                "state": state,
                "amount": amount,
                "reason": reason,
                "created_at": created_at,
                "ended_at": ended_at,
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

        reason = d.pop("reason")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_ended_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ended_at_type_0 = datetime.datetime.fromisoformat(data)

                return ended_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        ended_at = _parse_ended_at(d.pop("ended_at"))

        refund_out = cls(
            id=id,
            payment=payment,
            state=state,
            amount=amount,
            reason=reason,
            created_at=created_at,
            ended_at=ended_at,
        )

        refund_out.additional_properties = d
        return refund_out

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
