from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.correction_result_out import CorrectionResultOut


T = TypeVar("T", bound="CorrectedOut")


@_attrs_define
class CorrectedOut:
    """What became of the corrections; a 2xx is sent after all of it is stored for good."""

    corrected: int
    """ How many events count no more, from now on. """
    repeated: int
    """ How many had been corrected before in the same way. """
    conflicting: int
    """ How many had been corrected before in another way. """
    results: list[CorrectionResultOut]
    """ One for each correction, in the order sent. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        corrected = self.corrected

        repeated = self.repeated

        conflicting = self.conflicting

        results = []
        for results_item_data in self.results:
            results_item = results_item_data.to_dict()
            results.append(results_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "corrected": corrected,
                "repeated": repeated,
                "conflicting": conflicting,
                "results": results,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.correction_result_out import CorrectionResultOut  # noqa: PLC0415

        d = dict(src_dict)
        corrected = d.pop("corrected")

        repeated = d.pop("repeated")

        conflicting = d.pop("conflicting")

        results = []
        _results = d.pop("results")
        for results_item_data in _results:
            results_item = CorrectionResultOut.from_dict(results_item_data)

            results.append(results_item)

        corrected_out = cls(
            corrected=corrected,
            repeated=repeated,
            conflicting=conflicting,
            results=results,
        )

        corrected_out.additional_properties = d
        return corrected_out

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
