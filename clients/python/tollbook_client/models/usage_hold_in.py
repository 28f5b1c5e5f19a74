from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.usage_hold_in_dimensions import UsageHoldInDimensions


T = TypeVar("T", bound="UsageHoldIn")


@_attrs_define
class UsageHoldIn:
    """Units to be reserved."""

    customer: str
    """ Who will use them. """
    meter: str
    """ Code of the meter. """
    quantity: int | str
    """ How many, as decimal text; more than zero. """
    subscription: str | Unset = ""
    """ Where it matters which. """
    dimensions: UsageHoldInDimensions | Unset = UNSET
    """ What readings may be split by. """
    at: datetime.datetime | None | Unset = UNSET
    """ When they will count as used; now, if left out. """
    expires_at: datetime.datetime | None | Unset = UNSET
    """ When they are freed by themselves; null: never. """

    def to_dict(self) -> dict[str, Any]:
        customer = self.customer

        meter = self.meter

        quantity: int | str
        quantity = self.quantity

        subscription = self.subscription

        dimensions: dict[str, Any] | Unset = UNSET
        if not isinstance(self.dimensions, Unset):
            dimensions = self.dimensions.to_dict()

        at: None | str | Unset
        if isinstance(self.at, Unset):
            at = UNSET
        elif isinstance(self.at, datetime.datetime):
            at = self.at.isoformat()
        else:
            at = self.at

        expires_at: None | str | Unset
        if isinstance(self.expires_at, Unset):
            expires_at = UNSET
        elif isinstance(self.expires_at, datetime.datetime):
            expires_at = self.expires_at.isoformat()
        else:
            expires_at = self.expires_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "customer": customer,
                "meter": meter,
                "quantity": quantity,
            }
        )
        if subscription is not UNSET:
            field_dict["subscription"] = subscription
        if dimensions is not UNSET:
            field_dict["dimensions"] = dimensions
        if at is not UNSET:
            field_dict["at"] = at
        if expires_at is not UNSET:
            field_dict["expires_at"] = expires_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.usage_hold_in_dimensions import UsageHoldInDimensions  # noqa: PLC0415

        d = dict(src_dict)
        customer = d.pop("customer")

        meter = d.pop("meter")

        def _parse_quantity(data: object) -> int | str:
            return cast(int | str, data)

        quantity = _parse_quantity(d.pop("quantity"))

        subscription = d.pop("subscription", UNSET)

        _dimensions = d.pop("dimensions", UNSET)
        dimensions: UsageHoldInDimensions | Unset
        if isinstance(_dimensions, Unset):
            dimensions = UNSET
        else:
            dimensions = UsageHoldInDimensions.from_dict(_dimensions)

        def _parse_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                at_type_0 = datetime.datetime.fromisoformat(data)

                return at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        at = _parse_at(d.pop("at", UNSET))

        def _parse_expires_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                expires_at_type_0 = datetime.datetime.fromisoformat(data)

                return expires_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        expires_at = _parse_expires_at(d.pop("expires_at", UNSET))

        usage_hold_in = cls(
            customer=customer,
            meter=meter,
            quantity=quantity,
            subscription=subscription,
            dimensions=dimensions,
            at=at,
            expires_at=expires_at,
        )

        return usage_hold_in
