from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.draft_price_out_match import DraftPriceOutMatch
    from ..models.draft_price_out_terms import DraftPriceOutTerms


T = TypeVar("T", bound="DraftPriceOut")


@_attrs_define
class DraftPriceOut:
    """A price of a draft."""

    book: str
    """ Its price book. """
    code: str
    """ Once in a book of a version. """
    name: str
    """ What the invoice line says. """
    kind: str
    """ For what it is due. """
    terms: DraftPriceOutTerms
    """ Model, amounts and every semantic choice. """
    section: str
    """ Heading on documents. """
    mode: str
    """ postpaid, or prepaid: from the wallet. """
    in_advance: bool
    """ Whether a fee is due as its period begins. """
    meter: str
    """ What is counted. """
    match: DraftPriceOutMatch
    """ Dimensions that a reading must have to be priced here. """
    unit: str
    """ What is counted, in words. """
    unit_code: str
    """ Unit on e-invoices (UN/ECE 20). """
    unit_cost: None | str
    """ What a unit costs us. """
    words: list[str]
    """ The price in words. """
    warnings: list[str]
    """ What is legal and hardly meant: tiers that never apply, and the like. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        book = self.book

        code = self.code

        name = self.name

        kind = self.kind

        terms = self.terms.to_dict()

        section = self.section

        mode = self.mode

        in_advance = self.in_advance

        meter = self.meter

        match = self.match.to_dict()

        unit = self.unit

        unit_code = self.unit_code

        unit_cost: None | str
        unit_cost = self.unit_cost

        words = self.words

        warnings = self.warnings

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "book": book,
                "code": code,
                "name": name,
                "kind": kind,
                "terms": terms,
                "section": section,
                "mode": mode,
                "in_advance": in_advance,
                "meter": meter,
                "match": match,
                "unit": unit,
                "unit_code": unit_code,
                "unit_cost": unit_cost,
                "words": words,
                "warnings": warnings,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.draft_price_out_match import DraftPriceOutMatch  # noqa: PLC0415
        from ..models.draft_price_out_terms import DraftPriceOutTerms  # noqa: PLC0415

        d = dict(src_dict)
        book = d.pop("book")

        code = d.pop("code")

        name = d.pop("name")

        kind = d.pop("kind")

        terms = DraftPriceOutTerms.from_dict(d.pop("terms"))

        section = d.pop("section")

        mode = d.pop("mode")

        in_advance = d.pop("in_advance")

        meter = d.pop("meter")

        match = DraftPriceOutMatch.from_dict(d.pop("match"))

        unit = d.pop("unit")

        unit_code = d.pop("unit_code")

        def _parse_unit_cost(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        unit_cost = _parse_unit_cost(d.pop("unit_cost"))

        words = cast(list[str], d.pop("words"))

        warnings = cast(list[str], d.pop("warnings"))

        draft_price_out = cls(
            book=book,
            code=code,
            name=name,
            kind=kind,
            terms=terms,
            section=section,
            mode=mode,
            in_advance=in_advance,
            meter=meter,
            match=match,
            unit=unit,
            unit_code=unit_code,
            unit_cost=unit_cost,
            words=words,
            warnings=warnings,
        )

        draft_price_out.additional_properties = d
        return draft_price_out

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
