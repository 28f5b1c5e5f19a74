"""The tables of the billing settings, one row a case."""

import pytest

from tollbook.customers.rules import DefaultPlan, plan_for
from tollbook.features.registry import declared


@pytest.mark.parametrize(
    ("own", "kind", "individual", "organization", "general", "plan"),
    [
        # A plan of the customer's own wins over everything.
        ("PREPAID", "individual", "POSTPAID", "POSTPAID", "FLEXIBLE", "PREPAID"),
        # Then that of its kind: each kind looks at its own setting only.
        ("", "individual", "PREPAID", "POSTPAID", "FLEXIBLE", "PREPAID"),
        ("", "organization", "PREPAID", "POSTPAID", "FLEXIBLE", "POSTPAID"),
        # Then the general one.
        ("", "individual", "AS_GENERAL", "POSTPAID", "PREPAID", "PREPAID"),
        ("", "organization", "POSTPAID", "AS_GENERAL", "FLEXIBLE", "FLEXIBLE"),
    ],
)
def test_whose_billing_plan_counts(
    own: str, kind: str, individual: str, organization: str, general: str, plan: str
) -> None:
    found = plan_for(own, kind, DefaultPlan(individual), DefaultPlan(organization), general)  # type: ignore[arg-type]
    assert found == plan


# Key and default, in the order of the page.
SETTINGS = [
    ("charging.default_ip", True),
    ("customers.multi_currency", True),
    ("portal.payment", True),
    ("charging.prepaid_hourly", True),
    ("charging.free_ip", False),
    ("portal.show_invoices", True),
    ("subscriptions.suspend_overdue", True),
    ("subscriptions.bill_suspended_fees", True),
    ("subscriptions.bill_suspended_use", True),
    ("wallets.show_negative", True),
    ("customers.verification_refund", False),
    ("charging.secondary_ip", False),
    ("customers.contract_types", False),
    ("customers.signup_payment", False),
    ("customers.whmcs_billing", False),
    ("portal.cost_places", 2),
    ("payments.least_recharge", {}),
    ("customers.individual_plan", "AS_GENERAL"),
    ("customers.organization_plan", "AS_GENERAL"),
    ("customers.billing_plan", "FLEXIBLE"),
    ("promotions.code_prefix", ""),
    ("payments.most_recharge", {}),
]


def test_the_settings_and_their_defaults() -> None:
    found = declared()
    assert [(key, found[key].type.write(found[key].default)) for key, _ in SETTINGS] == SETTINGS
    assert {key for key, each in found.items() if each.area == "billing"} >= {key for key, _ in SETTINGS}
