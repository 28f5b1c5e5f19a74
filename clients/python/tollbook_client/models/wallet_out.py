from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="WalletOut")


@_attrs_define
class WalletOut:
    """Prepaid money of a customer. available = balance - held + credit limit; it never falls below zero."""

    id: str
    """ Its id. """
    customer: str
    """ Whose money it is. """
    subscription: None | str
    """ The only subscription that may draw; null: any of the customer's. """
    balance: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    held: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    credit_limit: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    available: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    created_at: datetime.datetime
    """ When it was opened. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        customer = self.customer

        subscription: None | str
        subscription = self.subscription

        balance = self.balance.to_dict()

        held = self.held.to_dict()

        credit_limit = self.credit_limit.to_dict()

        available = self.available.to_dict()

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "customer": customer,
                "subscription": subscription,
                "balance": balance,
                "held": held,
                "credit_limit": credit_limit,
                "available": available,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        customer = d.pop("customer")

        def _parse_subscription(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        subscription = _parse_subscription(d.pop("subscription"))

        balance = MoneyOut.from_dict(d.pop("balance"))

        held = MoneyOut.from_dict(d.pop("held"))

        credit_limit = MoneyOut.from_dict(d.pop("credit_limit"))

        available = MoneyOut.from_dict(d.pop("available"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        wallet_out = cls(
            id=id,
            customer=customer,
            subscription=subscription,
            balance=balance,
            held=held,
            credit_limit=credit_limit,
            available=available,
            created_at=created_at,
        )

        wallet_out.additional_properties = d
        return wallet_out

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
