from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.hold_in import HoldIn


T = TypeVar("T", bound="HoldsIn")


@_attrs_define
class HoldsIn:
    """Money to be reserved for several things at once."""

    holds: list[HoldIn]
    """ Decided in this order. """

    def to_dict(self) -> dict[str, Any]:
        holds = []
        for holds_item_data in self.holds:
            holds_item = holds_item_data.to_dict()
            holds.append(holds_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "holds": holds,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.hold_in import HoldIn  # noqa: PLC0415

        d = dict(src_dict)
        holds = []
        _holds = d.pop("holds")
        for holds_item_data in _holds:
            holds_item = HoldIn.from_dict(holds_item_data)

            holds.append(holds_item)

        holds_in = cls(
            holds=holds,
        )

        return holds_in
