from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.entry_out import EntryOut
    from ..models.item_out import ItemOut
    from ..models.money_out import MoneyOut


T = TypeVar("T", bound="StatementOut")


@_attrs_define
class StatementOut:
    """A customer's account over days of the books, both included, in one currency."""

    first: datetime.date
    """ The first day. """
    last: datetime.date
    """ The last day. """
    opening: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    closing: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    owed: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    credit: MoneyOut
    """ An amount with its currency, exact: at least as many places as the currency has, more where they are needed.
    """
    entries: list[EntryOut]
    """ What moved, in the order of the books. """
    items: list[ItemOut]
    """ What is open at the end, the oldest first. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        first = self.first.isoformat()

        last = self.last.isoformat()

        opening = self.opening.to_dict()

        closing = self.closing.to_dict()

        owed = self.owed.to_dict()

        credit = self.credit.to_dict()

        entries = []
        for entries_item_data in self.entries:
            entries_item = entries_item_data.to_dict()
            entries.append(entries_item)

        items = []
        for items_item_data in self.items:
            items_item = items_item_data.to_dict()
            items.append(items_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "first": first,
                "last": last,
                "opening": opening,
                "closing": closing,
                "owed": owed,
                "credit": credit,
                "entries": entries,
                "items": items,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.entry_out import EntryOut  # noqa: PLC0415
        from ..models.item_out import ItemOut  # noqa: PLC0415
        from ..models.money_out import MoneyOut  # noqa: PLC0415

        d = dict(src_dict)
        first = datetime.date.fromisoformat(d.pop("first"))

        last = datetime.date.fromisoformat(d.pop("last"))

        opening = MoneyOut.from_dict(d.pop("opening"))

        closing = MoneyOut.from_dict(d.pop("closing"))

        owed = MoneyOut.from_dict(d.pop("owed"))

        credit = MoneyOut.from_dict(d.pop("credit"))

        entries = []
        _entries = d.pop("entries")
        for entries_item_data in _entries:
            entries_item = EntryOut.from_dict(entries_item_data)

            entries.append(entries_item)

        items = []
        _items = d.pop("items")
        for items_item_data in _items:
            items_item = ItemOut.from_dict(items_item_data)

            items.append(items_item)

        statement_out = cls(
            first=first,
            last=last,
            opening=opening,
            closing=closing,
            owed=owed,
            credit=credit,
            entries=entries,
            items=items,
        )

        statement_out.additional_properties = d
        return statement_out

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
