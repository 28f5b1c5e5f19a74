from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.version_out import VersionOut


T = TypeVar("T", bound="PlanOut")


@_attrs_define
class PlanOut:
    """A product with price terms."""

    id: str
    """ Its id. """
    product: str
    """ The product. """
    code: str
    """ Its code, once in a product. """
    name: str
    """ Its name. """
    description: str
    """ What it is. """
    position: int
    """ A smaller one stands higher. """
    hidden: bool
    """ Whether customers do not see it in lists. """
    archived: bool
    """ Whether it is sold no more; who has it keeps it. """
    version: None | VersionOut
    """ The version sold now; null where none is. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.version_out import VersionOut  # noqa: PLC0415

        id = self.id

        product = self.product

        code = self.code

        name = self.name

        description = self.description

        position = self.position

        hidden = self.hidden

        archived = self.archived

        version: dict[str, Any] | None
        if isinstance(self.version, VersionOut):
            version = self.version.to_dict()
        else:
            version = self.version

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "product": product,
                "code": code,
                "name": name,
                "description": description,
                "position": position,
                "hidden": hidden,
                "archived": archived,
                "version": version,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.version_out import VersionOut  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        product = d.pop("product")

        code = d.pop("code")

        name = d.pop("name")

        description = d.pop("description")

        position = d.pop("position")

        hidden = d.pop("hidden")

        archived = d.pop("archived")

        def _parse_version(data: object) -> None | VersionOut:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                version_type_0 = VersionOut.from_dict(data)

                return version_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | VersionOut, data)

        version = _parse_version(d.pop("version"))

        plan_out = cls(
            id=id,
            product=product,
            code=code,
            name=name,
            description=description,
            position=position,
            hidden=hidden,
            archived=archived,
            version=version,
        )

        plan_out.additional_properties = d
        return plan_out

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
