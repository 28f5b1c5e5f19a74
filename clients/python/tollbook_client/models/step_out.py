from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="StepOut")


@_attrs_define
class StepOut:
    """A step that was taken or skipped for an unpaid invoice."""

    id: str
    """ Its id. """
    customer: str
    """ The customer. """
    invoice: str
    """ The unpaid invoice. """
    kind: str
    """ remind, retry, fee, suspend or terminate. """
    number: int
    """ Of a reminder its days from the due day; of the others a count from 0. """
    subscription: None | str
    """ The service that it was about. """
    due_on: datetime.date
    """ The day on which it fell due. """
    taken_at: datetime.datetime
    """ When it was taken or skipped. """
    outcome: str
    """ taken or skipped. """
    reason: None | str
    """ Why it was skipped. """
    open_: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    fee_invoice: None | str
    """ The invoice that charged a late fee. """
    payment: None | str
    """ The payment that a retry began. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        customer = self.customer

        invoice = self.invoice

        kind = self.kind

        number = self.number

        subscription: None | str
        subscription = self.subscription

        due_on = self.due_on.isoformat()

        taken_at = self.taken_at.isoformat()

        outcome = self.outcome

        reason: None | str
        reason = self.reason

        open_ = self.open_.to_dict()

        fee_invoice: None | str
        fee_invoice = self.fee_invoice

        payment: None | str
        payment = self.payment

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "customer": customer,
                "invoice": invoice,
                "kind": kind,
                "number": number,
                "subscription": subscription,
                "due_on": due_on,
                "taken_at": taken_at,
                "outcome": outcome,
                "reason": reason,
                "open": open_,
                "fee_invoice": fee_invoice,
                "payment": payment,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        customer = d.pop("customer")

        invoice = d.pop("invoice")

        kind = d.pop("kind")

        number = d.pop("number")

        def _parse_subscription(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        subscription = _parse_subscription(d.pop("subscription"))

        due_on = datetime.date.fromisoformat(d.pop("due_on"))

        taken_at = datetime.datetime.fromisoformat(d.pop("taken_at"))

        outcome = d.pop("outcome")

        def _parse_reason(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reason = _parse_reason(d.pop("reason"))

        open_ = MoneyOut.from_dict(d.pop("open"))

        def _parse_fee_invoice(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        fee_invoice = _parse_fee_invoice(d.pop("fee_invoice"))

        def _parse_payment(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        payment = _parse_payment(d.pop("payment"))

        step_out = cls(
            id=id,
            customer=customer,
            invoice=invoice,
            kind=kind,
            number=number,
            subscription=subscription,
            due_on=due_on,
            taken_at=taken_at,
            outcome=outcome,
            reason=reason,
            open_=open_,
            fee_invoice=fee_invoice,
            payment=payment,
        )

        step_out.additional_properties = d
        return step_out

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
