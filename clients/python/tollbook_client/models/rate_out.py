from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="RateOut")


@_attrs_define
class RateOut:
    """What one currency was in another on a day."""

    id: str
    """ Its id. """
    base: str
    """ One of this currency """
    quote: str
    """ was so much of this one. """
    on: datetime.date
    """ On this day. """
    rate: str
    """ How much of `quote` one `base` was. """
    source: str
    """ ecb or manual. """
    entered_by: str
    """ Who entered or imported it. """
    entered_at: datetime.datetime
    """ When. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        base = self.base

        quote = self.quote

        on = self.on.isoformat()

        rate = self.rate

        source = self.source

        entered_by = self.entered_by

        entered_at = self.entered_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "base": base,
                "quote": quote,
                "on": on,
                "rate": rate,
                "source": source,
                "entered_by": entered_by,
                "entered_at": entered_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        base = d.pop("base")

        quote = d.pop("quote")

        on = datetime.date.fromisoformat(d.pop("on"))

        rate = d.pop("rate")

        source = d.pop("source")

        entered_by = d.pop("entered_by")

        entered_at = datetime.datetime.fromisoformat(d.pop("entered_at"))

        rate_out = cls(
            id=id,
            base=base,
            quote=quote,
            on=on,
            rate=rate,
            source=source,
            entered_by=entered_by,
            entered_at=entered_at,
        )

        rate_out.additional_properties = d
        return rate_out

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
