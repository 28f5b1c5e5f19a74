from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="UsageHoldOut")


@_attrs_define
class UsageHoldOut:
    """Units reserved and not yet used."""

    id: str
    """ Its id; the event that it becomes has the source usage-hold and this id. """
    customer: str
    """ Who will use them. """
    subscription: None | str
    """ The subscription named; null: the customer's at large. """
    meter: str
    """ Code of the meter. """
    state: str
    """ open, captured, released or expired. """
    quantity: str
    """ How many were reserved; decimal text. """
    captured: str
    """ How many were used. """
    at: datetime.datetime
    """ When they count as used. """
    expires_at: datetime.datetime | None
    """ When they are freed by themselves. """
    created_at: datetime.datetime
    """ When they were reserved. """
    closed_at: datetime.datetime | None
    """ When it was captured or released. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        customer = self.customer

        subscription: None | str
        subscription = self.subscription

        meter = self.meter

        state = self.state

        quantity = self.quantity

        captured = self.captured

        at = self.at.isoformat()

        expires_at: None | str
        if isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        created_at = self.created_at.isoformat()

        closed_at: None | str
        if isinstance(self.closed_at, datetime.datetime):
            closed_at = self.closed_at.isoformat()
        else:
            closed_at = self.closed_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "customer": customer,
                "subscription": subscription,
                "meter": meter,
                "state": state,
                "quantity": quantity,
                "captured": captured,
                "at": at,
                "expires_at": expires_at,
                "created_at": created_at,
                "closed_at": closed_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        customer = d.pop("customer")

        def _parse_subscription(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        subscription = _parse_subscription(d.pop("subscription"))

        meter = d.pop("meter")

        state = d.pop("state")

        quantity = d.pop("quantity")

        captured = d.pop("captured")

        at = datetime.datetime.fromisoformat(d.pop("at"))

        def _parse_expires_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expires_at_type_0 = datetime.datetime.fromisoformat(data)

                return expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        expires_at = _parse_expires_at(d.pop("expires_at"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_closed_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                closed_at_type_0 = datetime.datetime.fromisoformat(data)

                return closed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        closed_at = _parse_closed_at(d.pop("closed_at"))

        usage_hold_out = cls(
            id=id,
            customer=customer,
            subscription=subscription,
            meter=meter,
            state=state,
            quantity=quantity,
            captured=captured,
            at=at,
            expires_at=expires_at,
            created_at=created_at,
            closed_at=closed_at,
        )

        usage_hold_out.additional_properties = d
        return usage_hold_out

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
