from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.burn_out import BurnOut
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="MovementOut")


@_attrs_define
class MovementOut:
    """A change of a wallet's balance."""

    kind: str
    """ top_up, grant, draw, return or expiry. """
    amount: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    balance_after: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    memo: str
    """ What it was for. """
    at: datetime.datetime
    """ When it counts. """
    burns: list[BurnOut]
    """ The grants that it took from, in turn. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind = self.kind

        amount = self.amount.to_dict()

        balance_after = self.balance_after.to_dict()

        memo = self.memo

        at = self.at.isoformat()

        burns = []
        for burns_item_data in self.burns:
            burns_item = burns_item_data.to_dict()
            burns.append(burns_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "amount": amount,
                "balance_after": balance_after,
                "memo": memo,
                "at": at,
                "burns": burns,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.burn_out import BurnOut  # noqa: PLC0415
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        d = dict(src_dict)
        kind = d.pop("kind")

        amount = MoneyOut.from_dict(d.pop("amount"))

        balance_after = MoneyOut.from_dict(d.pop("balance_after"))

        memo = d.pop("memo")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        burns = []
        _burns = d.pop("burns")
        for burns_item_data in _burns:
            burns_item = BurnOut.from_dict(burns_item_data)

            burns.append(burns_item)

        movement_out = cls(
            kind=kind,
            amount=amount,
            balance_after=balance_after,
            memo=memo,
            at=at,
            burns=burns,
        )

        movement_out.additional_properties = d
        return movement_out

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
