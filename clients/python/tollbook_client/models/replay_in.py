from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="ReplayIn")


@_attrs_define
class ReplayIn:
    """What is to be sent again."""

    since: datetime.datetime
    """ Made from then on. """
    until: datetime.datetime
    """ Made before then. """
    failed_only: bool | Unset = True
    """ Only what no sending has delivered. """

    def to_dict(self) -> dict[str, Any]:
        since = self.since.isoformat()

        until = self.until.isoformat()

        failed_only = self.failed_only

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "since": since,
                "until": until,
            }
        )
        if failed_only is not UNSET:
            field_dict["failed_only"] = failed_only

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        since = datetime.datetime.fromisoformat(d.pop("since"))

        until = datetime.datetime.fromisoformat(d.pop("until"))

        failed_only = d.pop("failed_only", UNSET)

        replay_in = cls(
            since=since,
            until=until,
            failed_only=failed_only,
        )

        return replay_in
