from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="SpendAlertIn")


@_attrs_define
class SpendAlertIn:
    """A threshold to be: an amount, or a percentage of a budget, in the customer's currency."""

    subscription: None | str | Unset = UNSET
    """ Of which subscription; left out: all. """
    amount: int | None | str | Unset = UNSET
    """ At this amount. """
    percent: int | None | str | Unset = UNSET
    """ Or at this percentage of the budget. """
    budget: int | None | str | Unset = UNSET
    """ The budget. """

    def to_dict(self) -> dict[str, Any]:
        subscription: None | str | Unset
        if isinstance(self.subscription, Unset):
            subscription = UNSET
        else:
            subscription = self.subscription

        amount: int | None | str | Unset
        if isinstance(self.amount, Unset):
            amount = UNSET
        else:
            amount = self.amount

        percent: int | None | str | Unset
        if isinstance(self.percent, Unset):
            percent = UNSET
        else:
            percent = self.percent

        budget: int | None | str | Unset
        if isinstance(self.budget, Unset):
            budget = UNSET
        else:
            budget = self.budget

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if subscription is not UNSET:
            field_dict["subscription"] = subscription
        if amount is not UNSET:
            field_dict["amount"] = amount
        if percent is not UNSET:
            field_dict["percent"] = percent
        if budget is not UNSET:
            field_dict["budget"] = budget

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_subscription(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        subscription = _parse_subscription(d.pop("subscription", UNSET))

        def _parse_amount(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        amount = _parse_amount(d.pop("amount", UNSET))

        def _parse_percent(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        percent = _parse_percent(d.pop("percent", UNSET))

        def _parse_budget(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        budget = _parse_budget(d.pop("budget", UNSET))

        spend_alert_in = cls(
            subscription=subscription,
            amount=amount,
            percent=percent,
            budget=budget,
        )

        return spend_alert_in
