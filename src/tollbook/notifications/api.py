"""The event catalogue over the API. Served by `api`."""

from typing import Any

from pydantic import BaseModel, Field

from tollbook.api.fields import example
from tollbook.api.policy import ApiRequest
from tollbook.api.routes import Routes
from tollbook.notifications.events import CATALOGUE
from tollbook.notifications.shapes import Kind

routes = Routes("Webhooks")


class EventKindOut(BaseModel):
    """A kind of fact that webhooks carry."""

    model_config = example(
        {
            "kind": "invoice.paid",
            "description": CATALOGUE["invoice.paid"].about,
            "payload_schema": CATALOGUE["invoice.paid"].schema(),
            "payload_example": CATALOGUE["invoice.paid"].example(),
        }
    )
    kind: str = Field(description="Its name, which is `type` in the message.")
    description: str = Field(description="When it is told.")
    payload_schema: dict[str, Any] = Field(description="JSON Schema of the message.")
    payload_example: dict[str, Any] = Field(description="A message of this kind.")


def _out(kind: Kind) -> EventKindOut:
    return EventKindOut(
        kind=kind.name, description=kind.about, payload_schema=kind.schema(), payload_example=kind.example()
    )


@routes.reads("/event-kinds", "webhooks:read", answer=list[EventKindOut])
def list_event_kinds(request: ApiRequest) -> list[EventKindOut]:
    """All kinds of facts, with the schema and an example of each."""
    return [_out(kind) for kind in CATALOGUE.values()]


ROUTERS = [("", routes)]
