from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="PlanIn")


@_attrs_define
class PlanIn:
    """A plan to be."""

    name: str
    """ Its name. """
    code: str
    """ Once in a product; it stays. """
    description: str | Unset = ""
    """ What it is; may have several lines. """
    position: int | Unset = 100
    """ A smaller one stands higher. """
    hidden: bool | Unset = False
    """ Whether customers do not see it; staff may sell it. """

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        code = self.code

        description = self.description

        position = self.position

        hidden = self.hidden

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "name": name,
                "code": code,
            }
        )
        if description is not UNSET:
            field_dict["description"] = description
        if position is not UNSET:
            field_dict["position"] = position
        if hidden is not UNSET:
            field_dict["hidden"] = hidden

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        code = d.pop("code")

        description = d.pop("description", UNSET)

        position = d.pop("position", UNSET)

        hidden = d.pop("hidden", UNSET)

        plan_in = cls(
            name=name,
            code=code,
            description=description,
            position=position,
            hidden=hidden,
        )

        return plan_in
