from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="SubscriptionOut")


@_attrs_define
class SubscriptionOut:
    """A customer's agreement to a plan."""

    id: str
    """ Its id. """
    customer: str
    """ Who subscribes. """
    product: str
    """ The product. """
    plan: str
    """ The plan. """
    plan_version: str
    """ The version whose prices count. """
    name: str
    """ Product and plan by name. """
    state: str
    """ pending, active, suspended or ended. """
    currency: str
    """ What it is charged in. """
    prepaid: bool
    """ Whether use draws on a wallet as it happens. """
    alignment: str
    """ calendar or anchor. """
    months: int
    """ Length of a period in months. """
    started_at: datetime.datetime
    """ When it began. """
    ended_at: datetime.datetime | None
    """ When it ended or will end. """
    charged_until: datetime.datetime | None
    """ Up to when everything that fell due is charged. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        customer = self.customer

        product = self.product

        plan = self.plan

        plan_version = self.plan_version

        name = self.name

        state = self.state

        currency = self.currency

        prepaid = self.prepaid

        alignment = self.alignment

        months = self.months

        started_at = self.started_at.isoformat()

        ended_at: None | str
        if isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        charged_until: None | str
        if isinstance(self.charged_until, datetime.datetime):
            charged_until = self.charged_until.isoformat()
        else:
            charged_until = self.charged_until

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "customer": customer,
                "product": product,
                "plan": plan,
                "plan_version": plan_version,
                "name": name,
                "state": state,
                "currency": currency,
                "prepaid": prepaid,
                "alignment": alignment,
                "months": months,
                "started_at": started_at,
                "ended_at": ended_at,
                "charged_until": charged_until,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        customer = d.pop("customer")

        product = d.pop("product")

        plan = d.pop("plan")

        plan_version = d.pop("plan_version")

        name = d.pop("name")

        state = d.pop("state")

        currency = d.pop("currency")

        prepaid = d.pop("prepaid")

        alignment = d.pop("alignment")

        months = d.pop("months")

        started_at = datetime.datetime.fromisoformat(d.pop("started_at"))

        def _parse_ended_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                ended_at_type_0 = datetime.datetime.fromisoformat(data)

                return ended_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        ended_at = _parse_ended_at(d.pop("ended_at"))

        def _parse_charged_until(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                charged_until_type_0 = datetime.datetime.fromisoformat(data)

                return charged_until_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        charged_until = _parse_charged_until(d.pop("charged_until"))

        subscription_out = cls(
            id=id,
            customer=customer,
            product=product,
            plan=plan,
            plan_version=plan_version,
            name=name,
            state=state,
            currency=currency,
            prepaid=prepaid,
            alignment=alignment,
            months=months,
            started_at=started_at,
            ended_at=ended_at,
            charged_until=charged_until,
        )

        subscription_out.additional_properties = d
        return subscription_out

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
