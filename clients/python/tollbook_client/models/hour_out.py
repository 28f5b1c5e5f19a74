from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.hour_out_dimensions import HourOutDimensions


T = TypeVar("T", bound="HourOut")


@_attrs_define
class HourOut:
    """What a meter counted in one hour, for one combination of dimensions."""

    hour: datetime.datetime
    """ When it begins; local hours of the customer's zone. """
    meter: str
    """ Code of the meter. """
    unit: str
    """ What it counts. """
    aggregation: str
    """ sum, count, max or latest. """
    subscription: None | str
    """ The subscription whose use it is; null: the customer's at large. """
    dimensions: HourOutDimensions
    """ The meter's dimensions. """
    events: int
    """ How many events there were. """
    quantity: str
    """ What they come to, by the meter's aggregation; decimal text. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        hour = self.hour.isoformat()

        meter = self.meter

        unit = self.unit

        aggregation = self.aggregation

        subscription: None | str
        subscription = self.subscription

        dimensions = self.dimensions.to_dict()

        events = self.events

        quantity = self.quantity

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "hour": hour,
                "meter": meter,
                "unit": unit,
                "aggregation": aggregation,
                "subscription": subscription,
                "dimensions": dimensions,
                "events": events,
                "quantity": quantity,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.hour_out_dimensions import HourOutDimensions  # noqa: PLC0415

        d = dict(src_dict)
        hour = datetime.datetime.fromisoformat(d.pop("hour"))

        meter = d.pop("meter")

        unit = d.pop("unit")

        aggregation = d.pop("aggregation")

        def _parse_subscription(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        subscription = _parse_subscription(d.pop("subscription"))

        dimensions = HourOutDimensions.from_dict(d.pop("dimensions"))

        events = d.pop("events")

        quantity = d.pop("quantity")

        hour_out = cls(
            hour=hour,
            meter=meter,
            unit=unit,
            aggregation=aggregation,
            subscription=subscription,
            dimensions=dimensions,
            events=events,
            quantity=quantity,
        )

        hour_out.additional_properties = d
        return hour_out

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
