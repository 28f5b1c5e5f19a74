from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.due_out import DueOut
    from ..models.order_line_out_options import OrderLineOutOptions


T = TypeVar("T", bound="OrderLineOut")


@_attrs_define
class OrderLineOut:
    """One plan of an order."""

    plan: str
    """ The plan. """
    plan_version: str
    """ Its version. """
    name: str
    """ Its name. """
    months: int
    """ Length of a period. """
    code: str
    """ The promotion's code. """
    options: OrderLineOutOptions
    """ What the plan asked for. """
    due: list[DueOut]
    """ What is due of it at once. """
    subscription: None | str
    """ The agreement, once the order is accepted. """
    service: None | str
    """ What is made, once it is provisioned. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        plan = self.plan

        plan_version = self.plan_version

        name = self.name

        months = self.months

        code = self.code

        options = self.options.to_dict()

        due = []
        for due_item_data in self.due:
            due_item = due_item_data.to_dict()
            due.append(due_item)

        subscription: None | str
        subscription = self.subscription

        service: None | str
        service = self.service

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "plan": plan,
                "plan_version": plan_version,
                "name": name,
                "months": months,
                "code": code,
                "options": options,
                "due": due,
                "subscription": subscription,
                "service": service,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.due_out import DueOut  # noqa: PLC0415
        from ..models.order_line_out_options import OrderLineOutOptions  # noqa: PLC0415

        d = dict(src_dict)
        plan = d.pop("plan")

        plan_version = d.pop("plan_version")

        name = d.pop("name")

        months = d.pop("months")

        code = d.pop("code")

        options = OrderLineOutOptions.from_dict(d.pop("options"))

        due = []
        _due = d.pop("due")
        for due_item_data in _due:
            due_item = DueOut.from_dict(due_item_data)

            due.append(due_item)

        def _parse_subscription(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        subscription = _parse_subscription(d.pop("subscription"))

        def _parse_service(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        service = _parse_service(d.pop("service"))

        order_line_out = cls(
            plan=plan,
            plan_version=plan_version,
            name=name,
            months=months,
            code=code,
            options=options,
            due=due,
            subscription=subscription,
            service=service,
        )

        order_line_out.additional_properties = d
        return order_line_out

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
