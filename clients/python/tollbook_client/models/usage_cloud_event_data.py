from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.usage_dimensions import UsageDimensions


T = TypeVar("T", bound="UsageCloudEventData")


@_attrs_define
class UsageCloudEventData:
    """What was used; `quantity` is 1 if left out."""

    dimensions: UsageDimensions | Unset = UNSET
    """ What readings may be split by. """
    quantity: int | str | Unset = UNSET
    """ Decimal as text, at most 16 digits before the point and 12 after it. """
    resource: str | Unset = UNSET
    """ What was used: a server, a number. """
    subscription: str | Unset = UNSET
    """ The subscription, where it matters which. """

    def to_dict(self) -> dict[str, Any]:
        dimensions: dict[str, Any] | Unset = UNSET
        if not isinstance(self.dimensions, Unset):
            dimensions = self.dimensions.to_dict()

        quantity: int | str | Unset
        if isinstance(self.quantity, Unset):
            quantity = UNSET
        else:
            quantity = self.quantity

        resource = self.resource

        subscription = self.subscription

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if dimensions is not UNSET:
            field_dict["dimensions"] = dimensions
        if quantity is not UNSET:
            field_dict["quantity"] = quantity
        if resource is not UNSET:
            field_dict["resource"] = resource
        if subscription is not UNSET:
            field_dict["subscription"] = subscription

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.usage_dimensions import UsageDimensions  # noqa: PLC0415

        d = dict(src_dict)
        _dimensions = d.pop("dimensions", UNSET)
        dimensions: UsageDimensions | Unset
        if isinstance(_dimensions, Unset):
            dimensions = UNSET
        else:
            dimensions = UsageDimensions.from_dict(_dimensions)

        def _parse_quantity(data: object) -> int | str | Unset:
            if isinstance(data, Unset):
                return data
            return cast(int | str | Unset, data)

        quantity = _parse_quantity(d.pop("quantity", UNSET))

        resource = d.pop("resource", UNSET)

        subscription = d.pop("subscription", UNSET)

        usage_cloud_event_data = cls(
            dimensions=dimensions,
            quantity=quantity,
            resource=resource,
            subscription=subscription,
        )

        return usage_cloud_event_data
