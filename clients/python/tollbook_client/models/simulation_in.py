from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="SimulationIn")


@_attrs_define
class SimulationIn:
    """A past month of a plan's customers under one of its versions."""

    version: str
    """ The version to try on its plan's customers. """
    month: str
    """ A month that is over, where the brand is. """

    def to_dict(self) -> dict[str, Any]:
        version = self.version

        month = self.month

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "version": version,
                "month": month,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        version = d.pop("version")

        month = d.pop("month")

        simulation_in = cls(
            version=version,
            month=month,
        )

        return simulation_in
