from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.promotion_in_audience import (
    PromotionInAudience,
    check_promotion_in_audience,
)
from ..models.promotion_in_kind import PromotionInKind, check_promotion_in_kind
from ..models.promotion_in_scope import PromotionInScope, check_promotion_in_scope
from ..models.promotion_in_stacks import PromotionInStacks, check_promotion_in_stacks
from ..types import UNSET, Unset

T = TypeVar("T", bound="PromotionIn")


@_attrs_define
class PromotionIn:
    """A promotion to be."""

    brand: str
    """ Who gives it. """
    code: str
    """ What customers enter, without the prefix that is set. """
    name: str
    """ What customers read. """
    kind: PromotionInKind
    """ percent off; amount off the fees of a whole period; price: in place of the recurring fees of a whole period,
    where these are higher; setup: one-time fees are free. """
    value: int | str | Unset = "0"
    """ The percentage or the amount. """
    scope: PromotionInScope | Unset = "lines"
    """ lines: off what a subscription costs; invoice: a percentage or amount off whole invoices, after all that is
    off their lines. """
    currency: None | str | Unset = UNSET
    """ Of an amount or price. """
    cycles: int | None | Unset = 1
    """ For how many periods, or invoices; null: for ever. """
    use: bool | Unset = False
    """ Whether a percentage is of use too, not only of fees. """
    stacks: PromotionInStacks | Unset = "alone"
    """ alone: with no other; additive: percentages added; multiplicative: of what others leave. """
    audience: PromotionInAudience | Unset = "anybody"
    """ anybody; new: for a first subscription in its first period; existing: for all others. """
    products: list[str] | Unset = UNSET
    """ What it is for; empty: all. """
    plans: list[str] | Unset = UNSET
    """ Plans that it is for as well. """
    months: list[int] | Unset = UNSET
    """ Lengths of periods in months; empty: any. """
    valid_from: datetime.datetime | None | Unset = UNSET
    """ Redeemed from then on; now, if left out. """
    valid_to: datetime.datetime | None | Unset = UNSET
    """ Redeemed before then; null: no end. """
    limit_total: int | None | Unset = UNSET
    """ How often in all; null: without limit. """
    limit_customer: int | None | Unset = UNSET
    """ How often by one customer; null: without limit. """

    def to_dict(self) -> dict[str, Any]:
        brand = self.brand

        code = self.code

        name = self.name

        kind: str = self.kind

        value: int | str | Unset
        if isinstance(self.value, Unset):
            value = UNSET
        else:
            value = self.value

        scope: str | Unset = UNSET
        if not isinstance(self.scope, Unset):
            scope = self.scope

        currency: None | str | Unset
        if isinstance(self.currency, Unset):
            currency = UNSET
        else:
            currency = self.currency

        cycles: int | None | Unset
        if isinstance(self.cycles, Unset):
            cycles = UNSET
        else:
            cycles = self.cycles

        use = self.use

        stacks: str | Unset = UNSET
        if not isinstance(self.stacks, Unset):
            stacks = self.stacks

        audience: str | Unset = UNSET
        if not isinstance(self.audience, Unset):
            audience = self.audience

        products: list[str] | Unset = UNSET
        if not isinstance(self.products, Unset):
            products = self.products

        plans: list[str] | Unset = UNSET
        if not isinstance(self.plans, Unset):
            plans = self.plans

        months: list[int] | Unset = UNSET
        if not isinstance(self.months, Unset):
            months = self.months

        valid_from: None | str | Unset
        if isinstance(self.valid_from, Unset):
            valid_from = UNSET
        elif isinstance(self.valid_from, datetime.datetime):
            valid_from = self.valid_from.isoformat()
        else:
            valid_from = self.valid_from

        valid_to: None | str | Unset
        if isinstance(self.valid_to, Unset):
            valid_to = UNSET
        elif isinstance(self.valid_to, datetime.datetime):
            valid_to = self.valid_to.isoformat()
        else:
            valid_to = self.valid_to

        limit_total: int | None | Unset
        if isinstance(self.limit_total, Unset):
            limit_total = UNSET
        else:
            limit_total = self.limit_total

        limit_customer: int | None | Unset
        if isinstance(self.limit_customer, Unset):
            limit_customer = UNSET
        else:
            limit_customer = self.limit_customer

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "brand": brand,
                "code": code,
                "name": name,
                "kind": kind,
            }
        )
        if value is not UNSET:
            field_dict["value"] = value
        if scope is not UNSET:
            field_dict["scope"] = scope
        if currency is not UNSET:
            field_dict["currency"] = currency
        if cycles is not UNSET:
            field_dict["cycles"] = cycles
        if use is not UNSET:
            field_dict["use"] = use
        if stacks is not UNSET:
            field_dict["stacks"] = stacks
        if audience is not UNSET:
            field_dict["audience"] = audience
        if products is not UNSET:
            field_dict["products"] = products
        if plans is not UNSET:
            field_dict["plans"] = plans
        if months is not UNSET:
            field_dict["months"] = months
        if valid_from is not UNSET:
            field_dict["valid_from"] = valid_from
        if valid_to is not UNSET:
            field_dict["valid_to"] = valid_to
        if limit_total is not UNSET:
            field_dict["limit_total"] = limit_total
        if limit_customer is not UNSET:
            field_dict["limit_customer"] = limit_customer

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        brand = d.pop("brand")

        code = d.pop("code")

        name = d.pop("name")

        kind = check_promotion_in_kind(d.pop("kind"))

        def _parse_value(data: object) -> int | str | Unset:
            if isinstance(data, Unset):
                return data
            return cast(int | str | Unset, data)

        value = _parse_value(d.pop("value", UNSET))

        _scope = d.pop("scope", UNSET)
        scope: PromotionInScope | Unset
        if isinstance(_scope, Unset):
            scope = UNSET
        else:
            scope = check_promotion_in_scope(_scope)

        def _parse_currency(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        currency = _parse_currency(d.pop("currency", UNSET))

        def _parse_cycles(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        cycles = _parse_cycles(d.pop("cycles", UNSET))

        use = d.pop("use", UNSET)

        _stacks = d.pop("stacks", UNSET)
        stacks: PromotionInStacks | Unset
        if isinstance(_stacks, Unset):
            stacks = UNSET
        else:
            stacks = check_promotion_in_stacks(_stacks)

        _audience = d.pop("audience", UNSET)
        audience: PromotionInAudience | Unset
        if isinstance(_audience, Unset):
            audience = UNSET
        else:
            audience = check_promotion_in_audience(_audience)

        products = cast(list[str], d.pop("products", UNSET))

        plans = cast(list[str], d.pop("plans", UNSET))

        months = cast(list[int], d.pop("months", UNSET))

        def _parse_valid_from(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                valid_from_type_0 = datetime.datetime.fromisoformat(data)

                return valid_from_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        valid_from = _parse_valid_from(d.pop("valid_from", UNSET))

        def _parse_valid_to(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                valid_to_type_0 = datetime.datetime.fromisoformat(data)

                return valid_to_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        valid_to = _parse_valid_to(d.pop("valid_to", UNSET))

        def _parse_limit_total(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        limit_total = _parse_limit_total(d.pop("limit_total", UNSET))

        def _parse_limit_customer(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        limit_customer = _parse_limit_customer(d.pop("limit_customer", UNSET))

        promotion_in = cls(
            brand=brand,
            code=code,
            name=name,
            kind=kind,
            value=value,
            scope=scope,
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
        )

        return promotion_in
