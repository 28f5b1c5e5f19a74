from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="RedemptionOut")


@_attrs_define
class RedemptionOut:
    """A promotion of a subscription, or of whole invoices of its customer."""

    id: str
    """ Its id. """
    subscription: None | str
    """ For which subscription; null: for the customer's whole invoices. """
    promotion: str
    """ The promotion. """
    code: str
    """ What was entered. """
    name: str
    """ What customers read. """
    gives: str
    """ What it gives, in words. """
    counts_from: datetime.datetime
    """ It counts for periods (or invoices) that begin from then on, """
    counts_until: datetime.datetime | None
    """ and before then; null: for ever, or for the number of invoices. """
    redeemed_at: datetime.datetime
    """ When it was redeemed. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        subscription: None | str
        subscription = self.subscription

        promotion = self.promotion

        code = self.code

        name = self.name

        gives = self.gives

        counts_from = self.counts_from.isoformat()

        counts_until: None | str
        if isinstance(self.counts_until, datetime.datetime):
            counts_until = self.counts_until.isoformat()
        else:
            counts_until = self.counts_until

        redeemed_at = self.redeemed_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "subscription": subscription,
                "promotion": promotion,
                "code": code,
                "name": name,
                "gives": gives,
                "counts_from": counts_from,
                "counts_until": counts_until,
                "redeemed_at": redeemed_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        def _parse_subscription(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        subscription = _parse_subscription(d.pop("subscription"))

        promotion = d.pop("promotion")

        code = d.pop("code")

        name = d.pop("name")

        gives = d.pop("gives")

        counts_from = datetime.datetime.fromisoformat(d.pop("counts_from"))

        def _parse_counts_until(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                counts_until_type_0 = datetime.datetime.fromisoformat(data)

                return counts_until_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        counts_until = _parse_counts_until(d.pop("counts_until"))

        redeemed_at = datetime.datetime.fromisoformat(d.pop("redeemed_at"))

        redemption_out = cls(
            id=id,
            subscription=subscription,
            promotion=promotion,
            code=code,
            name=name,
            gives=gives,
            counts_from=counts_from,
            counts_until=counts_until,
            redeemed_at=redeemed_at,
        )

        redemption_out.additional_properties = d
        return redemption_out

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
