from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.hold_result_out import HoldResultOut


T = TypeVar("T", bound="HoldsOut")


@_attrs_define
class HoldsOut:
    """What became of several holds."""

    held: int
    """ How many are held. """
    refused: int
    """ How many were refused; they keep nothing of the others back. """
    results: list[HoldResultOut]
    """ One for each hold, in the order sent. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        held = self.held

        refused = self.refused

        results = []
        for results_item_data in self.results:
            results_item = results_item_data.to_dict()
            results.append(results_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "held": held,
                "refused": refused,
                "results": results,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.hold_result_out import HoldResultOut  # noqa: PLC0415

        d = dict(src_dict)
        held = d.pop("held")

        refused = d.pop("refused")

        results = []
        _results = d.pop("results")
        for results_item_data in _results:
            results_item = HoldResultOut.from_dict(results_item_data)

            results.append(results_item)

        holds_out = cls(
            held=held,
            refused=refused,
            results=results,
        )

        holds_out.additional_properties = d
        return holds_out

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
