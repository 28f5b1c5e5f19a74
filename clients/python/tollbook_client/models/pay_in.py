from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="PayIn")


@_attrs_define
class PayIn:
    """A payment of an invoice."""

    gateway: str
    """ Through which gateway. """
    amount: int | None | str | Unset = UNSET
    """ How much of it, in its currency; left out: all that is open. """

    def to_dict(self) -> dict[str, Any]:
        gateway = self.gateway

        amount: int | None | str | Unset
        if isinstance(self.amount, Unset):
            amount = UNSET
        else:
            amount = self.amount

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "gateway": gateway,
            }
        )
        if amount is not UNSET:
            field_dict["amount"] = amount

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        gateway = d.pop("gateway")

        def _parse_amount(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        amount = _parse_amount(d.pop("amount", UNSET))

        pay_in = cls(
            gateway=gateway,
            amount=amount,
        )

        return pay_in
