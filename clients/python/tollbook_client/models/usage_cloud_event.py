from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.usage_cloud_event_datacontenttype import (
    UsageCloudEventDatacontenttype,
    check_usage_cloud_event_datacontenttype,
)
from ..models.usage_cloud_event_specversion import (
    UsageCloudEventSpecversion,
    check_usage_cloud_event_specversion,
)
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.usage_cloud_event_data import UsageCloudEventData


T = TypeVar("T", bound="UsageCloudEvent")


@_attrs_define
class UsageCloudEvent:
    """A usage event as a CloudEvent. Attributes of extensions are taken and not stored."""

    specversion: UsageCloudEventSpecversion
    """ The version of CloudEvents. """
    id: str
    """ Your id of the event, once in its source. """
    source: str
    """ Who names it. """
    type_: str
    """ Code of the meter. """
    time: datetime.datetime
    """ When it happened, with offset. """
    subject: str | Unset = UNSET
    """ Id of the customer; left out with its own key. """
    datacontenttype: UsageCloudEventDatacontenttype | Unset = UNSET
    """ What `data` is. """
    dataschema: str | Unset = UNSET
    """ Taken and not read. """
    data: UsageCloudEventData | Unset = UNSET
    """ What was used; `quantity` is 1 if left out. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        specversion: str = self.specversion

        id = self.id

        source = self.source

        type_ = self.type_

        time = self.time.isoformat()

        subject = self.subject

        datacontenttype: str | Unset = UNSET
        if not isinstance(self.datacontenttype, Unset):
            datacontenttype = self.datacontenttype

        dataschema = self.dataschema

        data: dict[str, Any] | Unset = UNSET
        if not isinstance(self.data, Unset):
            data = self.data.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "specversion": specversion,
                "id": id,
                "source": source,
                "type": type_,
                "time": time,
            }
        )
        if subject is not UNSET:
            field_dict["subject"] = subject
        if datacontenttype is not UNSET:
            field_dict["datacontenttype"] = datacontenttype
        if dataschema is not UNSET:
            field_dict["dataschema"] = dataschema
        if data is not UNSET:
            field_dict["data"] = data

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.usage_cloud_event_data import UsageCloudEventData  # noqa: PLC0415

        d = dict(src_dict)
        specversion = check_usage_cloud_event_specversion(d.pop("specversion"))

        id = d.pop("id")

        source = d.pop("source")

        type_ = d.pop("type")

        time = datetime.datetime.fromisoformat(d.pop("time"))

        subject = d.pop("subject", UNSET)

        _datacontenttype = d.pop("datacontenttype", UNSET)
        datacontenttype: UsageCloudEventDatacontenttype | Unset
        if isinstance(_datacontenttype, Unset):
            datacontenttype = UNSET
        else:
            datacontenttype = check_usage_cloud_event_datacontenttype(_datacontenttype)

        dataschema = d.pop("dataschema", UNSET)

        _data = d.pop("data", UNSET)
        data: UsageCloudEventData | Unset
        if isinstance(_data, Unset):
            data = UNSET
        else:
            data = UsageCloudEventData.from_dict(_data)

        usage_cloud_event = cls(
            specversion=specversion,
            id=id,
            source=source,
            type_=type_,
            time=time,
            subject=subject,
            datacontenttype=datacontenttype,
            dataschema=dataschema,
            data=data,
        )

        usage_cloud_event.additional_properties = d
        return usage_cloud_event

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
