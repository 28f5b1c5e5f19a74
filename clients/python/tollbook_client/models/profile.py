from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="Profile")


@_attrs_define
class Profile:
    """The legal data that go on documents."""

    country: str
    """ ISO 3166 code; with `vat_id` it decides the tax. """
    legal_name: str | Unset = ""
    """ Empty: the customer's name. """
    street: str | Unset = ""
    """ Street and number. """
    city: str | Unset = ""
    """ City. """
    postcode: str | Unset = ""
    """ Postal code. """
    region: str | Unset = ""
    """ Subdivision, the part of ISO 3166-2 after the country: QC. Where taxes differ by region. """
    vat_id: str | Unset = ""
    """ VAT number, with its country code. """
    exempt_reason: str | Unset = ""
    """ Why no tax is charged, if so. """
    email: str | Unset = ""
    """ Where documents go. """

    def to_dict(self) -> dict[str, Any]:
        country = self.country

        legal_name = self.legal_name

        street = self.street

        city = self.city

        postcode = self.postcode

        region = self.region

        vat_id = self.vat_id

        exempt_reason = self.exempt_reason

        email = self.email

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "country": country,
            }
        )
        if legal_name is not UNSET:
            field_dict["legal_name"] = legal_name
        if street is not UNSET:
            field_dict["street"] = street
        if city is not UNSET:
            field_dict["city"] = city
        if postcode is not UNSET:
            field_dict["postcode"] = postcode
        if region is not UNSET:
            field_dict["region"] = region
        if vat_id is not UNSET:
            field_dict["vat_id"] = vat_id
        if exempt_reason is not UNSET:
            field_dict["exempt_reason"] = exempt_reason
        if email is not UNSET:
            field_dict["email"] = email

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        country = d.pop("country")

        legal_name = d.pop("legal_name", UNSET)

        street = d.pop("street", UNSET)

        city = d.pop("city", UNSET)

        postcode = d.pop("postcode", UNSET)

        region = d.pop("region", UNSET)

        vat_id = d.pop("vat_id", UNSET)

        exempt_reason = d.pop("exempt_reason", UNSET)

        email = d.pop("email", UNSET)

        profile = cls(
            country=country,
            legal_name=legal_name,
            street=street,
            city=city,
            postcode=postcode,
            region=region,
            vat_id=vat_id,
            exempt_reason=exempt_reason,
            email=email,
        )

        return profile
