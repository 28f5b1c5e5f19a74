from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="NewProject")


@_attrs_define
class NewProject:
    """A part of a customer that use is reported for."""

    reference: str
    """ Your own id for it. """
    name: str
    """ Its name on pages and documents. """

    def to_dict(self) -> dict[str, Any]:
        reference = self.reference

        name = self.name

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "reference": reference,
                "name": name,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        reference = d.pop("reference")

        name = d.pop("name")

        new_project = cls(
            reference=reference,
            name=name,
        )

        return new_project
