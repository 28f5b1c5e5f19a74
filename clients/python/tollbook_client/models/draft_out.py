from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.draft_price_out import DraftPriceOut


T = TypeVar("T", bound="DraftOut")


@_attrs_define
class DraftOut:
    """The next version of a plan, while it is written."""

    id: str
    """ Its id. """
    plan: str
    """ The plan. """
    revision: int
    """ Counts its changes; publishing names the one that was seen. """
    base: int | None
    """ Number of the version that it was copied from; null for the first. """
    valid_from: datetime.datetime | None
    """ From when it holds; null: from its publication. """
    scope: str
    """ Who gets it. """
    prices: list[DraftPriceOut]
    """ Every price, in every book. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        plan = self.plan

        revision = self.revision

        base: int | None
        base = self.base

        valid_from: None | str
        if isinstance(self.valid_from, datetime.datetime):
            valid_from = self.valid_from.isoformat()
        else:
            valid_from = self.valid_from

        scope = self.scope

        prices = []
        for prices_item_data in self.prices:
            prices_item = prices_item_data.to_dict()
            prices.append(prices_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "plan": plan,
                "revision": revision,
                "base": base,
                "valid_from": valid_from,
                "scope": scope,
                "prices": prices,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.draft_price_out import DraftPriceOut  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        plan = d.pop("plan")

        revision = d.pop("revision")

        def _parse_base(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        base = _parse_base(d.pop("base"))

        def _parse_valid_from(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                valid_from_type_0 = datetime.datetime.fromisoformat(data)

                return valid_from_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        valid_from = _parse_valid_from(d.pop("valid_from"))

        scope = d.pop("scope")

        prices = []
        _prices = d.pop("prices")
        for prices_item_data in _prices:
            prices_item = DraftPriceOut.from_dict(prices_item_data)

            prices.append(prices_item)

        draft_out = cls(
            id=id,
            plan=plan,
            revision=revision,
            base=base,
            valid_from=valid_from,
            scope=scope,
            prices=prices,
        )

        draft_out.additional_properties = d
        return draft_out

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
