from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.draft_price_in_kind import DraftPriceInKind, check_draft_price_in_kind
from ..models.draft_price_in_mode import DraftPriceInMode, check_draft_price_in_mode
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.draft_price_in_match import DraftPriceInMatch
    from ..models.draft_price_in_terms import DraftPriceInTerms


T = TypeVar("T", bound="DraftPriceIn")


@_attrs_define
class DraftPriceIn:
    """A price of a draft."""

    book: str
    """ Its price book. """
    code: str
    """ Once in a book of a version. """
    name: str
    """ What the invoice line says. """
    kind: DraftPriceInKind
    """ For what it is due. """
    terms: DraftPriceInTerms
    """ Model, amounts and semantics, as docs/pricing.md has them. """
    section: str | Unset = ""
    """ Heading on documents. """
    mode: DraftPriceInMode | Unset = "postpaid"
    """ postpaid, or from the wallet. """
    in_advance: bool | Unset = False
    """ Whether a fee is due as its period begins. """
    meter: str | Unset = ""
    """ What is counted, where it is metered. """
    match: DraftPriceInMatch | Unset = UNSET
    """ Dimensions that a reading must have to be priced here. """
    unit: str | Unset = ""
    """ What is counted, in words. """
    unit_code: str | Unset = "C62"
    """ Unit on e-invoices (UN/ECE 20). """
    unit_cost: int | None | str | Unset = UNSET
    """ What a unit costs us. """

    def to_dict(self) -> dict[str, Any]:
        book = self.book

        code = self.code

        name = self.name

        kind: str = self.kind

        terms = self.terms.to_dict()

        section = self.section

        mode: str | Unset = UNSET
        if not isinstance(self.mode, Unset):
            mode = self.mode

        in_advance = self.in_advance

        meter = self.meter

        match: dict[str, Any] | Unset = UNSET
        if not isinstance(self.match, Unset):
            match = self.match.to_dict()

        unit = self.unit

        unit_code = self.unit_code

        unit_cost: int | None | str | Unset
        if isinstance(self.unit_cost, Unset):
            unit_cost = UNSET
        else:
            unit_cost = self.unit_cost

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "book": book,
                "code": code,
                "name": name,
                "kind": kind,
                "terms": terms,
            }
        )
        if section is not UNSET:
            field_dict["section"] = section
        if mode is not UNSET:
            field_dict["mode"] = mode
        if in_advance is not UNSET:
            field_dict["in_advance"] = in_advance
        if meter is not UNSET:
            field_dict["meter"] = meter
        if match is not UNSET:
            field_dict["match"] = match
        if unit is not UNSET:
            field_dict["unit"] = unit
        if unit_code is not UNSET:
            field_dict["unit_code"] = unit_code
        if unit_cost is not UNSET:
            field_dict["unit_cost"] = unit_cost

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.draft_price_in_match import DraftPriceInMatch  # noqa: PLC0415
        from ..models.draft_price_in_terms import DraftPriceInTerms  # noqa: PLC0415

        d = dict(src_dict)
        book = d.pop("book")

        code = d.pop("code")

        name = d.pop("name")

        kind = check_draft_price_in_kind(d.pop("kind"))

        terms = DraftPriceInTerms.from_dict(d.pop("terms"))

        section = d.pop("section", UNSET)

        _mode = d.pop("mode", UNSET)
        mode: DraftPriceInMode | Unset
        if isinstance(_mode, Unset):
            mode = UNSET
        else:
            mode = check_draft_price_in_mode(_mode)

        in_advance = d.pop("in_advance", UNSET)

        meter = d.pop("meter", UNSET)

        _match = d.pop("match", UNSET)
        match: DraftPriceInMatch | Unset
        if isinstance(_match, Unset):
            match = UNSET
        else:
            match = DraftPriceInMatch.from_dict(_match)

        unit = d.pop("unit", UNSET)

        unit_code = d.pop("unit_code", UNSET)

        def _parse_unit_cost(data: object) -> int | None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | str | Unset, data)

        unit_cost = _parse_unit_cost(d.pop("unit_cost", UNSET))

        draft_price_in = cls(
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
        )

        return draft_price_in
