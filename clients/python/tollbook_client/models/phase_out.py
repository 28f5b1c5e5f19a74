from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="PhaseOut")


@_attrs_define
class PhaseOut:
    """A time in which one plan version counts."""

    plan: str
    """ The plan. """
    plan_version: str
    """ The version whose prices count. """
    name: str
    """ Product and plan by name. """
    starts_at: datetime.datetime
    """ From when on it counts. """
    ends_at: datetime.datetime | None
    """ When another plan, or nothing, counts; null while it goes on. """
    said_at: datetime.datetime
    """ When the change was made or planned. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        plan = self.plan

        plan_version = self.plan_version

        name = self.name

        starts_at = self.starts_at.isoformat()

        ends_at: None | str
        if isinstance(self.ends_at, datetime.datetime):
            ends_at = self.ends_at.isoformat()
        else:
            ends_at = self.ends_at

        said_at = self.said_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "plan": plan,
                "plan_version": plan_version,
                "name": name,
                "starts_at": starts_at,
                "ends_at": ends_at,
                "said_at": said_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        plan = d.pop("plan")

        plan_version = d.pop("plan_version")

        name = d.pop("name")

        starts_at = datetime.datetime.fromisoformat(d.pop("starts_at"))

        def _parse_ends_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ends_at_type_0 = datetime.datetime.fromisoformat(data)

                return ends_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        ends_at = _parse_ends_at(d.pop("ends_at"))

        said_at = datetime.datetime.fromisoformat(d.pop("said_at"))

        phase_out = cls(
            plan=plan,
            plan_version=plan_version,
            name=name,
            starts_at=starts_at,
            ends_at=ends_at,
            said_at=said_at,
        )

        phase_out.additional_properties = d
        return phase_out

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
