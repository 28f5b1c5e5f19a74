from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.usage_dimensions import UsageDimensions


T = TypeVar("T", bound="UsageEvent")


@_attrs_define
class UsageEvent:
    """One fact of use. Known by customer, source and id for ever: sent twice, it is counted once."""

    id: str
    """ Your id of the event. """
    meter: str
    """ Code of the meter. """
    quantity: int | str
    """ Decimal as text, at most 16 digits before the point and 12 after it. """
    at: datetime.datetime
    """ When it happened, with offset. """
    source: str | Unset = "api"
    """ Who names it. """
    customer: str | Unset = UNSET
    """ The customer; left out with its own key. """
    subscription: str | Unset = UNSET
    """ The subscription, where it matters which. """
    dimensions: UsageDimensions | Unset = UNSET
    """ What readings may be split by. """
    resource: str | Unset = UNSET
    """ What was used: a server, a number. """

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        meter = self.meter

        quantity: int | str
        quantity = self.quantity

        at = self.at.isoformat()

        source = self.source

        customer = self.customer

        subscription = self.subscription

        dimensions: dict[str, Any] | Unset = UNSET
        if not isinstance(self.dimensions, Unset):
            dimensions = self.dimensions.to_dict()

        resource = self.resource

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "id": id,
                "meter": meter,
                "quantity": quantity,
                "at": at,
            }
        )
        if source is not UNSET:
            field_dict["source"] = source
        if customer is not UNSET:
            field_dict["customer"] = customer
        if subscription is not UNSET:
            field_dict["subscription"] = subscription
        if dimensions is not UNSET:
            field_dict["dimensions"] = dimensions
        if resource is not UNSET:
            field_dict["resource"] = resource

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.usage_dimensions import UsageDimensions  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        meter = d.pop("meter")

        def _parse_quantity(data: object) -> int | str:
            return cast(int | str, data)

        quantity = _parse_quantity(d.pop("quantity"))

        at = datetime.datetime.fromisoformat(d.pop("at"))

        source = d.pop("source", UNSET)

        customer = d.pop("customer", UNSET)

        subscription = d.pop("subscription", UNSET)

        _dimensions = d.pop("dimensions", UNSET)
        dimensions: UsageDimensions | Unset
        if isinstance(_dimensions, Unset):
            dimensions = UNSET
        else:
            dimensions = UsageDimensions.from_dict(_dimensions)

        resource = d.pop("resource", UNSET)

        usage_event = cls(
            id=id,
            meter=meter,
            quantity=quantity,
            at=at,
            source=source,
            customer=customer,
            subscription=subscription,
            dimensions=dimensions,
            resource=resource,
        )

        return usage_event
