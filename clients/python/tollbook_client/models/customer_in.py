from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.customer_in_billing_plan_type_0 import (
    CustomerInBillingPlanType0,
    check_customer_in_billing_plan_type_0,
)
from ..models.customer_in_contract_type import (
    CustomerInContractType,
    check_customer_in_contract_type,
)
from ..models.customer_in_kind import CustomerInKind, check_customer_in_kind
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.new_project import NewProject
    from ..models.profile import Profile


T = TypeVar("T", bound="CustomerIn")


@_attrs_define
class CustomerIn:
    """A customer to be."""

    brand: str
    """ The brand that it buys from. """
    name: str
    """ Its name. """
    reference: str
    """ Your own id for it; once in a brand. """
    profile: Profile
    """ The legal data that go on documents. """
    kind: CustomerInKind | Unset = "organization"
    """ Who it is; only an organization can be charged without tax. """
    email: None | str | Unset = UNSET
    """ How to reach it. """
    currency: None | str | Unset = UNSET
    """ What it pays in; the brand's, if left out. """
    zone: None | str | Unset = UNSET
    """ IANA time zone; the brand's, if left out. """
    billing_plan: CustomerInBillingPlanType0 | None | Unset = UNSET
    """ Whether it pays after use, before it, or as each price says; left out: as the settings say. """
    contract_type: CustomerInContractType | Unset = "pay_as_you_go"
    """ Whether it pays for what it uses or a fixed amount; fixed needs customers.contract_types. """
    group: None | str | Unset = UNSET
    """ Customer group, for prices and features. """
    projects: list[NewProject] | Unset = UNSET
    """ Its parts, if use is reported by part. """

    def to_dict(self) -> dict[str, Any]:
        brand = self.brand

        name = self.name

        reference = self.reference

        profile = self.profile.to_dict()

        kind: str | Unset = UNSET
        if not isinstance(self.kind, Unset):
            kind = self.kind

        email: None | str | Unset
        if isinstance(self.email, Unset):
            email = UNSET
        else:
            email = self.email

        currency: None | str | Unset
        if isinstance(self.currency, Unset):
            currency = UNSET
        else:
            currency = self.currency

        zone: None | str | Unset
        if isinstance(self.zone, Unset):
            zone = UNSET
        else:
            zone = self.zone

        billing_plan: None | str | Unset
        if isinstance(self.billing_plan, Unset):
            billing_plan = UNSET
        elif isinstance(self.billing_plan, str):
            billing_plan = self.billing_plan
        else:
            billing_plan = self.billing_plan

        contract_type: str | Unset = UNSET
        if not isinstance(self.contract_type, Unset):
            contract_type = self.contract_type

        group: None | str | Unset
        if isinstance(self.group, Unset):
            group = UNSET
        else:
            group = self.group

        projects: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.projects, Unset):
            projects = []
            for projects_item_data in self.projects:
                projects_item = projects_item_data.to_dict()
                projects.append(projects_item)

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "brand": brand,
                "name": name,
                "reference": reference,
                "profile": profile,
            }
        )
        if kind is not UNSET:
            field_dict["kind"] = kind
        if email is not UNSET:
            field_dict["email"] = email
        if currency is not UNSET:
            field_dict["currency"] = currency
        if zone is not UNSET:
            field_dict["zone"] = zone
        if billing_plan is not UNSET:
            field_dict["billing_plan"] = billing_plan
        if contract_type is not UNSET:
            field_dict["contract_type"] = contract_type
        if group is not UNSET:
            field_dict["group"] = group
        if projects is not UNSET:
            field_dict["projects"] = projects

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.new_project import NewProject  # noqa: PLC0415
        from ..models.profile import Profile  # noqa: PLC0415

        d = dict(src_dict)
        brand = d.pop("brand")

        name = d.pop("name")

        reference = d.pop("reference")

        profile = Profile.from_dict(d.pop("profile"))

        _kind = d.pop("kind", UNSET)
        kind: CustomerInKind | Unset
        if isinstance(_kind, Unset):
            kind = UNSET
        else:
            kind = check_customer_in_kind(_kind)

        def _parse_email(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        email = _parse_email(d.pop("email", UNSET))

        def _parse_currency(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        currency = _parse_currency(d.pop("currency", UNSET))

        def _parse_zone(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        zone = _parse_zone(d.pop("zone", UNSET))

        def _parse_billing_plan(data: object) -> CustomerInBillingPlanType0 | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                billing_plan_type_0 = check_customer_in_billing_plan_type_0(data)

                return billing_plan_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(CustomerInBillingPlanType0 | None | Unset, data)

        billing_plan = _parse_billing_plan(d.pop("billing_plan", UNSET))

        _contract_type = d.pop("contract_type", UNSET)
        contract_type: CustomerInContractType | Unset
        if isinstance(_contract_type, Unset):
            contract_type = UNSET
        else:
            contract_type = check_customer_in_contract_type(_contract_type)

        def _parse_group(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        group = _parse_group(d.pop("group", UNSET))

        _projects = d.pop("projects", UNSET)
        projects: list[NewProject] | Unset = UNSET
        if _projects is not UNSET:
            projects = []
            for projects_item_data in _projects:
                projects_item = NewProject.from_dict(projects_item_data)

                projects.append(projects_item)

        customer_in = cls(
            brand=brand,
            name=name,
            reference=reference,
            profile=profile,
            kind=kind,
            email=email,
            currency=currency,
            zone=zone,
            billing_plan=billing_plan,
            contract_type=contract_type,
            group=group,
            projects=projects,
        )

        return customer_in
