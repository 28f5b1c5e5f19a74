from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="CheckOut")


@_attrs_define
class CheckOut:
    """Whether a code could be redeemed now."""

    valid: bool
    """ Whether it can be redeemed. """
    refusal: None | str
    """ With which code it would be refused. """
    reason: None | str
    """ Why, in words. """
    gives: None | str
    """ What it would give, in words. """
    counts_from: datetime.datetime | None
    """ It would count for periods that begin from then on, """
    counts_until: datetime.datetime | None
    """ and before then; null: for ever. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        valid = self.valid

        refusal: None | str
        refusal = self.refusal

        reason: None | str
        reason = self.reason

        gives: None | str
        gives = self.gives

        counts_from: None | str
        if isinstance(self.counts_from, datetime.datetime):
            counts_from = self.counts_from.isoformat()
        else:
            counts_from = self.counts_from

        counts_until: None | str
        if isinstance(self.counts_until, datetime.datetime):
            counts_until = self.counts_until.isoformat()
        else:
            counts_until = self.counts_until

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "valid": valid,
                "refusal": refusal,
                "reason": reason,
                "gives": gives,
                "counts_from": counts_from,
                "counts_until": counts_until,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        valid = d.pop("valid")

        def _parse_refusal(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        refusal = _parse_refusal(d.pop("refusal"))

        def _parse_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reason = _parse_reason(d.pop("reason"))

        def _parse_gives(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        gives = _parse_gives(d.pop("gives"))

        def _parse_counts_from(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                counts_from_type_0 = datetime.datetime.fromisoformat(data)

                return counts_from_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        counts_from = _parse_counts_from(d.pop("counts_from"))

        def _parse_counts_until(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                counts_until_type_0 = datetime.datetime.fromisoformat(data)

                return counts_until_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        counts_until = _parse_counts_until(d.pop("counts_until"))

        check_out = cls(
            valid=valid,
            refusal=refusal,
            reason=reason,
            gives=gives,
            counts_from=counts_from,
            counts_until=counts_until,
        )

        check_out.additional_properties = d
        return check_out

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
