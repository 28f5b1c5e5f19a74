"""Webhooks over the API: endpoints, what was sent to them, and sending it again. Served by `api`."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from tollbook.api.fields import Body, Instant, example, one_of, text
from tollbook.api.pages import DEFAULT_LIMIT, Cursor, Limit, Order, Page, page
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.brands.models import Brand
from tollbook.customers.reach import own, reached
from tollbook.identity.models import StaffRole
from tollbook.kernel.errors import NotFound, shown
from tollbook.webhooks import actions, queries
from tollbook.webhooks.actions import By
from tollbook.webhooks.models import Delivery, Endpoint
from tollbook.webhooks.queries import Holder
from tollbook.webhooks.rules import EndpointState

routes = Routes("Webhooks")
KEEPERS = (StaffRole.ADMINISTRATOR, StaffRole.SUPPORT)
_WEBHOOK = {
    "id": "whe_aaaaaaaaaaaaaaaaaaaaaaaa",
    "customer": "cus_aaaaaaaaaaaaaaaaaaaaaaaa",
    "url": "https://shop.example/hooks",
    "description": "The shop",
    "kinds": ["invoice.issued", "invoice.paid"],
    "state": "active",
    "note": "",
    "failing_since": None,
    "old_secret_until": None,
    "created_at": "2026-06-01T00:00:00Z",
}
_TRY = {
    "number": 1,
    "at": "2026-06-01T00:00:01Z",
    "took_ms": 120,
    "status": 500,
    "error": "",
    "body": "Internal Server Error",
}


class WebhookOut(BaseModel):
    """An address to which facts are sent."""

    model_config = example(_WEBHOOK)
    id: str = Field(description="Its id.")
    customer: str | None = Field(description="Whose facts; null: of all customers of the brand.")
    url: str = Field(description="Where they are sent.")
    description: str = Field(description="What it is for.")
    kinds: list[str] = Field(description="Kinds of facts; empty: all.")
    state: str = Field(description="active; paused keeps what comes; off: it failed and gets nothing.")
    note: str = Field(description="Why it is off.")
    failing_since: datetime | None = Field(description="Since when it has taken nothing.")
    old_secret_until: datetime | None = Field(description="Until when the secret before the last one signs as well.")
    created_at: datetime = Field(description="When it was made.")


class WebhookIn(Body):
    """An endpoint to be."""

    model_config = example({"url": "https://shop.example/hooks", "kinds": ["invoice.paid"], "description": "The shop"})
    url: Annotated[str, text(500)] = Field(description="An https address on the public internet.")
    kinds: list[Annotated[str, text(40)]] = Field(
        default_factory=list, max_length=100, description="Kinds of facts; left out or empty: all."
    )
    description: Annotated[str, text(200, required=False)] = Field("", description="What it is for.")


class WebhookStateIn(Body):
    """What is to become of it."""

    model_config = example({"state": "paused"})
    state: Annotated[str, one_of("active", "paused", "removed")] = Field(description="active, paused or removed.")


class SecretOut(BaseModel):
    """What messages are signed with."""

    model_config = example({"secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="})
    secret: str = Field(description="The secret, as libraries for Standard Webhooks take it.")


class TryOut(BaseModel):
    """One attempt to deliver."""

    model_config = example(_TRY)
    number: int = Field(description="Which it was, from 1.")
    at: datetime = Field(description="When.")
    took_ms: int = Field(description="How long it took, in thousandths of a second.")
    status: int | None = Field(description="The HTTP status; null: there was no answer.")
    error: str = Field(description="Why there was none.")
    body: str = Field(description="The beginning of what was answered.")


class DeliveryOut(BaseModel):
    """A fact on its way to an endpoint."""

    model_config = example(
        {
            "id": "whd_aaaaaaaaaaaaaaaaaaaaaaaa",
            "message_id": "evt_aaaaaaaaaaaaaaaaaaaaaaaa",
            "kind": "invoice.paid",
            "state": "waiting",
            "replay": 0,
            "due_at": "2026-06-01T00:00:06Z",
            "created_at": "2026-06-01T00:00:00Z",
            "ended_at": None,
            "request": '{"type":"invoice.paid"}',
            "attempts": [_TRY],
        }
    )
    id: str = Field(description="Its id.")
    message_id: str = Field(description="`webhook-id` of the message; a replay keeps it.")
    kind: str = Field(description="The kind of fact.")
    state: str = Field(description="waiting, sending, delivered, failed.")
    replay: int = Field(description="0 for the first sending; replays count from 1.")
    due_at: datetime = Field(description="When it is tried, or was.")
    created_at: datetime = Field(description="When it was made.")
    ended_at: datetime | None = Field(description="When it was delivered or given up.")
    request: str = Field(description="The body of the message, as it is sent.")
    attempts: list[TryOut] = Field(description="What came of each attempt.")


class ReplayIn(Body):
    """What is to be sent again."""

    model_config = example({"since": "2026-06-01T00:00:00Z", "until": "2026-06-02T00:00:00Z", "failed_only": True})
    since: Instant = Field(description="Made from then on.")
    until: Instant = Field(description="Made before then.")
    failed_only: bool = Field(True, description="Only what no sending has delivered.")


class ReplayedOut(BaseModel):
    """How much is sent again."""

    model_config = example({"deliveries": 12})
    deliveries: int = Field(description="Deliveries that were queued.")


def _out(found: Endpoint) -> WebhookOut:
    return WebhookOut(
        id=found.public_id,
        customer=found.customer.public_id if found.customer else None,
        url=found.url,
        description=found.description,
        kinds=found.kinds,
        state=found.state,
        note=found.note,
        failing_since=found.failing_since,
        old_secret_until=found.old_until,
        created_at=found.created_at,
    )


def _delivery(row: Delivery) -> DeliveryOut:
    return DeliveryOut(
        id=row.public_id,
        message_id=queries.message_id(row),
        kind=queries.kind_name(row),
        state=row.state,
        replay=row.replay,
        due_at=row.due_at,
        created_at=row.created_at,
        ended_at=row.ended_at,
        request=queries.body_of(row).decode(),
        attempts=[
            TryOut(number=t.number, at=t.at, took_ms=t.took_ms, status=t.status, error=t.error, body=t.body)
            for t in sorted(row.tries.all(), key=lambda t: t.number)
        ],
    )


def _reached(request: ApiRequest, public_id: str) -> Endpoint:
    """The endpoint, if the key reaches it: a customer's key its own, a staff key all."""
    mine = own(request)
    return queries.endpoint(public_id, None if mine is None else Holder(mine.brand, mine))


def _by(request: ApiRequest) -> By:
    return By(request.principal.actor, "api")


def _brand(public_id: str) -> Brand:
    found = Brand.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("brand_not_found", f"there is no brand {shown(public_id)}", param="brand")
    return found


def _add(request: ApiRequest, holder: Holder, given: WebhookIn) -> WebhookOut:
    made = actions.add(holder, given.url, kinds=given.kinds, description=given.description, by=_by(request))
    return _out(made.endpoint)


@routes.reads("/customers/{customer_id}/webhooks", "webhooks:read", answer=list[WebhookOut])
def list_webhooks(request: ApiRequest, customer_id: str) -> list[WebhookOut]:
    """The webhooks of a customer, at most 20."""
    customer = reached(request, customer_id)
    return [_out(each) for each in queries.of_holder(Holder(customer.brand, customer))]


@routes.adds("/customers/{customer_id}/webhooks", "webhooks:write", answer=WebhookOut)
def add_webhook(request: ApiRequest, customer_id: str, webhook: WebhookIn) -> WebhookOut:
    """Send facts about the customer to an address from now on, signed as Standard Webhooks says.

    Refused with `bad_url`, `unknown_event_kind`, `too_many_webhooks`.
    """
    customer = reached(request, customer_id)
    return _add(request, Holder(customer.brand, customer), webhook)


@routes.reads("/brands/{brand_id}/webhooks", "webhooks:read", answer=list[WebhookOut], roles=())
def list_brand_webhooks(request: ApiRequest, brand_id: str) -> list[WebhookOut]:
    """The webhooks of a brand itself, which hear of all its customers."""
    return [_out(each) for each in queries.of_holder(Holder(_brand(brand_id)))]


@routes.adds("/brands/{brand_id}/webhooks", "webhooks:write", answer=WebhookOut, roles=(StaffRole.ADMINISTRATOR,))
def add_brand_webhook(request: ApiRequest, brand_id: str, webhook: WebhookIn) -> WebhookOut:
    """Send facts about all customers of a brand to an address from now on. Refused as for a customer's."""
    return _add(request, Holder(_brand(brand_id)), webhook)


@routes.reads("/webhooks/{webhook_id}", "webhooks:read", answer=WebhookOut)
def get_webhook(request: ApiRequest, webhook_id: str) -> WebhookOut:
    """One webhook."""
    return _out(_reached(request, webhook_id))


@routes.replaces("/webhooks/{webhook_id}", "webhooks:write", answer=WebhookOut)
def change_webhook(request: ApiRequest, webhook_id: str, webhook: WebhookIn) -> WebhookOut:
    """Another address, other kinds or another description; what waits goes to the new address."""
    found = _reached(request, webhook_id)
    return _out(
        actions.change(
            found.public_id, webhook.url, kinds=webhook.kinds, description=webhook.description, by=_by(request)
        )
    )


@routes.adds("/webhooks/{webhook_id}/state", "webhooks:write", answer=WebhookOut, status=200)
def switch_webhook(request: ApiRequest, webhook_id: str, state: WebhookStateIn) -> WebhookOut:
    """Pause it, let it go on (also one that is off), or remove it."""
    found = _reached(request, webhook_id)
    return _out(actions.switch(found.public_id, EndpointState(state.state), by=_by(request)))


@routes.reads("/webhooks/{webhook_id}/secret", "webhooks:write", answer=SecretOut)
def get_webhook_secret(request: ApiRequest, webhook_id: str) -> SecretOut:
    """The secret that signs; that it was read stands in the audit trail."""
    return SecretOut(secret=actions.reveal(_reached(request, webhook_id).public_id, by=_by(request)))


@routes.adds("/webhooks/{webhook_id}/rotate", "webhooks:write", answer=WebhookOut, status=200)
def rotate_webhook_secret(request: ApiRequest, webhook_id: str) -> WebhookOut:
    """A new secret; for 24 hours messages are signed with both."""
    return _out(actions.rotate(_reached(request, webhook_id).public_id, by=_by(request)).endpoint)


@routes.adds("/webhooks/{webhook_id}/test", "webhooks:write", answer=DeliveryOut)
def test_webhook(request: ApiRequest, webhook_id: str) -> DeliveryOut:
    """Send a message of the kind webhook.test. Refused with `webhook_off`."""
    found = _reached(request, webhook_id)
    made = actions.send_test(found.public_id, by=_by(request))
    return _delivery(queries.delivery(found, made.public_id))


@routes.reads("/webhooks/{webhook_id}/deliveries", "webhooks:read", answer=Page[DeliveryOut])
def list_webhook_deliveries(
    request: ApiRequest, webhook_id: str, cursor: Cursor = "", limit: Limit = DEFAULT_LIMIT
) -> Page[Any]:
    """What was sent or is to be, the latest first, with what came of it."""
    rows = queries.deliveries(_reached(request, webhook_id))
    return page(rows, Order(descending=True), cursor, limit, _delivery)


@routes.adds("/webhook-deliveries/{delivery_id}/replay", "webhooks:write", answer=DeliveryOut)
def replay_webhook_delivery(request: ApiRequest, delivery_id: str) -> DeliveryOut:
    """Send it once more under the same message id. Refused with `webhook_off`, `delivery_under_way`."""
    mine = own(request)
    found = queries.endpoint_of(delivery_id, None if mine is None else Holder(mine.brand, mine))
    made = actions.replay(found.public_id, delivery_id, by=_by(request))
    return _delivery(queries.delivery(found, made.public_id))


@routes.adds("/webhooks/{webhook_id}/replay", "webhooks:write", answer=ReplayedOut, status=200)
def replay_webhook(request: ApiRequest, webhook_id: str, replay: ReplayIn) -> ReplayedOut:
    """Send a range of deliveries once more, in their order. Refused with `webhook_off`, `too_many_deliveries`."""
    found = _reached(request, webhook_id)
    made = actions.replay_range(
        found.public_id, replay.since, replay.until, failed_only=replay.failed_only, by=_by(request)
    )
    return ReplayedOut(deliveries=made)


ROUTERS = [("", routes)]
