from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut
    from ..models.tax_out import TaxOut


T = TypeVar("T", bound="InvoiceFullOut")


@_attrs_define
class InvoiceFullOut:
    """An issued invoice with its taxes."""

    id: str
    """ Its id. """
    customer: str
    """ Who owes it. """
    kind: str
    """ invoice, credit_note or debit_note. """
    corrects: None | str
    """ The invoice that a credit or debit note corrects. """
    state: str
    """ issued, paid, written_off or void. """
    number: str
    """ The number on the document. """
    issued_on: datetime.date
    """ Day of issue, in the brand's zone. """
    due_on: datetime.date | None
    """ Day by which it is to be paid. """
    period_start: datetime.datetime | None
    """ Begin of what it covers. """
    period_end: datetime.datetime | None
    """ End of what it covers, exclusive. """
    net: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    tax: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    total: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    prepaid: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    credited: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    settled: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    to_pay: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    content_hash: str
    """ SHA-256 of the frozen content. """
    created_at: datetime.datetime
    """ When it was made. """
    taxes: list[TaxOut]
    """ Tax by group. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        customer = self.customer

        kind = self.kind

        corrects: None | str
        corrects = self.corrects

        state = self.state

        number = self.number

        issued_on = self.issued_on.isoformat()

        due_on: None | str
        if isinstance(self.due_on, datetime.date):
            due_on = self.due_on.isoformat()
        else:
            due_on = self.due_on

        period_start: None | str
        if isinstance(self.period_start, datetime.datetime):
            period_start = self.period_start.isoformat()
        else:
            period_start = self.period_start

        period_end: None | str
        if isinstance(self.period_end, datetime.datetime):
            period_end = self.period_end.isoformat()
        else:
            period_end = self.period_end

        net = self.net.to_dict()

        tax = self.tax.to_dict()

        total = self.total.to_dict()

        prepaid = self.prepaid.to_dict()

        credited = self.credited.to_dict()

        settled = self.settled.to_dict()

        to_pay = self.to_pay.to_dict()

        content_hash = self.content_hash

        created_at = self.created_at.isoformat()

        taxes = []
        for taxes_item_data in self.taxes:
            taxes_item = taxes_item_data.to_dict()
            taxes.append(taxes_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "customer": customer,
                "kind": kind,
                "corrects": corrects,
                "state": state,
                "number": number,
                "issued_on": issued_on,
                "due_on": due_on,
                "period_start": period_start,
                "period_end": period_end,
                "net": net,
                "tax": tax,
                "total": total,
                "prepaid": prepaid,
                "credited": credited,
                "settled": settled,
                "to_pay": to_pay,
                "content_hash": content_hash,
                "created_at": created_at,
                "taxes": taxes,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money_out import MoneyOut  # noqa: PLC0415
        from ..models.tax_out import TaxOut  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        customer = d.pop("customer")

        kind = d.pop("kind")

        def _parse_corrects(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        corrects = _parse_corrects(d.pop("corrects"))

        state = d.pop("state")

        number = d.pop("number")

        issued_on = datetime.date.fromisoformat(d.pop("issued_on"))

        def _parse_due_on(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                due_on_type_0 = datetime.date.fromisoformat(data)

                return due_on_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        due_on = _parse_due_on(d.pop("due_on"))

        def _parse_period_start(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                period_start_type_0 = datetime.datetime.fromisoformat(data)

                return period_start_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        period_start = _parse_period_start(d.pop("period_start"))

        def _parse_period_end(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                period_end_type_0 = datetime.datetime.fromisoformat(data)

                return period_end_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        period_end = _parse_period_end(d.pop("period_end"))

        net = MoneyOut.from_dict(d.pop("net"))

        tax = MoneyOut.from_dict(d.pop("tax"))

        total = MoneyOut.from_dict(d.pop("total"))

        prepaid = MoneyOut.from_dict(d.pop("prepaid"))

        credited = MoneyOut.from_dict(d.pop("credited"))

        settled = MoneyOut.from_dict(d.pop("settled"))

        to_pay = MoneyOut.from_dict(d.pop("to_pay"))

        content_hash = d.pop("content_hash")

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        taxes = []
        _taxes = d.pop("taxes")
        for taxes_item_data in _taxes:
            taxes_item = TaxOut.from_dict(taxes_item_data)

            taxes.append(taxes_item)

        invoice_full_out = cls(
            id=id,
            customer=customer,
            kind=kind,
            corrects=corrects,
            state=state,
            number=number,
            issued_on=issued_on,
            due_on=due_on,
            period_start=period_start,
            period_end=period_end,
            net=net,
            tax=tax,
            total=total,
            prepaid=prepaid,
            credited=credited,
            settled=settled,
            to_pay=to_pay,
            content_hash=content_hash,
            created_at=created_at,
            taxes=taxes,
        )

        invoice_full_out.additional_properties = d
        return invoice_full_out

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
