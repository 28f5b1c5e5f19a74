from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.usage_correction import UsageCorrection


T = TypeVar("T", bound="UsageCorrections")


@_attrs_define
class UsageCorrections:
    """Up to 1,000 corrections: done all, or none if one of them is wrong."""

    corrections: list[UsageCorrection]
    """ The corrections. """

    def to_dict(self) -> dict[str, Any]:
        corrections = []
        for corrections_item_data in self.corrections:
            corrections_item = corrections_item_data.to_dict()
            corrections.append(corrections_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "corrections": corrections,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.usage_correction import UsageCorrection  # noqa: PLC0415

        d = dict(src_dict)
        corrections = []
        _corrections = d.pop("corrections")
        for corrections_item_data in _corrections:
            corrections_item = UsageCorrection.from_dict(corrections_item_data)

            corrections.append(corrections_item)

        usage_corrections = cls(
            corrections=corrections,
        )

        return usage_corrections
