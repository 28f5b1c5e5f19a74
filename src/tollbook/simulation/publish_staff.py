"""Staff page that publishes a draft of the catalogue: who is affected, what a past month would have been, the act."""

from collections.abc import Iterable
from typing import cast

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from tollbook.base import clock
from tollbook.catalog.draft_staff import draft_of, revision_of
from tollbook.catalog.models import Draft, PlanVersion
from tollbook.catalog.product_staff import EDITORS, by_of
from tollbook.identity.access import staff_page
from tollbook.identity.models import StaffRole, User
from tollbook.kernel.errors import Refused, TollbookError
from tollbook.simulation.models import Simulation
from tollbook.simulation.publishing import Affected, affected, check_draft, publish, simulate_draft
from tollbook.simulation.queries import last_full_month, of_draft_prices
from tollbook.simulation.shown import of_currency
from tollbook.web.forms import Field, Form
from tollbook.web.parts import Facts, Page, Part, Words, fact, show
from tollbook.web.sockets import page_of

OVERRIDERS = (StaffRole.APPROVER, StaffRole.ADMINISTRATOR)
PUBLISHERS = tuple(dict.fromkeys((*EDITORS, *OVERRIDERS)))


def of_draft(draft: Draft) -> Iterable[Part]:
    """On the page of a draft: the way to its publication."""
    link = (
        "Who is affected, try it on a past month, publish",
        reverse("staff-simulation:publish", args=[draft.public_id]),
    )
    yield Facts("Publish", [fact("Who gets it", draft.get_scope_display())], links=[link])


@staff_page(*PUBLISHERS)
def publish_page(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Who is affected by a draft; POST tries it on the last full month ("simulate"), or publishes it."""
    draft = draft_of(public_id)
    if request.method != "POST":
        return _page(request, draft, "")
    try:
        if request.POST.get("act") == "simulate":
            made = simulate_draft(draft, by=by_of(request))
            return redirect(page_of(made.public_id))
        reason = request.POST.get("reason", "").strip()
        if reason and cast(User, request.user).staff_role not in OVERRIDERS:
            raise Refused("role_missing", "reason: who approves may override the limit; leave it empty", param="reason")
        version = publish(public_id, revision_of(request), reason=reason, by=by_of(request))
    except TollbookError as error:
        return _page(request, draft_of(public_id), error.message)
    return redirect(page_of(version.public_id))


def _page(request: HttpRequest, draft: Draft, refusal: str) -> HttpResponseBase:
    plan, overrides = draft.plan, cast(User, request.user).staff_role in OVERRIDERS
    month = last_full_month(plan.product.brand, clock.now())
    tried = of_draft_prices(draft, month)
    held = _held(draft)
    parts: list[Part] = [Words("Who is affected", _words(draft, affected(draft)), wide=True)]
    if held:
        parts.append(Words("It is held back", [held], wide=True))
    if tried:
        parts += [part for totals in tried.summary.totals for part in of_currency(totals)]
    here = reverse("staff-simulation:publish", args=[draft.public_id])
    note = f"Replays {month.start:%B %Y} of the plan's customers under these prices. Nothing is charged."
    act = Field("act", "", "hidden", "simulate")
    parts.append(Form("Try it on a past month", here, [act], "Simulate", note))
    fields = [Field("act", "", "hidden", "publish"), Field("revision", "", "hidden", str(draft.revision))]
    if held and overrides:
        fields.append(Field("reason", "Why it counts above the limit", required=False, help="Kept with the version."))
    words = "A published version never changes."
    if not held or overrides:
        parts.append(Form("Publish", here, fields, "Publish it", words))
    crumbs = [
        ("Products", reverse("staff-catalog:list")),
        (plan.name, page_of(plan.public_id)),
        ("Next version", page_of(draft.public_id)),
    ]
    page = Page(f"Publish {plan.name}", about=_when(draft), crumbs=crumbs, parts=parts)
    return show(request, page, template="simulation/staff_publish.html", refusal=refusal, tried=_tried(tried))


def _tried(found: Simulation | None) -> str:
    return page_of(found.public_id) if found else ""


def _held(draft: Draft) -> str:
    try:
        check_draft(draft)
    except Refused as refused:
        return refused.message
    return ""


def _when(draft: Draft) -> str:
    at = f"{draft.valid_from:%Y-%m-%d %H:%M} UTC" if draft.valid_from else "the instant of publication"
    return f"It holds from {at}, for {draft.get_scope_display()}."


def _words(draft: Draft, found: Affected) -> list[str]:
    if draft.scope == PlanVersion.Scope.NEW:
        return [f"Nobody who has the plan: {_count(found.staying)} stay on the version they bought."]
    when = "when their period turns" if draft.scope == PlanVersion.Scope.RENEWAL else "at once"
    told = [f"{_count(found.subscriptions)} of {found.customers} customers come to it {when}."]
    if found.staying:
        told.append(f"{_count(found.staying)} stay where they are: the draft has no prices in their price book.")
    return told


def _count(number: int) -> str:
    return f"{number} subscription{'' if number == 1 else 's'}"
