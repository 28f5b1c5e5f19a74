from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.value_in_scope import ValueInScope, check_value_in_scope
from ..types import UNSET, Unset

T = TypeVar("T", bound="ValueIn")


@_attrs_define
class ValueIn:
    """A value to set."""

    value: Any
    """ The value; null takes the setting back, and the level above counts again. """
    scope: ValueInScope
    """ Where it is set. """
    scope_id: str | Unset = ""
    """ Id of the brand, customer group or customer; left out for the installation. """
    valid_from: datetime.datetime | None | Unset = UNSET
    """ From when it counts; now, if left out. Never in the past. """

    def to_dict(self) -> dict[str, Any]:
        value = self.value

        scope: str = self.scope

        scope_id = self.scope_id

        valid_from: None | str | Unset
        if isinstance(self.valid_from, Unset):
            valid_from = UNSET
        elif isinstance(self.valid_from, datetime.datetime):
            valid_from = self.valid_from.isoformat()
        else:
            valid_from = self.valid_from

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "value": value,
                "scope": scope,
            }
        )
        if scope_id is not UNSET:
            field_dict["scope_id"] = scope_id
        if valid_from is not UNSET:
            field_dict["valid_from"] = valid_from

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        value = d.pop("value")

        scope = check_value_in_scope(d.pop("scope"))

        scope_id = d.pop("scope_id", UNSET)

        def _parse_valid_from(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                valid_from_type_0 = datetime.datetime.fromisoformat(data)

                return valid_from_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        valid_from = _parse_valid_from(d.pop("valid_from", UNSET))

        value_in = cls(
            value=value,
            scope=scope,
            scope_id=scope_id,
            valid_from=valid_from,
        )

        return value_in
