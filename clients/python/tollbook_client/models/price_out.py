from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.price_out_match import PriceOutMatch
    from ..models.price_out_terms import PriceOutTerms


T = TypeVar("T", bound="PriceOut")


@_attrs_define
class PriceOut:
    """One priced component of a plan."""

    id: str
    """ Its id. """
    code: str
    """ Its code, once in a version. """
    name: str
    """ What the invoice line says. """
    section: str
    """ Heading on documents. """
    kind: str
    """ one_time, recurring or metered. """
    mode: str
    """ postpaid, or prepaid: drawn from the wallet as use happens. """
    currency: str
    """ The currency of its amounts. """
    includes_tax: bool
    """ Whether its amounts include tax. """
    warnings: list[str]
    """ What staff should know: an amount that cannot occur on an invoice. Empty for a customer's key. """
    unit: str
    """ What is counted. """
    meter: str
    """ Code of the meter that counts it; empty unless metered. """
    match: PriceOutMatch
    """ Dimensions that a reading must have to be priced here. """
    words: list[str]
    """ The price in words. """
    terms: PriceOutTerms
    """ The price for programs: model, amounts, every semantic choice. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        code = self.code

        name = self.name

        section = self.section

        kind = self.kind

        mode = self.mode

        currency = self.currency

        includes_tax = self.includes_tax

        warnings = self.warnings

        unit = self.unit

        meter = self.meter

        match = self.match.to_dict()

        words = self.words

        terms = self.terms.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "code": code,
                "name": name,
                "section": section,
                "kind": kind,
                "mode": mode,
                "currency": currency,
                "includes_tax": includes_tax,
                "warnings": warnings,
                "unit": unit,
                "meter": meter,
                "match": match,
                "words": words,
                "terms": terms,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.price_out_match import PriceOutMatch  # noqa: PLC0415
        from ..models.price_out_terms import PriceOutTerms  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        code = d.pop("code")

        name = d.pop("name")

        section = d.pop("section")

        kind = d.pop("kind")

        mode = d.pop("mode")

        currency = d.pop("currency")

        includes_tax = d.pop("includes_tax")

        warnings = cast(list[str], d.pop("warnings"))

        unit = d.pop("unit")

        meter = d.pop("meter")

        match = PriceOutMatch.from_dict(d.pop("match"))

        words = cast(list[str], d.pop("words"))

        terms = PriceOutTerms.from_dict(d.pop("terms"))

        price_out = cls(
            id=id,
            code=code,
            name=name,
            section=section,
            kind=kind,
            mode=mode,
            currency=currency,
            includes_tax=includes_tax,
            warnings=warnings,
            unit=unit,
            meter=meter,
            match=match,
            words=words,
            terms=terms,
        )

        price_out.additional_properties = d
        return price_out

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
