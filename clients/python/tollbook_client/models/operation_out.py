from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="OperationOut")


@_attrs_define
class OperationOut:
    """Something that another system is asked to do to a service."""

    id: str
    """ Its id, and the key by which the other system knows it. """
    service: str
    """ The service. """
    verb: str
    """ provision, change, suspend, resume or terminate. """
    progress: str
    """ waiting, sent, working, unknown, done, failed or cancelled. """
    calls: int
    """ How often the other system was called about it. """
    note: str
    """ What the last call brought. """
    created_at: datetime.datetime
    """ When it was written down. """
    next_at: datetime.datetime | None
    """ When it is tried or asked about next. """
    for_people_since: datetime.datetime | None
    """ Since when people have to look; null: they have not. """
    ended_at: datetime.datetime | None
    """ When it ended. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        service = self.service

        verb = self.verb

        progress = self.progress

        calls = self.calls

        note = self.note

        created_at = self.created_at.isoformat()

        next_at: None | str
        if isinstance(self.next_at, datetime.datetime):
            next_at = self.next_at.isoformat()
        else:
            next_at = self.next_at

        for_people_since: None | str
        if isinstance(self.for_people_since, datetime.datetime):
            for_people_since = self.for_people_since.isoformat()
        else:
            for_people_since = self.for_people_since

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
                "service": service,
                "verb": verb,
                "progress": progress,
                "calls": calls,
                "note": note,
                "created_at": created_at,
                "next_at": next_at,
                "for_people_since": for_people_since,
                "ended_at": ended_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        service = d.pop("service")

        verb = d.pop("verb")

        progress = d.pop("progress")

        calls = d.pop("calls")

        note = d.pop("note")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_next_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                next_at_type_0 = datetime.datetime.fromisoformat(data)

                return next_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        next_at = _parse_next_at(d.pop("next_at"))

        def _parse_for_people_since(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                for_people_since_type_0 = datetime.datetime.fromisoformat(data)

                return for_people_since_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        for_people_since = _parse_for_people_since(d.pop("for_people_since"))

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

        operation_out = cls(
            id=id,
            service=service,
            verb=verb,
            progress=progress,
            calls=calls,
            note=note,
            created_at=created_at,
            next_at=next_at,
            for_people_since=for_people_since,
            ended_at=ended_at,
        )

        operation_out.additional_properties = d
        return operation_out

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
