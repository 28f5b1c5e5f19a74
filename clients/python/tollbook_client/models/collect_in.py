from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="CollectIn")


@_attrs_define
class CollectIn:
    """Whether invoices shall be charged when they are issued."""

    agreed: bool
    """ Whether they shall. """

    def to_dict(self) -> dict[str, Any]:
        agreed = self.agreed

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "agreed": agreed,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        agreed = d.pop("agreed")

        collect_in = cls(
            agreed=agreed,
        )

        return collect_in
