from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="NoticeOut")


@_attrs_define
class NoticeOut:
    """What a customer is told."""

    id: str
    """ Its id. """
    customer: str
    """ Who is told. """
    about: str
    """ reminder, fee, suspended, resumed or terminated. """
    invoice: None | str
    """ The invoice that it is about. """
    channels: list[str]
    """ How: portal, email, sms. """
    title: str
    """ In one line. """
    text: str
    """ What it says. """
    created_at: datetime.datetime
    """ When. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        customer = self.customer

        about = self.about

        invoice: None | str
        invoice = self.invoice

        channels = self.channels

        title = self.title

        text = self.text

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "customer": customer,
                "about": about,
                "invoice": invoice,
                "channels": channels,
                "title": title,
                "text": text,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        customer = d.pop("customer")

        about = d.pop("about")

        def _parse_invoice(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        invoice = _parse_invoice(d.pop("invoice"))

        channels = cast(list[str], d.pop("channels"))

        title = d.pop("title")

        text = d.pop("text")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        notice_out = cls(
            id=id,
            customer=customer,
            about=about,
            invoice=invoice,
            channels=channels,
            title=title,
            text=text,
            created_at=created_at,
        )

        notice_out.additional_properties = d
        return notice_out

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
