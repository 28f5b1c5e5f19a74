from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.event_kind_out_payload_example import EventKindOutPayloadExample
    from ..models.event_kind_out_payload_schema import EventKindOutPayloadSchema


T = TypeVar("T", bound="EventKindOut")


@_attrs_define
class EventKindOut:
    """A kind of fact that webhooks carry."""

    kind: str
    """ Its name, which is `type` in the message. """
    description: str
    """ When it is told. """
    payload_schema: EventKindOutPayloadSchema
    """ JSON Schema of the message. """
    payload_example: EventKindOutPayloadExample
    """ A message of this kind. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        kind = self.kind

        description = self.description

        payload_schema = self.payload_schema.to_dict()

        payload_example = self.payload_example.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "kind": kind,
                "description": description,
                "payload_schema": payload_schema,
                "payload_example": payload_example,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.event_kind_out_payload_example import EventKindOutPayloadExample  # noqa: PLC0415
        from ..models.event_kind_out_payload_schema import EventKindOutPayloadSchema  # noqa: PLC0415

        d = dict(src_dict)
        kind = d.pop("kind")

        description = d.pop("description")

        payload_schema = EventKindOutPayloadSchema.from_dict(d.pop("payload_schema"))

        payload_example = EventKindOutPayloadExample.from_dict(d.pop("payload_example"))

        event_kind_out = cls(
            kind=kind,
            description=description,
            payload_schema=payload_schema,
            payload_example=payload_example,
        )

        event_kind_out.additional_properties = d
        return event_kind_out

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
