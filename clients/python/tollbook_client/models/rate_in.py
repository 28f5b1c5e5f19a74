from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

T = TypeVar("T", bound="RateIn")


@_attrs_define
class RateIn:
    """A rate that is entered by hand."""

    base: str
    """ One of this currency """
    quote: str
    """ is so much of this one. """
    on: datetime.date
    """ On which day; it counts until a later one is known, for ten days at most. """
    rate: int | str
    """ How much of `quote` one `base` is. """

    def to_dict(self) -> dict[str, Any]:
        base = self.base

        quote = self.quote

        on = self.on.isoformat()

        rate: int | str
        rate = self.rate

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "base": base,
                "quote": quote,
                "on": on,
                "rate": rate,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        base = d.pop("base")

        quote = d.pop("quote")

        on = datetime.date.fromisoformat(d.pop("on"))

        def _parse_rate(data: object) -> int | str:
            return cast(int | str, data)

        rate = _parse_rate(d.pop("rate"))

        rate_in = cls(
            base=base,
            quote=quote,
            on=on,
            rate=rate,
        )

        return rate_in
