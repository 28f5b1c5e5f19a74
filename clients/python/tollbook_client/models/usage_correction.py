from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.usage_replacement import UsageReplacement


T = TypeVar("T", bound="UsageCorrection")


@_attrs_define
class UsageCorrection:
    """That an event counts no more, or that another counts instead."""

    customer: str
    """ Whose event it is. """
    id: str
    """ The event's id. """
    reason: str
    """ Why; the customer reads it beside what is charged back. """
    source: str | Unset = "api"
    """ Who names it. """
    replacement: UsageReplacement | Unset = UNSET
    """ The event that counts instead, with a new id; left out, none does. """

    def to_dict(self) -> dict[str, Any]:
        customer = self.customer

        id = self.id

        reason = self.reason

        source = self.source

        replacement: dict[str, Any] | Unset = UNSET
        if not isinstance(self.replacement, Unset):
            replacement = self.replacement.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "customer": customer,
                "id": id,
                "reason": reason,
            }
        )
        if source is not UNSET:
            field_dict["source"] = source
        if replacement is not UNSET:
            field_dict["replacement"] = replacement

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.usage_replacement import UsageReplacement  # noqa: PLC0415

        d = dict(src_dict)
        customer = d.pop("customer")

        id = d.pop("id")

        reason = d.pop("reason")

        source = d.pop("source", UNSET)

        _replacement = d.pop("replacement", UNSET)
        replacement: UsageReplacement | Unset
        if isinstance(_replacement, Unset):
            replacement = UNSET
        else:
            replacement = UsageReplacement.from_dict(_replacement)

        usage_correction = cls(
            customer=customer,
            id=id,
            reason=reason,
            source=source,
            replacement=replacement,
        )

        return usage_correction
