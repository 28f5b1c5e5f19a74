from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.subscription_in_alignment import (
    SubscriptionInAlignment,
    check_subscription_in_alignment,
)
from ..types import UNSET, Unset

T = TypeVar("T", bound="SubscriptionIn")


@_attrs_define
class SubscriptionIn:
    """A subscription to be."""

    customer: str
    """ Who subscribes. """
    plan: str
    """ To what; in the version that is sold at that instant. """
    at: datetime.datetime | None | Unset = UNSET
    """ When it begins; now, if left out. """
    months: int | Unset = 1
    """ Length of a period in months. """
    alignment: SubscriptionInAlignment | Unset = "calendar"
    """ calendar: periods are calendar months, the first and last are prorated. anchor: they turn on the day it
    began. """

    def to_dict(self) -> dict[str, Any]:
        customer = self.customer

        plan = self.plan

        at: None | str | Unset
        if isinstance(self.at, Unset):
            at = UNSET
        elif isinstance(self.at, datetime.datetime):
            at = self.at.isoformat()
        else:
            at = self.at

        months = self.months

        alignment: str | Unset = UNSET
        if not isinstance(self.alignment, Unset):
            alignment = self.alignment

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "customer": customer,
                "plan": plan,
            }
        )
        if at is not UNSET:
            field_dict["at"] = at
        if months is not UNSET:
            field_dict["months"] = months
        if alignment is not UNSET:
            field_dict["alignment"] = alignment

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        customer = d.pop("customer")

        plan = d.pop("plan")

        def _parse_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                at_type_0 = datetime.datetime.fromisoformat(data)

                return at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        at = _parse_at(d.pop("at", UNSET))

        months = d.pop("months", UNSET)

        _alignment = d.pop("alignment", UNSET)
        alignment: SubscriptionInAlignment | Unset
        if isinstance(_alignment, Unset):
            alignment = UNSET
        else:
            alignment = check_subscription_in_alignment(_alignment)

        subscription_in = cls(
            customer=customer,
            plan=plan,
            at=at,
            months=months,
            alignment=alignment,
        )

        return subscription_in
