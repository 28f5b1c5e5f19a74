from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.draft_in_scope import DraftInScope, check_draft_in_scope
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.draft_price_in import DraftPriceIn


T = TypeVar("T", bound="DraftIn")


@_attrs_define
class DraftIn:
    """A whole draft: all prices of the next version."""

    prices: list[DraftPriceIn]
    """ Every price, in every book. """
    valid_from: datetime.datetime | None | Unset = UNSET
    """ From when it holds; null: from its publication. """
    scope: DraftInScope | Unset = "new"
    """ Who gets it. """

    def to_dict(self) -> dict[str, Any]:
        prices = []
        for prices_item_data in self.prices:
            prices_item = prices_item_data.to_dict()
            prices.append(prices_item)

        valid_from: None | str | Unset
        if isinstance(self.valid_from, Unset):
            valid_from = UNSET
        elif isinstance(self.valid_from, datetime.datetime):
            valid_from = self.valid_from.isoformat()
        else:
            valid_from = self.valid_from

        scope: str | Unset = UNSET
        if not isinstance(self.scope, Unset):
            scope = self.scope

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "prices": prices,
            }
        )
        if valid_from is not UNSET:
            field_dict["valid_from"] = valid_from
        if scope is not UNSET:
            field_dict["scope"] = scope

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.draft_price_in import DraftPriceIn  # noqa: PLC0415

        d = dict(src_dict)
        prices = []
        _prices = d.pop("prices")
        for prices_item_data in _prices:
            prices_item = DraftPriceIn.from_dict(prices_item_data)

            prices.append(prices_item)

        def _parse_valid_from(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                valid_from_type_0 = datetime.datetime.fromisoformat(data)

                return valid_from_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        valid_from = _parse_valid_from(d.pop("valid_from", UNSET))

        _scope = d.pop("scope", UNSET)
        scope: DraftInScope | Unset
        if isinstance(_scope, Unset):
            scope = UNSET
        else:
            scope = check_draft_in_scope(_scope)

        draft_in = cls(
            prices=prices,
            valid_from=valid_from,
            scope=scope,
        )

        return draft_in
