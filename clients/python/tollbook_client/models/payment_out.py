from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="PaymentOut")


@_attrs_define
class PaymentOut:
    """Money on its way from a customer, or arrived."""

    id: str
    """ Its id. """
    customer: str
    """ Who pays. """
    gateway: str
    """ Through which gateway. """
    subject: None | str
    """ The invoice or wallet that it is for; null: credit. """
    state: str
    """ started, pending, unknown, review, succeeded, failed or cancelled. """
    amount: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    captured: MoneyOut | None
    """ What came; null before it has. """
    allocated: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    refunded: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    credit: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    reference: str
    """ The gateway's name for it. """
    redirect: None | str
    """ Where the payer goes on, while it is pending. """
    created_at: datetime.datetime
    """ When it was begun. """
    ended_at: datetime.datetime | None
    """ When its outcome was known. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        id = self.id

        customer = self.customer

        gateway = self.gateway

        subject: None | str
        subject = self.subject

        state = self.state

        amount = self.amount.to_dict()

        captured: dict[str, Any] | None
        if isinstance(self.captured, MoneyOut):
            captured = self.captured.to_dict()
        else:
            captured = self.captured

        allocated = self.allocated.to_dict()

        refunded = self.refunded.to_dict()

        credit = self.credit.to_dict()

        reference = self.reference

        redirect: None | str
        redirect = self.redirect

        created_at = self.created_at.isoformat()

        ended_at: None | str
        if isinstance(self.ended_at, datetime.datetime):
            ended_at = self.ended_at.isoformat()
        else:
            ended_at = self.ended_at

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "customer": customer,
                "gateway": gateway,
                "subject": subject,
                "state": state,
                "amount": amount,
                "captured": captured,
                "allocated": allocated,
                "refunded": refunded,
                "credit": credit,
                "reference": reference,
                "redirect": redirect,
                "created_at": created_at,
                "ended_at": ended_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        customer = d.pop("customer")

        gateway = d.pop("gateway")

        def _parse_subject(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        subject = _parse_subject(d.pop("subject"))

        state = d.pop("state")

        amount = MoneyOut.from_dict(d.pop("amount"))

        def _parse_captured(data: object) -> MoneyOut | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                captured_type_0 = MoneyOut.from_dict(data)

                return captured_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(MoneyOut | None, data)

        captured = _parse_captured(d.pop("captured"))

        allocated = MoneyOut.from_dict(d.pop("allocated"))

        refunded = MoneyOut.from_dict(d.pop("refunded"))

        credit = MoneyOut.from_dict(d.pop("credit"))

        reference = d.pop("reference")

        def _parse_redirect(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        redirect = _parse_redirect(d.pop("redirect"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

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

        payment_out = cls(
            id=id,
            customer=customer,
            gateway=gateway,
            subject=subject,
            state=state,
            amount=amount,
            captured=captured,
            allocated=allocated,
            refunded=refunded,
            credit=credit,
            reference=reference,
            redirect=redirect,
            created_at=created_at,
            ended_at=ended_at,
        )

        payment_out.additional_properties = d
        return payment_out

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
