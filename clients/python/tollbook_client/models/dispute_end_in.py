from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..models.dispute_end_in_outcome import (
    DisputeEndInOutcome,
    check_dispute_end_in_outcome,
)

T = TypeVar("T", bound="DisputeEndIn")


@_attrs_define
class DisputeEndIn:
    """How it ended."""

    outcome: DisputeEndInOutcome
    """ won: nothing has changed; lost: it is gone. """

    def to_dict(self) -> dict[str, Any]:
        outcome: str = self.outcome

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "outcome": outcome,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        outcome = check_dispute_end_in_outcome(d.pop("outcome"))

        dispute_end_in = cls(
            outcome=outcome,
        )

        return dispute_end_in
