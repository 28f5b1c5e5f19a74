from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.simulation_out_totals_item import SimulationOutTotalsItem


T = TypeVar("T", bound="SimulationOut")


@_attrs_define
class SimulationOut:
    """What came out, by currency; nothing was charged."""

    id: str
    """ Its id. """
    plan: str
    """ The plan whose customers are replayed. """
    version: None | str
    """ The version that was tried; null: the plan's draft as it stood then. """
    start: datetime.datetime
    """ Begin of the time, inclusive. """
    end: datetime.datetime
    """ End of the time, exclusive. """
    done: bool
    """ Whether every customer was replayed. """
    customers: int
    """ How many there were to look at. """
    found: int
    """ How many are replayed so far. """
    totals: list[SimulationOutTotalsItem]
    """ For each currency: revenue before and after, difference, variance in percent, margin, who pays more and who
    less. Amounts as text. """
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        plan = self.plan

        version: None | str
        version = self.version

        start = self.start.isoformat()

        end = self.end.isoformat()

        done = self.done

        customers = self.customers

        found = self.found

        totals = []
        for totals_item_data in self.totals:
            totals_item = totals_item_data.to_dict()
            totals.append(totals_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "plan": plan,
                "version": version,
                "start": start,
                "end": end,
                "done": done,
                "customers": customers,
                "found": found,
                "totals": totals,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.simulation_out_totals_item import SimulationOutTotalsItem  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        plan = d.pop("plan")

        def _parse_version(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        version = _parse_version(d.pop("version"))

        start = datetime.datetime.fromisoformat(d.pop("start"))

        end = datetime.datetime.fromisoformat(d.pop("end"))

        done = d.pop("done")

        customers = d.pop("customers")

        found = d.pop("found")

        totals = []
        _totals = d.pop("totals")
        for totals_item_data in _totals:
            totals_item = SimulationOutTotalsItem.from_dict(totals_item_data)

            totals.append(totals_item)

        simulation_out = cls(
            id=id,
            plan=plan,
            version=version,
            start=start,
            end=end,
            done=done,
            customers=customers,
            found=found,
            totals=totals,
        )

        simulation_out.additional_properties = d
        return simulation_out

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
