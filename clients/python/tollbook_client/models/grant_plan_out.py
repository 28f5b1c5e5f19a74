from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="GrantPlanOut")


@_attrs_define
class GrantPlanOut:
    """Credit that is given again in each cycle."""

    id: str
    """ Its id. """
    wallet: str
    """ The wallet. """
    name: str
    """ What the customer reads. """
    amount: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    priority: int
    """ Lower burns first. """
    anchor: datetime.date
    """ The day from which cycles are counted. """
    every: int
    """ How many months or days a cycle has. """
    unit: str
    """ months or days. """
    at_most: MoneyOut | None
    """ At most so much of what is left goes on; null: all. """
    at_least: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    life_days: int | None
    """ Days until the credit of a cycle expires; null: never. """
    ends_at: datetime.datetime | None
    """ No cycle begins at or after this instant. """
    next_at: datetime.datetime | None
    """ When it renews; null: it gives no more. """
    created_at: datetime.datetime
    """ When it was made. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        id = self.id

        wallet = self.wallet

        name = self.name

        amount = self.amount.to_dict()

        priority = self.priority

        anchor = self.anchor.isoformat()

        every = self.every

        unit = self.unit

        at_most: dict[str, Any] | None
        if isinstance(self.at_most, MoneyOut):
            at_most = self.at_most.to_dict()
        else:
            at_most = self.at_most

        at_least = self.at_least.to_dict()

        life_days: int | None
        life_days = self.life_days

        ends_at: None | str
        if isinstance(self.ends_at, datetime.datetime):
            ends_at = self.ends_at.isoformat()
        else:
            ends_at = self.ends_at

        next_at: None | str
        if isinstance(self.next_at, datetime.datetime):
            next_at = self.next_at.isoformat()
        else:
            next_at = self.next_at

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "wallet": wallet,
                "name": name,
                "amount": amount,
                "priority": priority,
                "anchor": anchor,
                "every": every,
                "unit": unit,
                "at_most": at_most,
                "at_least": at_least,
                "life_days": life_days,
                "ends_at": ends_at,
                "next_at": next_at,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        wallet = d.pop("wallet")

        name = d.pop("name")

        amount = MoneyOut.from_dict(d.pop("amount"))

        priority = d.pop("priority")

        anchor = datetime.date.fromisoformat(d.pop("anchor"))

        every = d.pop("every")

        unit = d.pop("unit")

        def _parse_at_most(data: object) -> MoneyOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                at_most_type_0 = MoneyOut.from_dict(data)

                return at_most_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyOut | None, data)

        at_most = _parse_at_most(d.pop("at_most"))

        at_least = MoneyOut.from_dict(d.pop("at_least"))

        def _parse_life_days(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        life_days = _parse_life_days(d.pop("life_days"))

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

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        grant_plan_out = cls(
            id=id,
            wallet=wallet,
            name=name,
            amount=amount,
            priority=priority,
            anchor=anchor,
            every=every,
            unit=unit,
            at_most=at_most,
            at_least=at_least,
            life_days=life_days,
            ends_at=ends_at,
            next_at=next_at,
            created_at=created_at,
        )

        grant_plan_out.additional_properties = d
        return grant_plan_out

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
