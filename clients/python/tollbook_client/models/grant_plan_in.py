from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.grant_plan_in_unit import GrantPlanInUnit, check_grant_plan_in_unit
from ..types import UNSET, Unset

T = TypeVar("T", bound="GrantPlanIn")


@_attrs_define
class GrantPlanIn:
    """Credit that is given again in each cycle."""

    amount: int | str
    """ Decimal as text, in the currency's major unit. """
    currency: str
    """ ISO 4217 code. """
    name: str
    """ What the customer reads. """
    anchor: datetime.date
    """ The first cycle begins on this day, in the customer's zone; if past: the rhythm. """
    every: int | Unset = 1
    """ How many months or days a cycle has. """
    unit: GrantPlanInUnit | Unset = "months"
    """ months or days. """
    priority: int | Unset = 50
    """ Lower burns first. """
    at_most: int | None | str | Unset = "0"
    """ At most so much of what is left goes on into the next cycle; null: all, 0: nothing. """
    at_least: int | str | Unset = "0"
    """ At least so much does, given anew where less is left. """
    life_days: int | None | Unset = UNSET
    """ The credit of a cycle expires after so many days; null: never. """
    ends_at: datetime.datetime | None | Unset = UNSET
    """ No cycle begins at or after this instant; null: no end. """

    def to_dict(self) -> dict[str, Any]:
        amount: int | str
        amount = self.amount

        currency = self.currency

        name = self.name

        anchor = self.anchor.isoformat()

        every = self.every

        unit: str | Unset = UNSET
        if not isinstance(self.unit, Unset):
            unit = self.unit

        priority = self.priority

        at_most: int | None | str | Unset
        if isinstance(self.at_most, Unset):
            at_most = UNSET
        else:
            at_most = self.at_most

        at_least: int | str | Unset
        if isinstance(self.at_least, Unset):
            at_least = UNSET
        else:
            at_least = self.at_least

        life_days: int | None | Unset
        if isinstance(self.life_days, Unset):
            life_days = UNSET
        else:
            life_days = self.life_days

        ends_at: None | str | Unset
        if isinstance(self.ends_at, Unset):
            ends_at = UNSET
        elif isinstance(self.ends_at, datetime.datetime):
            ends_at = self.ends_at.isoformat()
        else:
            ends_at = self.ends_at

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "amount": amount,
                "currency": currency,
                "name": name,
                "anchor": anchor,
            }
        )
        if every is not UNSET:
            field_dict["every"] = every
        if unit is not UNSET:
            field_dict["unit"] = unit
        if priority is not UNSET:
            field_dict["priority"] = priority
        if at_most is not UNSET:
            field_dict["at_most"] = at_most
        if at_least is not UNSET:
            field_dict["at_least"] = at_least
        if life_days is not UNSET:
            field_dict["life_days"] = life_days
        if ends_at is not UNSET:
            field_dict["ends_at"] = ends_at

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_amount(data: object) -> int | str:
            return cast(int | str, data)

        amount = _parse_amount(d.pop("amount"))

        currency = d.pop("currency")

        name = d.pop("name")

        anchor = datetime.date.fromisoformat(d.pop("anchor"))

        every = d.pop("every", UNSET)

        _unit = d.pop("unit", UNSET)
        unit: GrantPlanInUnit | Unset
        if isinstance(_unit, Unset):
            unit = UNSET
        else:
            unit = check_grant_plan_in_unit(_unit)

        priority = d.pop("priority", UNSET)

        def _parse_at_most(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        at_most = _parse_at_most(d.pop("at_most", UNSET))

        def _parse_at_least(data: object) -> int | str | Unset:
            if isinstance(data, Unset):
                return data
            return cast(int | str | Unset, data)

        at_least = _parse_at_least(d.pop("at_least", UNSET))

        def _parse_life_days(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        life_days = _parse_life_days(d.pop("life_days", UNSET))

        def _parse_ends_at(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ends_at_type_0 = datetime.datetime.fromisoformat(data)

                return ends_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        ends_at = _parse_ends_at(d.pop("ends_at", UNSET))

        grant_plan_in = cls(
            amount=amount,
            currency=currency,
            name=name,
            anchor=anchor,
            every=every,
            unit=unit,
            priority=priority,
            at_most=at_most,
            at_least=at_least,
            life_days=life_days,
            ends_at=ends_at,
        )

        return grant_plan_in
