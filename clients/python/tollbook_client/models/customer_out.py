from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.profile import Profile


T = TypeVar("T", bound="CustomerOut")


@_attrs_define
class CustomerOut:
    """A customer."""

    id: str
    """ Its id. """
    brand: str
    """ The brand that it buys from. """
    group: None | str
    """ Its customer group. """
    name: str
    """ Its name. """
    reference: str
    """ Your own id for it. """
    kind: str
    """ individual or organization. """
    email: str
    """ How to reach it. """
    currency: str
    """ What it pays in. """
    zone: str
    """ Its time zone: days and months begin there. """
    language: str
    """ Language of its documents. """
    billing_plan: str
    """ POSTPAID, PREPAID or FLEXIBLE. """
    contract_type: str
    """ pay_as_you_go or fixed. """
    profile: Profile
    """ The legal data that go on documents. """
    created_at: datetime.datetime
    """ When it was added. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        brand = self.brand

        group: None | str
        group = self.group

        name = self.name

        reference = self.reference

        kind = self.kind

        email = self.email

        currency = self.currency

        zone = self.zone

        language = self.language

        billing_plan = self.billing_plan

        contract_type = self.contract_type

        profile = self.profile.to_dict()

        created_at = self.created_at.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "brand": brand,
                "group": group,
                "name": name,
                "reference": reference,
                "kind": kind,
                "email": email,
                "currency": currency,
                "zone": zone,
                "language": language,
                "billing_plan": billing_plan,
                "contract_type": contract_type,
                "profile": profile,
                "created_at": created_at,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.profile import Profile  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        brand = d.pop("brand")

        def _parse_group(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        group = _parse_group(d.pop("group"))

        name = d.pop("name")

        reference = d.pop("reference")

        kind = d.pop("kind")

        email = d.pop("email")

        currency = d.pop("currency")

        zone = d.pop("zone")

        language = d.pop("language")

        billing_plan = d.pop("billing_plan")

        contract_type = d.pop("contract_type")

        profile = Profile.from_dict(d.pop("profile"))

        created_at = datetime.datetime.fromisoformat(d.pop("created_at"))

        customer_out = cls(
            id=id,
            brand=brand,
            group=group,
            name=name,
            reference=reference,
            kind=kind,
            email=email,
            currency=currency,
            zone=zone,
            language=language,
            billing_plan=billing_plan,
            contract_type=contract_type,
            profile=profile,
            created_at=created_at,
        )

        customer_out.additional_properties = d
        return customer_out

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
