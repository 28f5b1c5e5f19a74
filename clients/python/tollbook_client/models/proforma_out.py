from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="ProformaOut")


@_attrs_define
class ProformaOut:
    """What is asked for before it is invoiced; no tax document."""

    id: str
    """ Its id. """
    customer: str
    """ Who is asked. """
    number: str
    """ The number on the document. """
    state: str
    """ open, paid or withdrawn. """
    issued_on: datetime.date
    """ Day of issue, in the brand's zone. """
    due_on: datetime.date
    """ Day by which it is to be paid. """
    net: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    tax: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    total: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    top_up: None | str
    """ The top-up that a wallet asks for; null: charges. """
    invoice: None | str
    """ The invoice that it became. """
    content_hash: str
    """ SHA-256 of the frozen content. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        customer = self.customer

        number = self.number

        state = self.state

        issued_on = self.issued_on.isoformat()

        due_on = self.due_on.isoformat()

        net = self.net.to_dict()

        tax = self.tax.to_dict()

        total = self.total.to_dict()

        top_up: None | str
        top_up = self.top_up

        invoice: None | str
        invoice = self.invoice

        content_hash = self.content_hash

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "customer": customer,
                "number": number,
                "state": state,
                "issued_on": issued_on,
                "due_on": due_on,
                "net": net,
                "tax": tax,
                "total": total,
                "top_up": top_up,
                "invoice": invoice,
                "content_hash": content_hash,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        customer = d.pop("customer")

        number = d.pop("number")

        state = d.pop("state")

        issued_on = datetime.date.fromisoformat(d.pop("issued_on"))

        due_on = datetime.date.fromisoformat(d.pop("due_on"))

        net = MoneyOut.from_dict(d.pop("net"))

        tax = MoneyOut.from_dict(d.pop("tax"))

        total = MoneyOut.from_dict(d.pop("total"))

        def _parse_top_up(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        top_up = _parse_top_up(d.pop("top_up"))

        def _parse_invoice(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        invoice = _parse_invoice(d.pop("invoice"))

        content_hash = d.pop("content_hash")

        proforma_out = cls(
            id=id,
            customer=customer,
            number=number,
            state=state,
            issued_on=issued_on,
            due_on=due_on,
            net=net,
            tax=tax,
            total=total,
            top_up=top_up,
            invoice=invoice,
            content_hash=content_hash,
        )

        proforma_out.additional_properties = d
        return proforma_out

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
