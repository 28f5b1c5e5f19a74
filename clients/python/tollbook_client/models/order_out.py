from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.order_line_out import OrderLineOut


T = TypeVar("T", bound="OrderOut")


@_attrs_define
class OrderOut:
    """An order, with what it costs at once."""

    id: str
    """ Its id. """
    customer: str
    """ Who orders. """
    state: str
    """ draft, placed, accepted (waits for payment), provisioning, done or cancelled. """
    payment: str
    """ pay_first or on_account; empty before it is placed. """
    currency: str
    """ Of the amounts. """
    net: str
    """ What it costs at once, without tax. """
    tax: str
    """ The tax on it. """
    total: str
    """ Both. """
    invoice: None | str
    """ The invoice that is to be paid first. """
    note: str
    """ What keeps it from going on, or why it was cancelled. """
    created_at: datetime.datetime
    """ When it was drafted. """
    placed_at: datetime.datetime | None
    """ When the customer agreed to it. """
    accepted_at: datetime.datetime | None
    """ When its subscriptions began. """
    pay_by: datetime.datetime | None
    """ When it is cancelled if it is not paid; null: never. """
    ended_at: datetime.datetime | None
    """ When it was done or cancelled. """
    lines: list[OrderLineOut]
    """ What is ordered. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        customer = self.customer

        state = self.state

        payment = self.payment

        currency = self.currency

        net = self.net

        tax = self.tax

        total = self.total

        invoice: None | str
        invoice = self.invoice

        note = self.note

        created_at = self.created_at.isoformat()

        placed_at: None | str
        if isinstance(self.placed_at, datetime.datetime):
            placed_at = self.placed_at.isoformat()
        else:
            placed_at = self.placed_at

        accepted_at: None | str
        if isinstance(self.accepted_at, datetime.datetime):
            accepted_at = self.accepted_at.isoformat()
        else:
            accepted_at = self.accepted_at

        pay_by: None | str
        if isinstance(self.pay_by, datetime.datetime):
            pay_by = self.pay_by.isoformat()
        else:
            pay_by = self.pay_by

        ended_at: None | str
        if isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        lines = []
        for lines_item_data in self.lines:
            lines_item = lines_item_data.to_dict()
            lines.append(lines_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "customer": customer,
                "state": state,
                "payment": payment,
                "currency": currency,
                "net": net,
                "tax": tax,
                "total": total,
                "invoice": invoice,
                "note": note,
                "created_at": created_at,
                "placed_at": placed_at,
                "accepted_at": accepted_at,
                "pay_by": pay_by,
                "ended_at": ended_at,
                "lines": lines,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.order_line_out import OrderLineOut  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        customer = d.pop("customer")

        state = d.pop("state")

        payment = d.pop("payment")

        currency = d.pop("currency")

        net = d.pop("net")

        tax = d.pop("tax")

        total = d.pop("total")

        def _parse_invoice(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        invoice = _parse_invoice(d.pop("invoice"))

        note = d.pop("note")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        def _parse_placed_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                placed_at_type_0 = datetime.datetime.fromisoformat(data)

                return placed_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        placed_at = _parse_placed_at(d.pop("placed_at"))

        def _parse_accepted_at(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                accepted_at_type_0 = datetime.datetime.fromisoformat(data)

                return accepted_at_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        accepted_at = _parse_accepted_at(d.pop("accepted_at"))

        def _parse_pay_by(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                pay_by_type_0 = datetime.datetime.fromisoformat(data)

                return pay_by_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        pay_by = _parse_pay_by(d.pop("pay_by"))

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

        lines = []
        _lines = d.pop("lines")
        for lines_item_data in _lines:
            lines_item = OrderLineOut.from_dict(lines_item_data)

            lines.append(lines_item)

        order_out = cls(
            id=id,
            customer=customer,
            state=state,
            payment=payment,
            currency=currency,
            net=net,
            tax=tax,
            total=total,
            invoice=invoice,
            note=note,
            created_at=created_at,
            placed_at=placed_at,
            accepted_at=accepted_at,
            pay_by=pay_by,
            ended_at=ended_at,
            lines=lines,
        )

        order_out.additional_properties = d
        return order_out

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
