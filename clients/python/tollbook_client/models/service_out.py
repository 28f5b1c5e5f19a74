from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ServiceOut")


@_attrs_define
class ServiceOut:
    """A thing that runs for a customer."""

    id: str
    """ Its id. """
    customer: str
    """ Whose it is. """
    subscription: str
    """ The agreement that it is delivered under. """
    name: str
    """ The plan's name when it was ordered. """
    kind: str
    """ What it is. """
    state: str
    """ What is confirmed: pending, active, suspended, failed or terminated. """
    stopped_for: list[str]
    """ Why it is stopped; it goes on when none is left. """
    created_at: datetime.datetime
    """ When it was ordered. """
    ends_at: datetime.datetime | None
    """ From when on it is to be no more. """
    ended_at: datetime.datetime | None
    """ When it was confirmed to be no more. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        customer = self.customer

        subscription = self.subscription

        name = self.name

        kind = self.kind

        state = self.state

        stopped_for = self.stopped_for

        created_at = self.created_at.isoformat()

        ends_at: None | str
        if isinstance(self.ends_at, datetime.datetime):
            ends_at = self.ends_at.isoformat()
        else:
            ends_at = self.ends_at

        ended_at: None | str
        if isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "customer": customer,
                "subscription": subscription,
                "name": name,
                "kind": kind,
                "state": state,
                "stopped_for": stopped_for,
                "created_at": created_at,
                "ends_at": ends_at,
                "ended_at": ended_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        customer = d.pop("customer")

        subscription = d.pop("subscription")

        name = d.pop("name")

        kind = d.pop("kind")

        state = d.pop("state")

        stopped_for = cast(list[str], d.pop("stopped_for"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_ends_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ends_at_type_0 = datetime.datetime.fromisoformat(data)

                return ends_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        ends_at = _parse_ends_at(d.pop("ends_at"))

        def _parse_ended_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ended_at_type_0 = datetime.datetime.fromisoformat(data)

                return ended_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        ended_at = _parse_ended_at(d.pop("ended_at"))

        service_out = cls(
            id=id,
            customer=customer,
            subscription=subscription,
            name=name,
            kind=kind,
            state=state,
            stopped_for=stopped_for,
            created_at=created_at,
            ends_at=ends_at,
            ended_at=ended_at,
        )

        service_out.additional_properties = d
        return service_out

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
