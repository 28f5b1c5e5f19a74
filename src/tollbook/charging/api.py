"""What a change of a subscription would cost, over the API."""

from datetime import datetime

from pydantic import BaseModel, Field

from tollbook.api.fields import MoneyOut, example, money
from tollbook.api.policy import ApiRequest, KeyRule
from tollbook.api.routes import Routes
from tollbook.base import clock
from tollbook.charging import alert_api, plan_api
from tollbook.charging.preview import Preview, change_preview, end_preview
from tollbook.identity.models import StaffRole
from tollbook.subscriptions.api import version_for
from tollbook.subscriptions.shapes import ChangeIn, EndIn

routes = Routes("Subscriptions")
ROUTERS = [("", routes), ("", plan_api.routes), ("", alert_api.routes)]
_STAFF = (StaffRole.BILLING, StaffRole.SUPPORT, StaffRole.FINANCE)
_LINE = {
    "name": "Server",
    "plan": "Small",
    "period_start": "2026-05-31T22:00:00Z",
    "period_end": "2026-06-15T22:00:00Z",
    "amount": {"amount": "-15.00", "currency": "EUR"},
    "reason": "plan changed on 16 June 2026: unused time credited",
}


class PreviewLineOut(BaseModel):
    """A line that would be charged or credited."""

    model_config = example(_LINE)
    name: str = Field(description="The price by name.")
    plan: str = Field(description="The plan of the price.")
    period_start: datetime = Field(description="From when on.")
    period_end: datetime = Field(description="Up to when.")
    amount: MoneyOut = Field(
        description="Exact, as priced: with tax where the price book includes it; below nothing is a credit."
    )
    reason: str = Field(description="Why it is charged again; empty for what is charged for the first time.")


class PreviewOut(BaseModel):
    """What an act would bring at once; use and fees at the end of a period that still runs are not in it."""

    model_config = example(
        {"at": "2026-06-15T22:00:00Z", "total": {"amount": "-15.00", "currency": "EUR"}, "lines": [_LINE]}
    )
    at: datetime = Field(description="When it takes effect.")
    total: MoneyOut = Field(description="The sum of the lines, as priced.")
    lines: list[PreviewLineOut] = Field(description="Credits first.")


def _out(preview: Preview) -> PreviewOut:
    currency = preview.total.currency
    lines = [
        PreviewLineOut(
            name=line.name,
            plan=line.plan,
            period_start=line.period_start,
            period_end=line.period_end,
            amount=money(line.amount, currency),
            reason=line.reason,
        )
        for line in preview.lines
    ]
    return PreviewOut(at=preview.at, total=money(preview.total.amount, currency), lines=lines)


@routes.adds(
    "/subscriptions/{subscription_id}/change/preview",
    "subscriptions:read",
    answer=PreviewOut,
    status=200,
    roles=_STAFF,
    key=KeyRule.OPTIONAL,
)
def preview_change(request: ApiRequest, subscription_id: str, wanted: ChangeIn) -> PreviewOut:
    """What a change of plan would credit and charge when it takes effect; nothing is changed.

    Refused like the change itself.
    """
    at = wanted.at or clock.now()
    return _out(change_preview(subscription_id, version_for(wanted.plan, at), at))


@routes.adds(
    "/subscriptions/{subscription_id}/end/preview",
    "subscriptions:read",
    answer=PreviewOut,
    status=200,
    roles=_STAFF,
    key=KeyRule.OPTIONAL,
)
def preview_end(request: ApiRequest, subscription_id: str, wanted: EndIn) -> PreviewOut:
    """What an end would credit and charge when it takes effect; nothing is changed.

    Refused like the end itself.
    """
    return _out(end_preview(subscription_id, wanted.at or clock.now()))
