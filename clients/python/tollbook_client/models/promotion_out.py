from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="PromotionOut")


@_attrs_define
class PromotionOut:
    """What a code gives, to whom, and how often."""

    id: str
    """ Its id. """
    brand: str
    """ Who gives it. """
    code: str
    """ What customers enter. """
    name: str
    """ What customers read. """
    gives: str
    """ What it gives, in words. """
    kind: str
    """ percent, amount, price or setup. """
    scope: str
    """ lines: off what a subscription costs; invoice: off whole invoices. """
    value: str
    """ The percentage or the amount of a whole period. """
    currency: None | str
    """ Of an amount or price. """
    cycles: int | None
    """ For how many periods, or invoices; null: for ever. """
    use: bool
    """ Whether a percentage is of use too. """
    stacks: str
    """ alone, additive or multiplicative. """
    audience: str
    """ anybody, new or existing. """
    products: list[str]
    """ What it is for; empty, as plans: all. """
    plans: list[str]
    """ Plans that it is for. """
    months: list[int]
    """ Lengths of periods in months; empty: any. """
    valid_from: datetime.datetime
    """ Redeemed from then on. """
    valid_to: datetime.datetime | None
    """ Redeemed before then. """
    limit_total: int | None
    """ How often in all. """
    limit_customer: int | None
    """ How often by one customer. """
    redeemed: int
    """ How often it was redeemed. """
    withdrawn_at: datetime.datetime | None
    """ Since when it is given no more. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        brand = self.brand

        code = self.code

        name = self.name

        gives = self.gives

        kind = self.kind

        scope = self.scope

        value = self.value

        currency: None | str
        currency = self.currency

        cycles: int | None
        cycles = self.cycles

        use = self.use

        stacks = self.stacks

        audience = self.audience

        products = self.products

        plans = self.plans

        months = self.months

        valid_from = self.valid_from.isoformat()

        valid_to: None | str
        if isinstance(self.valid_to, datetime.datetime):
            valid_to = self.valid_to.isoformat()
        else:
            valid_to = self.valid_to

        limit_total: int | None
        limit_total = self.limit_total

        limit_customer: int | None
        limit_customer = self.limit_customer

        redeemed = self.redeemed

        withdrawn_at: None | str
        if isinstance(self.withdrawn_at, datetime.datetime):
            withdrawn_at = self.withdrawn_at.isoformat()
        else:
            withdrawn_at = self.withdrawn_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "brand": brand,
                "code": code,
                "name": name,
                "gives": gives,
                "kind": kind,
                "scope": scope,
                "value": value,
                "currency": currency,
                "cycles": cycles,
                "use": use,
                "stacks": stacks,
                "audience": audience,
                "products": products,
                "plans": plans,
                "months": months,
                "valid_from": valid_from,
                "valid_to": valid_to,
                "limit_total": limit_total,
                "limit_customer": limit_customer,
                "redeemed": redeemed,
                "withdrawn_at": withdrawn_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        brand = d.pop("brand")

        code = d.pop("code")

        name = d.pop("name")

        gives = d.pop("gives")

        kind = d.pop("kind")

        scope = d.pop("scope")

        value = d.pop("value")

        def _parse_currency(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        currency = _parse_currency(d.pop("currency"))

        def _parse_cycles(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        cycles = _parse_cycles(d.pop("cycles"))

        use = d.pop("use")

        stacks = d.pop("stacks")

        audience = d.pop("audience")

        products = cast(list[str], d.pop("products"))

        plans = cast(list[str], d.pop("plans"))

        months = cast(list[int], d.pop("months"))

        valid_from = datetime.datetime.fromisoformat(d.pop("valid_from"))

        def _parse_valid_to(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                valid_to_type_0 = datetime.datetime.fromisoformat(data)

                return valid_to_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        valid_to = _parse_valid_to(d.pop("valid_to"))

        def _parse_limit_total(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        limit_total = _parse_limit_total(d.pop("limit_total"))

        def _parse_limit_customer(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        limit_customer = _parse_limit_customer(d.pop("limit_customer"))

        redeemed = d.pop("redeemed")

        def _parse_withdrawn_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                withdrawn_at_type_0 = datetime.datetime.fromisoformat(data)

                return withdrawn_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        withdrawn_at = _parse_withdrawn_at(d.pop("withdrawn_at"))

        promotion_out = cls(
            id=id,
            brand=brand,
            code=code,
            name=name,
            gives=gives,
            kind=kind,
            scope=scope,
            value=value,
            currency=currency,
            cycles=cycles,
            use=use,
            stacks=stacks,
            audience=audience,
            products=products,
            plans=plans,
            months=months,
            valid_from=valid_from,
            valid_to=valid_to,
            limit_total=limit_total,
            limit_customer=limit_customer,
            redeemed=redeemed,
            withdrawn_at=withdrawn_at,
        )

        promotion_out.additional_properties = d
        return promotion_out

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
