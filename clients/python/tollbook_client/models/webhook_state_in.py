from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.webhook_state_in_state import (
    WebhookStateInState,
    check_webhook_state_in_state,
)

T = TypeVar("T", bound="WebhookStateIn")


@_attrs_define
class WebhookStateIn:
    """What is to become of it."""

    state: WebhookStateInState
    """ active, paused or removed. """

    def to_dict(self) -> dict[str, Any]:
        state: str = self.state

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "state": state,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        state = check_webhook_state_in_state(d.pop("state"))

        webhook_state_in = cls(
            state=state,
        )

        return webhook_state_in
