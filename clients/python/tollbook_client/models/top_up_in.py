from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="TopUpIn")


@_attrs_define
class TopUpIn:
    """Paid money to be put into a wallet."""

    amount: int | str
    """ Decimal as text, in the currency's major unit. """
    currency: str
    """ ISO 4217 code. """
    gateway: str | Unset = "manual"
    """ Where the money came in: which clearing account. """

    def to_dict(self) -> dict[str, Any]:
        amount: int | str
        amount = self.amount

        currency = self.currency

        gateway = self.gateway

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "amount": amount,
                "currency": currency,
            }
        )
        if gateway is not UNSET:
            field_dict["gateway"] = gateway

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_amount(data: object) -> int | str:
            return cast(int | str, data)

        amount = _parse_amount(d.pop("amount"))

        currency = d.pop("currency")

        gateway = d.pop("gateway", UNSET)

        top_up_in = cls(
            amount=amount,
            currency=currency,
            gateway=gateway,
        )

        return top_up_in
