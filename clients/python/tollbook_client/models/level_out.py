from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="LevelOut")


@_attrs_define
class LevelOut:
    """What a wallet does when it is low or empty, and what it asks for now."""

    threshold: MoneyOut | None
    """ A top-up is asked for at or below it; null: never. """
    top_up_amount: MoneyOut | None
    """ How much is asked for then. """
    at_zero: str
    """ refuse, suspend, grace or overage. """
    grace_hours: int
    """ Hours until services are suspended, with grace. """
    request: None | str
    """ The top-up that is asked for now. """
    asked_amount: MoneyOut | None
    """ How much it asks for. """
    asked_since: datetime.datetime | None
    """ Since when. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        threshold: dict[str, Any] | None
        if isinstance(self.threshold, MoneyOut):
            threshold = self.threshold.to_dict()
        else:
            threshold = self.threshold

        top_up_amount: dict[str, Any] | None
        if isinstance(self.top_up_amount, MoneyOut):
            top_up_amount = self.top_up_amount.to_dict()
        else:
            top_up_amount = self.top_up_amount

        at_zero = self.at_zero

        grace_hours = self.grace_hours

        request: None | str
        request = self.request

        asked_amount: dict[str, Any] | None
        if isinstance(self.asked_amount, MoneyOut):
            asked_amount = self.asked_amount.to_dict()
        else:
            asked_amount = self.asked_amount

        asked_since: None | str
        if isinstance(self.asked_since, datetime.datetime):
            asked_since = self.asked_since.isoformat()
        else:
            asked_since = self.asked_since

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "threshold": threshold,
                "top_up_amount": top_up_amount,
                "at_zero": at_zero,
                "grace_hours": grace_hours,
                "request": request,
                "asked_amount": asked_amount,
                "asked_since": asked_since,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        d = dict(src_dict)

        def _parse_threshold(data: object) -> MoneyOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                threshold_type_0 = MoneyOut.from_dict(data)

                return threshold_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyOut | None, data)

        threshold = _parse_threshold(d.pop("threshold"))

        def _parse_top_up_amount(data: object) -> MoneyOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                top_up_amount_type_0 = MoneyOut.from_dict(data)

                return top_up_amount_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyOut | None, data)

        top_up_amount = _parse_top_up_amount(d.pop("top_up_amount"))

        at_zero = d.pop("at_zero")

        grace_hours = d.pop("grace_hours")

        def _parse_request(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        request = _parse_request(d.pop("request"))

        def _parse_asked_amount(data: object) -> MoneyOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                asked_amount_type_0 = MoneyOut.from_dict(data)

                return asked_amount_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyOut | None, data)

        asked_amount = _parse_asked_amount(d.pop("asked_amount"))

        def _parse_asked_since(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                asked_since_type_0 = datetime.datetime.fromisoformat(data)

                return asked_since_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        asked_since = _parse_asked_since(d.pop("asked_since"))

        level_out = cls(
            threshold=threshold,
            top_up_amount=top_up_amount,
            at_zero=at_zero,
            grace_hours=grace_hours,
            request=request,
            asked_amount=asked_amount,
            asked_since=asked_since,
        )

        level_out.additional_properties = d
        return level_out

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
