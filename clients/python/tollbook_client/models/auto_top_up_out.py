from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="AutoTopUpOut")


@_attrs_define
class AutoTopUpOut:
    """Whether a wallet is topped up by itself, and how; amounts in the wallet's currency."""

    agreed: bool
    """ Whether it is. """
    threshold: None | str
    """ A top-up is asked for when no more than this is available. """
    amount: None | str
    """ How much is asked for. """
    daily_cap: None | str
    """ How much is charged in a day of the customer's zone at most. """
    since: datetime.datetime | None
    """ Since when. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        agreed = self.agreed

        threshold: None | str
        threshold = self.threshold

        amount: None | str
        amount = self.amount

        daily_cap: None | str
        daily_cap = self.daily_cap

        since: None | str
        if isinstance(self.since, datetime.datetime):
            since = self.since.isoformat()
        else:
            since = self.since

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "agreed": agreed,
                "threshold": threshold,
                "amount": amount,
                "daily_cap": daily_cap,
                "since": since,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        agreed = d.pop("agreed")

        def _parse_threshold(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        threshold = _parse_threshold(d.pop("threshold"))

        def _parse_amount(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        amount = _parse_amount(d.pop("amount"))

        def _parse_daily_cap(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        daily_cap = _parse_daily_cap(d.pop("daily_cap"))

        def _parse_since(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                since_type_0 = datetime.datetime.fromisoformat(data)

                return since_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        since = _parse_since(d.pop("since"))

        auto_top_up_out = cls(
            agreed=agreed,
            threshold=threshold,
            amount=amount,
            daily_cap=daily_cap,
            since=since,
        )

        auto_top_up_out.additional_properties = d
        return auto_top_up_out

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
