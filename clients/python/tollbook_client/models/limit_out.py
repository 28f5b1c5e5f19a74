from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="LimitOut")


@_attrs_define
class LimitOut:
    """What a running period includes of a meter, and has left, under one price."""

    price: str
    """ The price that includes or limits it. """
    name: str
    """ What the invoice line says. """
    meter: str
    """ Code of the meter that counts it. """
    unit: str
    """ What is counted. """
    included: str
    """ Units that cost nothing; decimal text. """
    limit: None | str
    """ Units that the period may have; null: what is used above is charged. """
    used: str
    """ Units used so far. """
    held: str
    """ Units reserved and not used yet. """
    left: str
    """ Units that are left until use is refused or charged. """
    at_limit: str
    """ refuse: what would go above the limit is refused. charge: it is charged. """
    period_start: datetime.datetime
    """ When the period began. """
    period_end: datetime.datetime
    """ When it ends, and counting begins anew. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        price = self.price

        name = self.name

        meter = self.meter

        unit = self.unit

        included = self.included

        limit: None | str
        limit = self.limit

        used = self.used

        held = self.held

        left = self.left

        at_limit = self.at_limit

        period_start = self.period_start.isoformat()

        period_end = self.period_end.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "price": price,
                "name": name,
                "meter": meter,
                "unit": unit,
                "included": included,
                "limit": limit,
                "used": used,
                "held": held,
                "left": left,
                "at_limit": at_limit,
                "period_start": period_start,
                "period_end": period_end,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        price = d.pop("price")

        name = d.pop("name")

        meter = d.pop("meter")

        unit = d.pop("unit")

        included = d.pop("included")

        def _parse_limit(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        limit = _parse_limit(d.pop("limit"))

        used = d.pop("used")

        held = d.pop("held")

        left = d.pop("left")

        at_limit = d.pop("at_limit")

        period_start = datetime.datetime.fromisoformat(d.pop("period_start"))

        period_end = datetime.datetime.fromisoformat(d.pop("period_end"))

        limit_out = cls(
            price=price,
            name=name,
            meter=meter,
            unit=unit,
            included=included,
            limit=limit,
            used=used,
            held=held,
            left=left,
            at_limit=at_limit,
            period_start=period_start,
            period_end=period_end,
        )

        limit_out.additional_properties = d
        return limit_out

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
