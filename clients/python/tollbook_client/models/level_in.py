from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.level_in_at_zero import LevelInAtZero, check_level_in_at_zero
from ..types import UNSET, Unset

T = TypeVar("T", bound="LevelIn")


@_attrs_define
class LevelIn:
    """What a wallet does when it is low or empty."""

    threshold: int | None | str | Unset = UNSET
    """ A top-up is asked for at or below it; null: never. """
    top_up_amount: int | None | str | Unset = UNSET
    """ How much is asked for then. """
    at_zero: LevelInAtZero | Unset = "overage"
    """ refuse: new use is refused; suspend: at once; grace: after hours; overage: invoiced. """
    grace_hours: int | Unset = 0
    """ Hours until services are suspended, with grace. """

    def to_dict(self) -> dict[str, Any]:
        threshold: int | None | str | Unset
        if isinstance(self.threshold, Unset):
            threshold = UNSET
        else:
            threshold = self.threshold

        top_up_amount: int | None | str | Unset
        if isinstance(self.top_up_amount, Unset):
            top_up_amount = UNSET
        else:
            top_up_amount = self.top_up_amount

        at_zero: str | Unset = UNSET
        if not isinstance(self.at_zero, Unset):
            at_zero = self.at_zero

        grace_hours = self.grace_hours

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if threshold is not UNSET:
            field_dict["threshold"] = threshold
        if top_up_amount is not UNSET:
            field_dict["top_up_amount"] = top_up_amount
        if at_zero is not UNSET:
            field_dict["at_zero"] = at_zero
        if grace_hours is not UNSET:
            field_dict["grace_hours"] = grace_hours

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_threshold(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        threshold = _parse_threshold(d.pop("threshold", UNSET))

        def _parse_top_up_amount(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        top_up_amount = _parse_top_up_amount(d.pop("top_up_amount", UNSET))

        _at_zero = d.pop("at_zero", UNSET)
        at_zero: LevelInAtZero | Unset
        if isinstance(_at_zero, Unset):
            at_zero = UNSET
        else:
            at_zero = check_level_in_at_zero(_at_zero)

        grace_hours = d.pop("grace_hours", UNSET)

        level_in = cls(
            threshold=threshold,
            top_up_amount=top_up_amount,
            at_zero=at_zero,
            grace_hours=grace_hours,
        )

        return level_in
