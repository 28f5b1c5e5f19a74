from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="MeterOut")


@_attrs_define
class MeterOut:
    """What is counted, and how."""

    id: str
    """ Its id. """
    code: str
    """ Its code; events name it. """
    name: str
    """ Its name. """
    unit: str
    """ What it counts. """
    aggregation: str
    """ How events of an hour or a period come to one quantity. """
    dimensions: list[str]
    """ The dimensions of events by which readings are split. """
    allow_negative: bool
    """ Whether an event may take quantity back. """
    carries: bool
    """ Whether what is there when a period ends is there when the next one begins. """
    round_to: int | None
    """ Places to which a reading is rounded; negative: tens, hundreds. """
    round_mode: str
    """ How it is rounded: half_up, up, down, ceil or floor. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        code = self.code

        name = self.name

        unit = self.unit

        aggregation = self.aggregation

        dimensions = self.dimensions

        allow_negative = self.allow_negative

        carries = self.carries

        round_to: int | None
        round_to = self.round_to

        round_mode = self.round_mode

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "code": code,
                "name": name,
                "unit": unit,
                "aggregation": aggregation,
                "dimensions": dimensions,
                "allow_negative": allow_negative,
                "carries": carries,
                "round_to": round_to,
                "round_mode": round_mode,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        code = d.pop("code")

        name = d.pop("name")

        unit = d.pop("unit")

        aggregation = d.pop("aggregation")

        dimensions = cast(list[str], d.pop("dimensions"))

        allow_negative = d.pop("allow_negative")

        carries = d.pop("carries")

        def _parse_round_to(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        round_to = _parse_round_to(d.pop("round_to"))

        round_mode = d.pop("round_mode")

        meter_out = cls(
            id=id,
            code=code,
            name=name,
            unit=unit,
            aggregation=aggregation,
            dimensions=dimensions,
            allow_negative=allow_negative,
            carries=carries,
            round_to=round_to,
            round_mode=round_mode,
        )

        meter_out.additional_properties = d
        return meter_out

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
