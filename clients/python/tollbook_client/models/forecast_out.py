from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="ForecastOut")


@_attrs_define
class ForecastOut:
    """When a wallet will be empty."""

    empty_at: datetime.datetime | None
    """ At the present rate; null when it is not being used up. """
    per_day: MoneyOut | None
    """ The present rate. """
    basis_days: int | None
    """ Of how many days it is the mean: 7, or 1 for a wallet new in use. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        empty_at: None | str
        if isinstance(self.empty_at, datetime.datetime):
            empty_at = self.empty_at.isoformat()
        else:
            empty_at = self.empty_at

        per_day: dict[str, Any] | None
        if isinstance(self.per_day, MoneyOut):
            per_day = self.per_day.to_dict()
        else:
            per_day = self.per_day

        basis_days: int | None
        basis_days = self.basis_days

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "empty_at": empty_at,
                "per_day": per_day,
                "basis_days": basis_days,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_empty_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                empty_at_type_0 = datetime.datetime.fromisoformat(data)

                return empty_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        empty_at = _parse_empty_at(d.pop("empty_at"))

        def _parse_per_day(data: object) -> MoneyOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                per_day_type_0 = MoneyOut.from_dict(data)

                return per_day_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyOut | None, data)

        per_day = _parse_per_day(d.pop("per_day"))

        def _parse_basis_days(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        basis_days = _parse_basis_days(d.pop("basis_days"))

        forecast_out = cls(
            empty_at=empty_at,
            per_day=per_day,
            basis_days=basis_days,
        )

        forecast_out.additional_properties = d
        return forecast_out

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
