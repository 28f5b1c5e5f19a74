from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.feature_out_schema import FeatureOutSchema


T = TypeVar("T", bound="FeatureOut")


@_attrs_define
class FeatureOut:
    """A feature and the value that counts."""

    key: str
    """ Its name. """
    title: str
    """ What people read. """
    help_: str
    """ What it does. """
    type_: str
    """ boolean, integer, decimal, choice, text or money. """
    schema: FeatureOutSchema
    """ JSON schema of a value. """
    levels: list[str]
    """ Where it can be set; the nearest to the customer counts. """
    default: Any
    """ What counts where it is set nowhere. """
    value: Any
    """ What counts. """
    set_at: None | str
    """ The level that the value comes from; null: the default. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        key = self.key

        title = self.title

        help_ = self.help_

        type_ = self.type_

        schema = self.schema.to_dict()

        levels = self.levels

        default = self.default

        value = self.value

        set_at: None | str
        set_at = self.set_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "key": key,
                "title": title,
                "help": help_,
                "type": type_,
                "schema": schema,
                "levels": levels,
                "default": default,
                "value": value,
                "set_at": set_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.feature_out_schema import FeatureOutSchema  # noqa: PLC0415

        d = dict(src_dict)
        key = d.pop("key")

        title = d.pop("title")

        help_ = d.pop("help")

        type_ = d.pop("type")

        schema = FeatureOutSchema.from_dict(d.pop("schema"))

        levels = cast(list[str], d.pop("levels"))

        default = d.pop("default")

        value = d.pop("value")

        def _parse_set_at(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        set_at = _parse_set_at(d.pop("set_at"))

        feature_out = cls(
            key=key,
            title=title,
            help_=help_,
            type_=type_,
            schema=schema,
            levels=levels,
            default=default,
            value=value,
            set_at=set_at,
        )

        feature_out.additional_properties = d
        return feature_out

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
