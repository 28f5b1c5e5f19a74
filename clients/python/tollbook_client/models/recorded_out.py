from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.result_out import ResultOut


T = TypeVar("T", bound="RecordedOut")


@_attrs_define
class RecordedOut:
    """What became of the events; a 2xx is sent after all of it is stored for good."""

    accepted: int
    """ How many were counted now. """
    repeated: int
    """ How many had been counted before. """
    conflicting: int
    """ How many contradict an event that was counted before. """
    refused: int
    """ How many would have gone above a limit. """
    results: list[ResultOut]
    """ One for each event, in the order sent. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        accepted = self.accepted

        repeated = self.repeated

        conflicting = self.conflicting

        refused = self.refused

        results = []
        for results_item_data in self.results:
            results_item = results_item_data.to_dict()
            results.append(results_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "accepted": accepted,
                "repeated": repeated,
                "conflicting": conflicting,
                "refused": refused,
                "results": results,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.result_out import ResultOut  # noqa: PLC0415

        d = dict(src_dict)
        accepted = d.pop("accepted")

        repeated = d.pop("repeated")

        conflicting = d.pop("conflicting")

        refused = d.pop("refused")

        results = []
        _results = d.pop("results")
        for results_item_data in _results:
            results_item = ResultOut.from_dict(results_item_data)

            results.append(results_item)

        recorded_out = cls(
            accepted=accepted,
            repeated=repeated,
            conflicting=conflicting,
            refused=refused,
            results=results,
        )

        recorded_out.additional_properties = d
        return recorded_out

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
