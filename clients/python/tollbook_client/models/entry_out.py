from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="EntryOut")


@_attrs_define
class EntryOut:
    """One movement of the account."""

    day: datetime.date
    """ Its day in the books. """
    kind: str
    """ invoice, debit_note, credit_note, prepaid, payment, refund, dispute, write_off or other. """
    label: str
    """ The document's number, or what it was. """
    source: str
    """ The id of what caused it. """
    amount: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    balance: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        day = self.day.isoformat()

        kind = self.kind

        label = self.label

        source = self.source

        amount = self.amount.to_dict()

        balance = self.balance.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "day": day,
                "kind": kind,
                "label": label,
                "source": source,
                "amount": amount,
                "balance": balance,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        d = dict(src_dict)
        day = datetime.date.fromisoformat(d.pop("day"))

        kind = d.pop("kind")

        label = d.pop("label")

        source = d.pop("source")

        amount = MoneyOut.from_dict(d.pop("amount"))

        balance = MoneyOut.from_dict(d.pop("balance"))

        entry_out = cls(
            day=day,
            kind=kind,
            label=label,
            source=source,
            amount=amount,
            balance=balance,
        )

        entry_out.additional_properties = d
        return entry_out

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
