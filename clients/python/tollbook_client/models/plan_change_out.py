from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="PlanChangeOut")


@_attrs_define
class PlanChangeOut:
    """A change of the billing plan."""

    was: str
    """ The plan before. """
    becomes: str
    """ The plan from then on. """
    starts_at: datetime.datetime
    """ From when. """
    reason: str
    """ Why. """
    turned_at: datetime.datetime | None
    """ When it came into force; null while it is planned. """
    called_off_at: datetime.datetime | None
    """ When it was called off. """
    created_at: datetime.datetime
    """ When it was made. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        was = self.was

        becomes = self.becomes

        starts_at = self.starts_at.isoformat()

        reason = self.reason

        turned_at: None | str
        if isinstance(self.turned_at, datetime.datetime):
            turned_at = self.turned_at.isoformat()
        else:
            turned_at = self.turned_at

        called_off_at: None | str
        if isinstance(self.called_off_at, datetime.datetime):
            called_off_at = self.called_off_at.isoformat()
        else:
            called_off_at = self.called_off_at

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "was": was,
                "becomes": becomes,
                "starts_at": starts_at,
                "reason": reason,
                "turned_at": turned_at,
                "called_off_at": called_off_at,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        was = d.pop("was")

        becomes = d.pop("becomes")

        starts_at = datetime.datetime.fromisoformat(d.pop("starts_at"))

        reason = d.pop("reason")

        def _parse_turned_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                turned_at_type_0 = datetime.datetime.fromisoformat(data)

                return turned_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        turned_at = _parse_turned_at(d.pop("turned_at"))

        def _parse_called_off_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                called_off_at_type_0 = datetime.datetime.fromisoformat(data)

                return called_off_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        called_off_at = _parse_called_off_at(d.pop("called_off_at"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        plan_change_out = cls(
            was=was,
            becomes=becomes,
            starts_at=starts_at,
            reason=reason,
            turned_at=turned_at,
            called_off_at=called_off_at,
            created_at=created_at,
        )

        plan_change_out.additional_properties = d
        return plan_change_out

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
